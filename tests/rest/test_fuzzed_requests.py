"""Requests as no client makes them: odd paths, queries, sizes and heads. None is an error of ours; the server goes on.

They are made up by a fixed seed, and sent as bytes: nothing between a test and the server tidies them.
"""

import contextlib
import gzip
import json
import random
import socket

import pytest

API = b"/api/2.0/mlflow"
FILES = b"/api/2.0/mlflow-artifacts/artifacts"
PIECES = [
    b"..", b".", b"%2e%2e", b"%2E%2e%2F", b"%252e%252e", b"%5c..", b"%00", b"%ff", b"%c3%28", b"%", b"%zz", b"~",
    b"a" * 300, b"%20", b"%0d%0aX-Injected:%201", b"x.txt", b"C:", b"con", b"*", b";a=1", b"a=b", b"\xc3\xa4",
    b"%F0%9F%98%80", b"'", b'"', b"<script>",
]  # fmt: skip
PREFIXES = [b"/", b"/artifacts/", b"/static/", b"/views/", b"/ajax-api/2.0/mlflow/"]
PREFIXES += [FILES + b"/", API + b"/", API + b"/logged-models/"]
PREFIXES += [b"/api/2.0/mlflow-artifacts/mpu/create/", b"//", b"/../", b"/openapi.json/"]


def answers(host, data):
    """Return all that the server answers to bytes, until it closes."""
    with socket.create_connection(("127.0.0.1", host.port), timeout=60) as connection:
        connection.sendall(data)
        if b"Connection: close" not in data:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(1 << 16):
            received += piece
    assert b"Traceback" not in received
    return received


def status_of(received):
    return int(received.split(b" ", 2)[1]) if received else 0


def request(method, target, body=b"", head=b""):
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    start = b"%b %b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" % (method, target)
    return start + head + length + b"\r\n" + body


def is_fine(received):
    status = status_of(received)
    return status and (status < 500 or (status == 501 and b"NOT_IMPLEMENTED" in received))


@pytest.fixture
def alive(standalone):
    yield
    assert standalone.ask("/health")[0] == 200
    log = standalone.log.read_text()
    assert "Traceback" not in log
    # But for what is said at the start, each line is an object.
    assert all(json.loads(line).keys() >= {"time", "level", "event"} for line in log.splitlines()[1:])


def test_no_path_is_an_error_of_ours(standalone, alive):
    dice = random.Random(7)
    for _ in range(400):
        path = dice.choice(PREFIXES) + b"/".join(dice.choices(PIECES, k=dice.randrange(4)))
        query = b"?" + b"&".join(dice.choices(PIECES, k=2)) if dice.random() < 0.3 else b""
        method = dice.choice([b"GET", b"PUT", b"POST", b"DELETE", b"PATCH", b"HEAD", b"OPTIONS"])
        body = b"{}" if method in {b"PUT", b"POST", b"PATCH"} else b""
        asked = request(method, path + query, body, b"Content-Type: application/json\r\n")
        received = answers(standalone, asked)
        assert is_fine(received), (asked, received[:300])
        assert b"X-Injected" not in received.partition(b"\r\n\r\n")[0]
    # Whatever was written lies below the server's own folder of files.
    written = {path.name for path in standalone.folder.iterdir()}
    own = {"tracker.db", "tracker.db-shm", "tracker.db-wal", "tracker.db.runs", "artifacts", "server.log", "data"}
    assert written <= own | {".local", ".cache", ".config", "runtime", "config"}


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /api/2.0/mlflow/experiments/get HTTP/1.1\r\nHost: \xff\xfe\r\nConnection: close\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        request(b"POST", API + b"/runs/create", head=b"Content-Length: -5\r\n"),
        request(b"POST", API + b"/runs/create", head=b"Content-Length: 5\r\nContent-Length: 7\r\n"),
        request(b"POST", API + b"/runs/create", head=b"Transfer-Encoding: chunked\r\n") + b"zz\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET /metrics HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
        request(b"GET", FILES + b"/x", head=b"Range: bytes=99999999999999999999-\r\n"),
        request(b"GET", API + b"/experiments/get?" + b"&".join([b"experiment_id=0"] * 20_000)),
        request(b"POST", API + b"/runs/create", b"{}", b"Content-Type: application/json; charset=utf-99\r\n"),
        request(b"POST", API + b"/runs/create", b"{}", b"Content-Type: application/json\r\nContent-Encoding: br\r\n"),
        request(b"GET", b"/", head=b"X-Long: " + b"x" * 200_000 + b"\r\n"),
        request(b"GET", b"/", head=b"Authorization: Basic " + b"!" * 5000 + b"\r\n"),
    ],
)  # fmt: skip
def test_no_head_is_an_error_of_ours(standalone, alive, data):
    received = answers(standalone, data)
    assert received == b"" or is_fine(received), received[:300]


def test_half_of_a_character_is_no_error_of_ours(host):
    for path, body in (
        ("registered-models/create", rb'{"name": "\ud800"}'),
        ("experiments/create", rb'{"name": "\ud800", "tags": [{"key": "k", "value": "\udfff"}]}'),
        ("logged-models", rb'{"experiment_id": "0", "name": "\ud800"}'),
        ("runs/create", b'{"experiment_id": "0", "user_id": "\xed\xa0\x80"}'),
    ):
        status, _, content = host.ask(
            f"/api/2.0/mlflow/{path}", content=body, method="POST", headers={"Content-Type": "application/json"}
        )
        assert status < 500, content


def test_bodies_have_limits(standalone, alive):
    start = (
        b"POST %b/runs/log-batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    )
    head = start % API
    body = json.dumps({"run_id": "x" * (33 << 20)}).encode()
    received = b""
    # It may have answered and closed before all was sent.
    with socket.create_connection(("127.0.0.1", standalone.port), 60) as connection, contextlib.suppress(OSError):
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body))
        with contextlib.suppress(OSError):
            connection.sendall(body)
        while piece := connection.recv(1 << 16):
            received += piece
    assert status_of(received) in {0, 413}, received[:300]
    packed = gzip.compress(b'{"run_id": "' + b"x" * (40 << 20) + b'"}')
    asked = head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    received = answers(standalone, asked + packed)
    assert status_of(received) == 413
    assert b"32 MiB" in received
    deep = b'{"metrics": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    assert status_of(answers(standalone, head + b"Content-Length: %d\r\n\r\n" % len(deep) + deep)) == 400
    many = json.dumps({"run_id": "0" * 32, "metrics": [{"key": "a", "value": 1, "timestamp": 1}] * 1001}).encode()
    received = answers(standalone, head + b"Content-Length: %d\r\n\r\n" % len(many) + many)
    assert status_of(received) in {400, 404}
