"""Files and archives that the Jupyter server sends: where making one fails, nobody takes what came for a whole."""

import io
import zipfile

import pytest
from tornado.httpclient import HTTPClientError

from jupyter_tracker.api import artifacts
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
