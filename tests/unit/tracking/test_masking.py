"""Secrets are taken out, and everything else stays.

The secrets are put together here, so that no scanner takes this file for a leak.
"""

import pytest

from jupyter_tracker.tracking.masking import mask

LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4xY7zA0cD3fG6hJ9kL2nP5rS8"
TOKENS = [
    "hooks.slack.com/services/T0000/B0000/" + "aB3" * 8,
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ASIA" + "Y34FZKBOKMUTVV7A",
    "ghp_" + LETTERS[:36],
    "gho_" + LETTERS[:36],
    "github_pat_" + LETTERS[:22] + "_" + LETTERS[:40],
    "glpat-" + LETTERS[:20],
    "hf_" + LETTERS[:34],
    "sk-" + LETTERS[:48],
    "sk-proj-" + LETTERS[:40],
    "sk-ant-api03-" + LETTERS[:40],
    "sk-or-v1-" + "0123456789abcdef" * 4,
    "sk_live_" + LETTERS[:24],
    "xoxb-" + "1234567890-" + LETTERS[:24],
    "AIza" + LETTERS[:35],
    "npm_" + LETTERS[:36],
    "dapi" + "0123456789abcdef" * 2,
    "eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0" + "." + LETTERS[:43],
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("around", ["{}", "x = f('{}')", "found {} in the log", "[{},1]", "--with={}"])
def test_tokens_of_known_shapes(token, around):
    masked = mask(around.format(token))
    assert token not in masked
    assert masked == around.format("***")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://alice:hunter2@example.org/x.git", "https://***@example.org/x.git"),
        ("https://sometoken@example.org/x.git", "https://***@example.org/x.git"),
        ("postgresql://u:p%40ss@db:5432/mlflow", "postgresql://***@db:5432/mlflow"),
        ("'postgresql://u:pa/s#s?@db:5432/mlflow'", "'postgresql://***@db:5432/mlflow'"),
        ("mysql+pymysql://:p[w@db/x mariadb://u:a/b@db/x", "mysql+pymysql://***@db/x mariadb://***@db/x"),
        ("postgresql://db:5432/x and http://h:80/x@y", "postgresql://db:5432/x and http://h:80/x@y"),
        ("git clone ssh://git@example.org/x.git", "git clone ssh://git@example.org/x.git"),
        ("git@example.org:team/x.git", "git@example.org:team/x.git"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("https://s3/x?X-Amz-Signature=abcdef012345&y=1", "https://s3/x?X-Amz-Signature=***&y=1"),
        ("GET /x?api_key=abcd1234efgh&page=2", "GET /x?api_key=***&page=2"),
    ],
)
def test_urls(text, expected):
    assert mask(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password = 'hunter2'", "password = '***'"),
        ('client = Client(api_key="abc", timeout=3)', 'client = Client(api_key="***", timeout=3)'),
        ("{'password': 'hunter2', 'user': 'alice'}", "{'password': '***', 'user': 'alice'}"),
        ('"aws_secret_access_key": "wJalr/XUtn+FEMI"', '"aws_secret_access_key": "***"'),
        ("os.environ['OPENAI_API_KEY'] = 'abc'", "os.environ['OPENAI_API_KEY'] = '***'"),
        ("os.environ.setdefault('DB_PASSWORD', 'abc')", "os.environ.setdefault('DB_PASSWORD', '***')"),
        ("conn = connect(pwd=r'x y z')", "conn = connect(pwd=r'***')"),
        (r'password = "ab\"cd"', 'password = "***"'),
        (r"{\"password\": \"ab\", \"user\": \"x\"}", r"{\"password\": \"***\", \"user\": \"x\"}"),
        ("password = '''x y'''", "password = '''***'''"),
        ("password = 'abc\\'", "password = '***'"),
        ('token = "abc\\" # the share', 'token = "***" # the share'),
        ('{"password": "C:\\x\\", user: 1}', '{"password": "***", user: 1}'),
        ('setdefault("API_KEY", "pa\'ss")', 'setdefault("API_KEY", "***")'),
        ("PGPASSWORD=hunter22 psql", "PGPASSWORD=*** psql"),
        ("%env HF_TOKEN abcdefgh1", "%env HF_TOKEN ***"),
        ("get(url, auth=('user', 'hunter22'))", "get(url, auth=('user', '***'))"),
        ('auth=("bob", "pa\'ss")', 'auth=("bob", "***")'),
        ('auth=("o\'bob", r"pass")', 'auth=("o\'bob", r"***")'),
        ('auth=(USER, "hunter22")', 'auth=(USER, "***")'),
        ('auth=(conf["user"], "hunter22")', 'auth=(conf["user"], "***")'),
        ('auth = (os.getenv("USER"), "hunter22")', 'auth = (os.getenv("USER"), "***")'),
        ('auth=("bob", "ab\\"cd")', 'auth=("bob", "***")'),
        ("get(url, auth=HTTPBasicAuth('user', 'hunter22'))", "get(url, auth=HTTPBasicAuth('user', '***'))"),
        (f"login(key='{'0a1b2' * 8}')", "login(key='***')"),
        ("export GITHUB_TOKEN=abc123def456", "export GITHUB_TOKEN=***"),
        ("+DB_PASSWORD=correct-horse-battery", "+DB_PASSWORD=***"),
        ("Server=db;Password=Tr0ub4dor&3;", "Server=db;Password=***;"),
        ("password: correct-horse-battery", "password: ***"),
        ("password=hunter2", "password=***"),
        ("connect(user='alice', password=swordfish)", "connect(user='alice', password=***)"),
        ("api_key=abcd", "api_key=***"),
        ("password: hunter2", "password: ***"),
        ("DB_PASSWORD=swordfish", "DB_PASSWORD=***"),
        ("password: str = 'hunter2'", "password: str = '***'"),
        ("key: str | None, password: Optional[str] = 'x'", "key: str | None, password: Optional[str] = '***'"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer ***"),
        ("headers={'Authorization': f'Bearer abcdef123456'}", "headers={'Authorization': f'Bearer ***'}"),
        ("mysql --password hunter2secret -u alice", "mysql --password *** -u alice"),
        ('{\\"token\\": \\"abcdef\\"}', '{\\"token\\": \\"***\\"}'),
    ],
)
def test_values_whose_name_says_it(text, expected):
    assert mask(text) == expected


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
def test_private_keys(kind):
    key = f"-----BEGIN {kind}-----\nMIIEvQIBADANBgkqhkiG\nabc\n-----END {kind}-----"
    assert mask(f"before\n{key}\nafter") == f"before\n-----BEGIN {kind}-----***-----END {kind}-----\nafter"
    assert "MIIEvQIBADANBgkqhkiG" not in mask(key.partition("-----END")[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "token = tokenizer.encode(text)",
        "auth=(user, password)",
        "auth=(user, password), headers={'a': 'b'}",
        'auth=("user", f"{password}")',
        "sorted(rows, key='name')",
        "%env TOKEN $OTHER",
        "tokens = [101, 2054, 102]",
        "max_tokens=4096",
        "token=50256",
        "password = getpass.getpass()",
        "password = os.environ['DB_PASSWORD']",
        "api_key=api_key",
        "api_key=config.api_key",
        "secret = None",
        "password: str | None = None",
        "def login(user: str, password: str) -> None:",
        "token=self.token",
        "headers = {'token': f'{token}'}",
        "access_key = '${ACCESS_KEY}'",
        "tokenizer.pad_token = '[PAD]'",
        "sep_token='</s>', bos_token=\"<s>\"",
        "Span(token=word, start=0)",
        "connect(password=db_password)",
        "connect(password=args.password, secret=cfg.db)",
        "password: bytes",
        "Enter the password: please",
        "sk-learn is not a key, nor is risk-based-approach-to-things-in-general",
        '<div class="sk-toggleable__label-arrow sk-estimator-doc-link-2 sk-container-id-1">',
        "hf_hub_download('bert-base')",
        "sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "run_id = '327a3be44fa542fe8905545f4b694924'",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "see https://example.org/path?page=2#top",
        "the secret: to make good coffee",
        "accuracy=0.93 f1=0.91",
    ],
)
def test_what_is_no_secret_stays(text):
    assert mask(text) == text


def test_masking_twice_changes_nothing():
    text = "\n".join(TOKENS) + "\npassword='abc' https://a:b@c/ token=abc123def456"
    assert mask(mask(text)) == mask(text)


def test_lines_stay_lines_and_long_text_is_quick():
    source = "def f(x):\n    password = 'hunter2'\n    return x\n" * 5000
    masked = mask(source)
    assert masked.count("\n") == source.count("\n")
    assert "hunter2" not in masked
    assert mask("a" * 200_000) == "a" * 200_000
    assert mask("token=" * 20_000) is not None


@pytest.mark.parametrize(
    "text",
    [
        "password = '" + "\\'" * 100_000,
        "password = '" + "\\\\" * 100_000 + "\\",
        'token="' + "token=\\" * 50_000,
        'token="' + 'token=\\"' * 50_000,
        "auth=('" * 50_000,
        "auth=(" + "a[" * 100_000,
        "auth=(user, '" + "\\'" * 100_000,
        "('password', '" + "\\'" * 100_000,
    ],
)
def test_hostile_text_is_read_to_its_end(text):
    # With backtracking that multiplies none of these would ever be.
    assert mask(text)
