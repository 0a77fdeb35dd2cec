"""Files that any tracking server hands on, here one that does what real ones do seldom."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jupyter_tracker.artifact_store import artifact_store, digests, notes, served
from jupyter_tracker.errors import DamagedArtifactError, InvalidParameterError, StoreError, StoreUnavailableError
from jupyter_tracker.wire import credentials


class Server:
    """A server whose answers a test gives: a function of the request's headers to status, headers, body.

    Where the body is shorter than its Content-Length the connection breaks there.
    """

    def __init__(self):
        self.asked, self.answer = [], None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if "?" in self.path:
                    status, headers, body = 200, {}, b"{}"  # a folder that is empty
                else:
                    outer.asked.append(dict(self.headers))
                    status, headers, body = outer.answer(self.headers)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server():
    server = Server()
    credentials.use(server.url)
    yield server
    server.close()


@pytest.fixture
def files(server):
    return artifact_store(f"{server.url}/api/2.0/mlflow-artifacts/artifacts/0/r/artifacts")


def test_digests_of_damage_are_not_taken_from_a_path(server, files):
    was, found, name = "a" * 64, "b" * 64, "c" * 64
    message = f"The artifact '{name}' in /x is not what was written: its SHA-256 was {was}, and is {found}. Log it."
    said = json.dumps({"error_code": "DATA_LOSS", "message": message}).encode()
    server.answer = lambda _headers: (500, {}, said)
    with pytest.raises(DamagedArtifactError) as caught:
        files.open(name)
    assert (caught.value.expected, caught.value.found) == (was, found)


def versions(first, second, *, tags=True):
    """Return answers: of the first version half comes, then the connection breaks, and the second is in its place."""
    state = {"first": True}

    def answer(headers):
        whole = first if state["first"] else second
        tag = {"ETag": f'"{whole[:1].decode()}"'} if tags else {}
        if state["first"]:
            state["first"] = False
            return 200, {"Content-Length": str(len(whole)), **tag}, whole[: len(whole) // 2]
        span, wanted = headers.get("Range"), headers.get("If-Range", tag.get("ETag"))
        if span is None or wanted != tag.get("ETag"):
            return 200, tag, whole
        return 206, tag, whole[int(span.removeprefix("bytes=").rstrip("-")) :]

    return answer


@pytest.mark.parametrize("tags", [True, False])
def test_a_download_goes_on_where_it_broke(server, files, tmp_path, tags):
    server.answer = versions(b"a" * 200_000, b"a" * 200_000, tags=tags)
    assert files.download("a.bin", tmp_path).read_bytes() == b"a" * 200_000
    assert [headers.get("If-Range") for headers in server.asked] == [None, '"a"' if tags else None]
    server.answer = versions(b"a" * 200_000, b"a" * 200_000, tags=tags)
    with files.open("a.bin") as file:
        assert file.read() == b"a" * 200_000


def test_a_download_of_what_was_replaced_meanwhile_starts_over(server, files, tmp_path):
    server.answer = versions(b"a" * 200_000, b"b" * 300_000)
    assert files.download("a.bin", tmp_path).read_bytes() == b"b" * 300_000


def test_a_file_that_is_read_is_not_mended_with_another_version(server, files):
    server.answer = versions(b"a" * 200_000, b"b" * 300_000)
    with files.open("a.bin") as file, pytest.raises(StoreError, match="replaced while it was read"):
        file.read()


@pytest.mark.parametrize("is_known", [True, False])
def test_what_is_compared_with_nothing_does_not_go_on_later(server, files, tmp_path, monkeypatch, is_known):
    """A power cut may have left holes in it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(notes, "LARGE_BYTES", 1)
    monkeypatch.setattr(served, "_MOST_TRIES", 1)
    whole = b"a" * 200_000
    more = {digests.HEADER: digests.header_of(hashlib.sha256(whole).hexdigest())} if is_known else {}
    server.answer = lambda _: (200, {"Content-Length": str(len(whole)), "ETag": '"a"', **more}, whole[:100_000])
    with pytest.raises(StoreUnavailableError, match="only in part"):
        files.download("in/a.bin", tmp_path / "out")
    assert len(list((tmp_path / "out" / "in").iterdir())) == int(is_known)
    del server.asked[:]
    server.answer = versions(whole, whole)
    server.answer({})
    assert files.download("in/a.bin", tmp_path / "out").read_bytes() == whole
    (asked,) = server.asked
    assert ("Range" in asked) == is_known


def test_a_name_that_is_no_unicode_is_refused_before_anything_is_sent(server, files, tmp_path):
    name = "caf\udce9.txt"  # as Python reads the bytes of Latin-1
    (tmp_path / name).write_bytes(b"latin")
    for call in (
        lambda: files.write(name, b"latin"),
        lambda: files.log_file(tmp_path / name),
        lambda: files.list(name),
        lambda: files.open(name),
    ):
        with pytest.raises(InvalidParameterError, match="no Unicode text"):
            call()
    assert server.asked == []
