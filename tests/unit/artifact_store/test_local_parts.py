"""Files of a folder that come in parts: whatever is asked twice, too late, or beyond the end."""

import hashlib
import io
import os
import time

import pytest

from jupyter_tracker.artifact_store import LocalArtifactStore, digests, notes
from jupyter_tracker.artifact_store.in_parts import Part
from jupyter_tracker.artifact_store.local import TEMPORARY
from jupyter_tracker.artifact_store.local_parts import LocalUploads
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError

CONTENT = b"0123456789"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PARTS = [Part(1, "1")]


@pytest.fixture
def files(tmp_path):
    return LocalArtifactStore(tmp_path / "artifacts")


@pytest.fixture
def uploads(files):
    return LocalUploads(files)


def begun(uploads, path="in/a.bin"):
    upload_id = uploads.begin(path, DIGEST, len(CONTENT))
    uploads.send(path, upload_id, 1, 0, CONTENT)
    return upload_id


def left(files):
    return [path for path in files.root.rglob("*") if path.name.startswith(TEMPORARY)]


kept_with_files = pytest.mark.skipif(
    not hasattr(os, "setxattr"), reason="digests of files are kept on Linux only; elsewhere the client asks further"
)


@kept_with_files
def test_what_is_complete_may_be_completed_again(files, uploads):
    upload_id = begun(uploads)
    for _ in range(2):
        uploads.complete("in/a.bin", upload_id, PARTS, DIGEST)
    with files.open("in/a.bin") as file:
        assert file.read() == CONTENT
    files.write("in/a.bin", b"another")
    with pytest.raises(ResourceDoesNotExistError, match="begin it anew"):
        uploads.complete("in/a.bin", upload_id, PARTS, DIGEST)


@kept_with_files
def test_a_file_is_completed_again_while_it_is_hashed(files, uploads, monkeypatch):
    upload_id, of_file, asked = begun(uploads), digests.of_file, []

    def slow(path):
        found = of_file(path)
        if not asked:
            asked.append(path)
            uploads.complete("in/a.bin", upload_id, PARTS, DIGEST)  # the proxy gave up, and this one is done first
        return found

    monkeypatch.setattr(digests, "of_file", slow)
    uploads.complete("in/a.bin", upload_id, PARTS, DIGEST)
    assert len(asked) == 1
    with files.open("in/a.bin") as file:
        assert file.read() == CONTENT
    assert not left(files)


@pytest.mark.parametrize("gone", ["before", "while it is hashed"])
def test_an_upload_that_is_gone_is_told(files, uploads, gone, monkeypatch):
    upload_id, of_file = begun(uploads), digests.of_file

    def slow(path):
        found = of_file(path)
        uploads.abort("in/a.bin", upload_id)
        return found

    if gone == "before":
        uploads.abort("in/a.bin", upload_id)
    else:
        monkeypatch.setattr(digests, "of_file", slow)
    with pytest.raises(ResourceDoesNotExistError, match="begin it anew"):
        uploads.complete("in/a.bin", upload_id, PARTS, DIGEST)
    assert files.list("in") == []


@pytest.mark.parametrize(("at", "content"), [(-1, b"x"), (11, b""), (10, b"x"), (9, b"xy"), (1 << 49, b"x")])
@pytest.mark.parametrize("opened", [bytes, io.BytesIO])
def test_nothing_is_written_beyond_the_end(files, uploads, at, content, opened):
    upload_id = begun(uploads)
    with pytest.raises(InvalidParameterError, match="10 bytes"):
        uploads.send("in/a.bin", upload_id, 2, at, opened(content))
    (half,) = left(files)
    assert half.read_bytes() == CONTENT
    uploads.complete("in/a.bin", upload_id, PARTS, DIGEST)


def test_a_size_that_no_file_has_leaves_nothing(files, uploads, monkeypatch):
    for size in (-1, (1 << 50) + 1):
        with pytest.raises(InvalidParameterError, match="No file has"):
            uploads.begin("a.bin", DIGEST, size)

    class TooLarge(io.BytesIO):
        def truncate(self, _size):
            raise OSError(27, "File too large")

    monkeypatch.setattr("pathlib.Path.open", lambda path, _mode: path.touch() or TooLarge())
    with pytest.raises(StoreError, match="File too large"):
        uploads.begin("a.bin", DIGEST, 1 << 49)
    monkeypatch.undo()
    assert not left(files)


def test_what_cannot_be_removed_keeps_nothing_else(files, uploads, monkeypatch):
    files.root.mkdir()
    old, unlink = time.time() - notes.KEPT_S - 60, os.unlink
    halves = [files.root / f"{TEMPORARY}{number}" for number in range(10)]
    for half in halves:
        half.touch()
        os.utime(half, (old, old))
    refused = []

    def refuses_the_first(path, **more):
        if not refused:
            refused.append(os.fspath(path))
            raise PermissionError(13, "Permission denied")
        unlink(path, **more)

    monkeypatch.setattr(os, "unlink", refuses_the_first)
    uploads.begin("a.bin", DIGEST, 1)
    assert [os.fspath(half) for half in halves if half.exists()] == refused
