"""Files and archives that the Jupyter server sends: where making one fails, nobody takes what came for a whole."""

import asyncio
import io
import json
import threading
import zipfile

import pytest
from tornado.httpclient import HTTPClientError

from jupyter_tracker.api import artifacts
from jupyter_tracker.artifact_store.local_parts import LocalUploads
from jupyter_tracker.errors import StoreError


@pytest.fixture
def folder(at_root):
    return at_root.store.root / "artifacts" / "1" / at_root.forest / "artifacts"


async def save_folder(jp_fetch, at_root, **asked):
    params = {"run_id": at_root.forest, "path": "model"}
    return await jp_fetch("jupyter-tracker/artifacts/save-folder", params=params, **asked)


async def test_an_archive_of_what_packs_to_nothing_is_whole(jp_fetch, at_root, folder):
    (folder / "model" / "a.zeros").write_bytes(bytes(1 << 20))
    (folder / "model" / "z.txt").write_text("the last")
    response = await save_folder(jp_fetch, at_root)
    with zipfile.ZipFile(io.BytesIO(response.body)) as packed:
        assert packed.testzip() is None
        assert packed.read("a.zeros") == bytes(1 << 20)
        assert packed.read("z.txt") == b"the last"


@pytest.mark.parametrize("error", [OSError("gone"), StoreError("gone")], ids=["any", "ours"])
async def test_an_archive_that_fails_in_the_middle_is_broken_off(jp_fetch, at_root, monkeypatch, error):
    def fails(*_):
        yield b"x" * 1000
        raise error

    monkeypatch.setattr(artifacts, "archive", fails)
    with pytest.raises(HTTPClientError) as caught:
        await save_folder(jp_fetch, at_root)
    assert caught.value.code == 599  # no answer came to its end


async def test_of_an_archive_nothing_is_made_for_head(jp_fetch, at_root, monkeypatch):
    made = []

    def archive(*_):
        made.append(1)
        yield b"x" * 1000

    monkeypatch.setattr(artifacts, "archive", archive)
    response = await save_folder(jp_fetch, at_root, method="HEAD")
    assert (response.code, response.headers["Content-Type"], response.body) == (200, "application/zip", b"")
    assert "Content-Length" not in response.headers  # how long it would be is not known
    assert (await save_folder(jp_fetch, at_root)).body == b"x" * 1000
    assert made == [1]


async def test_files_that_are_completed_keep_nobody_waiting(jp_fetch, at_root, monkeypatch):
    begun, ends = threading.Semaphore(0), threading.Event()

    def complete(*_):
        begun.release()
        ends.wait(120)

    monkeypatch.setattr(LocalUploads, "complete", complete)
    fields = {"upload_id": "0" * 32, "digest": "0" * 64, "parts": [{"part_number": 1, "etag": "1"}]}
    path, body = "jupyter-tracker/api/2.0/jupyter-tracker/uploads/complete/1/slow.bin", json.dumps(fields)
    asked = {"method": "POST", "body": body, "headers": {"Content-Type": "application/json"}}
    lasting = [asyncio.ensure_future(jp_fetch(path, **asked)) for _ in range(5)]
    try:
        assert all([await asyncio.to_thread(begun.acquire, timeout=60) for _ in lasting])
        answer = await jp_fetch("jupyter-tracker/views/run-card", params={"run_id": at_root.forest})
        assert answer.code == 200
    finally:
        ends.set()
        await asyncio.gather(*lasting, return_exceptions=True)
