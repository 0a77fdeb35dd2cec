"""The shapes of secrets, compiled. Imported at the first text that may hold one: compiling takes 8 ms.

To add a shape: one line in `_SHAPES`, its beginning in `masking._BEGINNINGS`, one example and one near miss in
the test.
"""

from __future__ import annotations

import re

# Each has a prefix that only the secret has; the look-behind keeps it from matching inside a longer word.
_SHAPES = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])",  # AWS access key id
    r"gh[pousr]_[A-Za-z0-9]{36,255}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{22,255}",
    r"glpat-[A-Za-z0-9_\-]{20,64}",  # GitLab
    r"hf_[A-Za-z0-9]{30,64}",  # Hugging Face
    r"api_org_[A-Za-z0-9]{30,64}",
    # Model providers. A digit, and a capital or much hexadecimal: `sk-toggleable__label-arrow` is scikit-learn's CSS.
    r"sk-(?=[A-Za-z0-9_\-]{0,80}\d)(?=[A-Za-z0-9_\-]{0,80}(?:[A-Z]|[0-9a-f]{16}))[A-Za-z0-9_\-]{20,200}",
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,128}",  # payment providers
    r"xox[abeoprs]-[A-Za-z0-9\-]{10,250}",  # Slack
    r"xapp-\d-[A-Za-z0-9\-]{10,250}",
    r"AIza[A-Za-z0-9_\-]{35}",  # Google API key
    r"ya29\.[A-Za-z0-9_\-]{20,}",  # Google OAuth
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[A-Za-z0-9_\-]{50,}",
    r"dapi[a-f0-9]{32}(?:-\d)?",  # Databricks
    r"hooks\.slack\.com/services/T[A-Za-z0-9_/]{20,200}",
    r"eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*",  # JWT
)
TOKEN = re.compile(r"(?<![A-Za-z0-9_\-])(?:" + "|".join(_SHAPES) + ")")

PRIVATE_KEY = re.compile(
    r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----.*?(?:-----END \1-----|\Z)",
    re.DOTALL,
)

# user:password@ and token@ in a URL; the scheme and the host stay. Spaces, quotes and slashes end it.
URL_CREDENTIALS = re.compile(r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.\-]{1,20}://)(?P<credentials>[^\s/?#'\"<>]+)@")
# In the password of a database's URL they do not: SQLAlchemy reads it up to the @.
DATABASE_CREDENTIALS = re.compile(
    r"(?P<scheme>\b(?:postgres(?:ql)?|mysql|mariadb)(?:\+\w{1,20})?://)(?P<credentials>[^\s:/@'\"<>]*:[^\s@'\"<>]*)@",
    re.IGNORECASE,
)
URL_QUERY = re.compile(
    r"(?P<name>[?&](?:access_token|api_?key|apikey|auth|password|secret|sig|signature|token|X-Amz-Signature|"
    r"X-Amz-Credential|X-Amz-Security-Token)=)(?P<value>[^\s&#'\"<>]{4,})",
    re.IGNORECASE,
)

# Every name below has one of these in it; most lines have none.
HINT = re.compile(r"pass|pwd|secret|token|key|authorization|auth\s*=", re.IGNORECASE)
_NAME = (
    r"(?:[A-Za-z0-9]{1,40}[_\-.]){0,6}"  # bounded, or a long a_b_c_… would take quadratic time
    r"(?:passwd|(?:pg)?password|passphrase|pwd|secret|secret[_\-]?key|secret[_\-]?access[_\-]?key|client[_\-]?secret|"
    r"api[_\-]?key|apikey|api[_\-]?token|access[_\-]?key|access[_\-]?token|auth[_\-]?token|refresh[_\-]?token|"
    r"bearer[_\-]?token|private[_\-]?key|session[_\-]?token|account[_\-]?key|token)"
)
# From behind a quote to the same quote. An escaped one does not end the value, unless there is no other: SQL and shells
# have values that end in a backslash.
_LITERAL = (
    r"(?P<value>(?:(?!(?P=quote))(?:[^\n\\]|\\['\"\\]|\\(?!['\"\\]))){1,4096}(?=(?P=quote))"
    r"|(?:(?!(?P=quote))[^\n]){1,4096})(?P<tail>(?P=quote))"
)
# name = "value", 'name': 'value', name="value": the value is a literal, so the name decides.
QUOTED = re.compile(
    rf"(?P<head>(?<![A-Za-z0-9]){_NAME}(?P<q1>\\?['\"])?\]?(?:\s*:\s*[A-Za-z_][\w.\[\] |]{{0,40}}?)?"
    rf"\s*(?:=>|:=|=|:(?!:))\s*[rbuRBU]{{0,2}}(?P<quote>\\?(?:\"\"\"|'''|['\"]))){_LITERAL}",
    re.IGNORECASE,
)
# os.environ.setdefault("API_KEY", "value"), putenv and the like.
CALL = re.compile(
    rf"(?P<head>\(\s*['\"]{_NAME}['\"]\s*,\s*(?P<quote>['\"])){_LITERAL}",
    re.IGNORECASE,
)
# name=value without quotes, as in a shell, a .env file or a connection string. Code is told from a value by
# what code has: brackets, a dot with a name behind it, or nothing but letters (a variable).
BARE = re.compile(
    rf"(?P<head>(?<![A-Za-z0-9])(?P<name>{_NAME})(?P<sign>=|:[ \t]+))"
    r"(?P<value>[^\s'\"`,;&<>(){}\[\]\\]{4,4096})(?P<after>[(\[.]?)",
    re.IGNORECASE,
)
# ;Password=value; in a connection string: up to the next semicolon.
CONNECTION = re.compile(
    r"(?P<head>;\s*(?:password|pwd|accountkey|sharedaccesskey)=)(?P<value>[^;'\"\n]+)", re.IGNORECASE
)
# auth=("user", "password") of an HTTP client, where the user may be a name, conf["user"] or getenv("USER"); and the key
# of an experiment tracker's login.
_USER = (
    r"(?:[rbfuRBFU]{0,2}(?P<around>['\"])(?:(?!(?P=around))[^\n]){0,200}(?P=around)"
    r"|[A-Za-z_][\w.]{0,60}(?:[\[(][^\n\[\]()]{0,100}[\])])?)"
)
LOGIN = re.compile(
    rf"(?P<head>(?:\bauth\s*=\s*(?:[\w.]{{1,60}})?\(\s*{_USER}\s*,\s*[rbuRBU]{{0,2}}|\bkey\s*=\s*(?=['\"][0-9a-f]{{40}}['\"]))"
    rf"(?P<quote>['\"])){_LITERAL}"
)
# %env NAME value, which IPython takes as well as NAME=value.
ENV_MAGIC = re.compile(
    rf"(?P<head>^\s*%(?:set_)?env[ \t]+{_NAME}[ \t]+)(?P<value>[^\s=${{][^\n]{{3,4096}})", re.IGNORECASE
)
HEADER = re.compile(
    r"(?P<head>\bauthorization['\"]?\s*[:=]\s*[fF]?['\"]?(?:bearer|basic|token)\s+)(?P<value>[A-Za-z0-9+/=_\-.~]{8,})",
    re.IGNORECASE,
)
LONG_OPTION = re.compile(
    r"(?P<head>(?<!\S)--(?:password|passwd|token|api-key|secret|access-token|secret-key)[ \t]+)"
    r"(?P<value>[^\s'\"-][^\s'\"]{3,})",
    re.IGNORECASE,
)
# "{token}", "${TOKEN}", "%(token)s", "<token>", "[PAD]": a template that names a variable, or a token of a tokenizer.
TEMPLATE = re.compile(r"\$?\{[^{}]*\}|\$\w+|%\(\w+\)s|%s|</?[^<>]*>|\[\w*\]")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?P<attribute>\.[A-Za-z_]\w*)*\Z")
DIGIT_BESIDE_LETTER = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
# A token may be a word of a text; a password is hardly ever a variable without a word like these in its name.
NO_TOKEN = re.compile("pass|pwd|secret|key", re.IGNORECASE)
VARIABLE_OF_SECRET = re.compile("pass|pwd|pw\\b|secret|key|token|cred|auth|conf|arg|env|value|input", re.IGNORECASE)
