"""Takes secrets out of text before it is kept: tokens of known shapes, passwords by name, URL credentials.

Everything that tracking captures goes through `mask`: source, diff, output, tracebacks, remotes, addresses
in errors. It is conservative: a shape must be one that only secrets have, or the name in front of it must
say that a secret follows and the value must be a literal, so that ``token = tokenizer(text)`` stays.

To add a shape: see `secret_patterns`.
"""

from __future__ import annotations

import re

MASK = "***"

# Text without any of these has no secret that could be recognised: the patterns are not even compiled for it.
_BEGINNINGS = ("AKIA", "ASIA", "ABIA", "ACCA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "hf_",
               "api_org_", "sk-", "sk_", "rk_", "pk_", "xox", "xapp-", "AIza", "ya29.", "npm_", "pypi-", "dapi", "eyJ",
               "PRIVATE KEY", "hooks.slack.com", "@")  # fmt: skip
_WORDS = ("pass", "pwd", "secret", "token", "key", "auth", "signature", "sig=", "credential")
_TYPES = {"any", "bool", "bytes", "dict", "float", "int", "list", "object", "optional", "str", "string"}
_HARMLESS = frozenset({"...", "false", "none", "null", "required", "true", *_TYPES})


def mask(text: str) -> str:
    """Return `text` with every secret that can be recognised replaced by ``***``.

    Parameters
    ----------
    text : str
        Anything: source, output, a URL, an error message.

    Returns
    -------
    str
        The same text; the number of lines may shrink only where a private key spanned several.

    Examples
    --------
    >>> mask("https://alice:hunter2@example.org/repo.git")
    'https://***@example.org/repo.git'
    >>> mask("client = Client(api_key='0123456789abcdef')")
    "client = Client(api_key='***')"
    >>> mask("token = tokenizer.encode(text)")
    'token = tokenizer.encode(text)'
    """
    if not _may_hold_secret(text):
        return text
    from jupyter_tracker.tracking import secret_patterns as patterns

    text = patterns.PRIVATE_KEY.sub(rf"-----BEGIN \1-----{MASK}-----END \1-----", text)
    if "://" in text:
        text = patterns.URL_CREDENTIALS.sub(_without_credentials, text)
        text = patterns.DATABASE_CREDENTIALS.sub(_without_credentials, text)
    text = patterns.URL_QUERY.sub(rf"\g<name>{MASK}", text)
    text = patterns.TOKEN.sub(MASK, text)
    if not patterns.HINT.search(text):
        return text
    return "\n".join([_mask_named(line) if patterns.HINT.search(line) else line for line in text.split("\n")])


def _may_hold_secret(text: str) -> bool:
    if any(beginning in text for beginning in _BEGINNINGS):
        return True
    lower = text.lower()
    return any(word in lower for word in _WORDS)


def _mask_named(line: str) -> str:
    """Mask the values on a line that has a telling name on it."""
    from jupyter_tracker.tracking import secret_patterns as patterns

    line = patterns.HEADER.sub(rf"\g<head>{MASK}", line)
    line = patterns.QUOTED.sub(_masked_literal, line)
    line = patterns.CALL.sub(_masked_literal, line)
    line = patterns.LOGIN.sub(_masked_literal, line)
    line = patterns.ENV_MAGIC.sub(rf"\g<head>{MASK}", line)
    line = patterns.LONG_OPTION.sub(rf"\g<head>{MASK}", line)
    line = patterns.CONNECTION.sub(rf"\g<head>{MASK}", line)
    return patterns.BARE.sub(_masked_bare, line)


def _without_credentials(match: re.Match[str]) -> str:
    credentials = match["credentials"]
    # `git@` of an ssh remote is no secret.
    if credentials == "git" or credentials.endswith("{}"):
        return match[0]
    return f"{match['scheme']}{MASK}@"


def _masked_literal(match: re.Match[str]) -> str:
    from jupyter_tracker.tracking.secret_patterns import TEMPLATE

    value = match["value"]
    if value.lower() in _HARMLESS or value == MASK or TEMPLATE.fullmatch(value):
        return match[0]
    return f"{match['head']}{MASK}{match['tail']}"


def _masked_bare(match: re.Match[str]) -> str:
    value = match["value"]
    if value.startswith(("$", MASK)) or value.lower() in _HARMLESS or match["after"] or _is_number(value):
        return match[0]
    if _is_variable(match["name"], match["sign"], value):
        return match[0]
    return f"{match['head']}{MASK}"


def _is_variable(name: str, sign: str, value: str) -> bool:
    """Tell code that passes a variable on, as in ``api_key=key``, from ``api_key=0a1b2c``."""
    from jupyter_tracker.tracking import secret_patterns as patterns

    identifier = patterns.IDENTIFIER.match(value)
    # EXPORTED=value is no code.
    if identifier is None or (name.isupper() and sign == "="):
        return False
    if len(value) >= 10 and len(patterns.DIGIT_BESIDE_LETTER.findall(value)) >= 3:
        return False  # digits here and there among the letters
    if identifier["attribute"] or not patterns.NO_TOKEN.search(name):
        return True
    if sign == "=":
        return patterns.VARIABLE_OF_SECRET.search(value) is not None
    return not any(character.isdigit() for character in value)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    # `token=50256` is an id; eight digits and more may be a PIN or a password.
    return len(value) < 8
