"""An S3 store behind a proxy: what is sent again of a large file whose connection broke, and who asks."""

import http.client
import os
import random
import threading
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.errors import StoreError
from tests import emulators

WHERE = {"AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"}
CONTENT = random.Random(5).randbytes((33 << 20) + 1)  # five parts


class Proxy:
    """Hands requests on to a server. The first one that `breaks` says is cut off in the middle of its body.

    With `cuts` the next large answer is, and `got` has the bytes of all whole ones.
    """

    def __init__(self, url):
        self.parts, self.broken, self.breaks = Counter(), [], lambda _part: False
        self.cuts, self.got, self.begun, self.who = False, 0, 0, ""
        outer, to = self, urllib.parse.urlsplit(url).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def hand_on(self):
                if self.path.startswith("/latest/"):  # what a machine in the cloud asks who it is
                    self.send_error(403)
                    return
                outer.who = self.headers.get("Authorization")
                size = int(self.headers.get("Content-Length") or 0)
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                part = query.get("partNumber", [None])[0]
                if part is not None:
                    outer.parts[part] += 1
                outer.begun += self.command == "POST" and self.path.endswith(("?uploads", "?uploads="))
                if outer.breaks(part) and not outer.broken:
                    outer.broken.append(self.rfile.read(size // 2))
                    self.close_connection = True
                    return
                asked = http.client.HTTPConnection(to, timeout=60)
                asked.request(self.command, self.path, self.rfile.read(size), dict(self.headers))
                answer = asked.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                        self.send_header(name, value)
                whole = answer.getheader("Content-Length") if self.command == "HEAD" else None
                self.send_header("Content-Length", whole or str(len(body)))
                self.end_headers()
                asked.close()
                if self.command == "GET" and outer.cuts and len(body) > len(CONTENT) // 2:
                    outer.cuts = False
                    outer.broken.append(self.wfile.write(body[: len(body) // 2]))
                    self.close_connection = True
                    return
                outer.got += len(body) if self.command == "GET" else 0
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.hand_on)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def s3():
    server = emulators.S3()
    yield server
    server.close()


@pytest.fixture
def proxy(s3, monkeypatch):
    proxy = Proxy(s3.url)
    for name, value in {**s3.environment, "AWS_ENDPOINT_URL": proxy.url}.items():
        monkeypatch.setenv(name, value)
    yield proxy
    proxy.close()


def test_of_a_large_file_only_the_part_that_failed_is_sent_again(s3, proxy, tmp_path):
    (tmp_path / "model.bin").write_bytes(CONTENT)
    proxy.breaks = lambda part: part == "3"
    files = artifact_store(f"{s3.place()}/runs")
    files.log_file(tmp_path / "model.bin")
    assert proxy.broken
    assert proxy.begun == 1
    assert proxy.parts["3"] > 1
    assert sorted(proxy.parts) == ["1", "2", "3", "4", "5"]
    assert files.download("model.bin", tmp_path / "out").read_bytes() == CONTENT


def test_a_download_goes_on_where_it_broke(s3, proxy, tmp_path):
    files = artifact_store(f"{s3.place()}/runs")
    files.write("model.bin", CONTENT[: 30 << 20])  # in one answer
    proxy.cuts = True
    assert files.download("model.bin", tmp_path).read_bytes() == CONTENT[: 30 << 20]
    assert proxy.broken
    assert proxy.got <= 16 << 20


@pytest.fixture
def nobody(proxy, tmp_path, monkeypatch):
    """A user who has said nowhere who asks; his machine is in no cloud."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name not in WHERE]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", proxy.url)
    return tmp_path


def test_a_profile_is_read(s3, proxy, nobody, monkeypatch):
    (nobody / ".aws").mkdir()
    keys = "[{}]\naws_access_key_id = {}\naws_secret_access_key = secret\n"
    (nobody / ".aws" / "credentials").write_text(keys.format("default", "mine") + keys.format("team", "ours"))
    place = s3.place()
    artifact_store(place).write("a.txt", b"a")
    assert "Credential=mine/" in proxy.who
    monkeypatch.setenv("AWS_PROFILE", "team")
    assert [file.path for file in artifact_store(place).list()] == ["a.txt"]
    assert "Credential=ours/" in proxy.who


def test_where_nobody_says_who_asks_the_error_says_what_to_set(nobody):
    with pytest.raises(StoreError, match=r"No credentials were found: set AWS_ACCESS_KEY_ID .* `aws configure`"):
        artifact_store("s3://bucket/place").write("a.txt", b"a")
