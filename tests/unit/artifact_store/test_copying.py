"""Large local files: the copy is what was there, and the digest is that of the copy, however the system copies."""

import errno
import hashlib
import itertools
import os
import random
from contextlib import contextmanager

import pytest

from jupyter_tracker.artifact_store import copying, digests
from jupyter_tracker.artifact_store.local import LocalArtifactStore
from jupyter_tracker.errors import StoreError

CONTENT = random.Random(3).randbytes((9 << 20) + 7)


@pytest.fixture(params=["by the system", "between file systems", "a part of it at a time", "says the end too early"])
def way(request, monkeypatch):
    """How the system copies; spans are small, so that there are many."""
    monkeypatch.setattr(copying, "_SPAN_BYTES", 1 << 20)
    real = getattr(os, "copy_file_range", None)

    def refuses(*_):
        raise OSError(errno.EXDEV, "between file systems")

    ways = {
        "between file systems": refuses,
        "a part of it at a time": lambda source, to, count, *at: real(source, to, min(count, 70_001), *at),
        "says the end too early": lambda *_: 0,
    }
    if request.param in ways and real is not None:
        monkeypatch.setattr(os, "copy_file_range", ways[request.param])


@pytest.fixture
def source(tmp_path):
    (tmp_path / "model.bin").write_bytes(CONTENT)
    return tmp_path / "model.bin"


@pytest.mark.usefixtures("way")
def test_the_copy_is_what_was_there_and_the_digest_is_its_own(source, tmp_path):
    with source.open("rb") as opened:
        assert copying.copied(opened, tmp_path / "copy", "model.bin") == hashlib.sha256(CONTENT).hexdigest()
    assert (tmp_path / "copy").read_bytes() == CONTENT


@pytest.mark.usefixtures("way")
def test_a_file_that_is_written_to_meanwhile(source, tmp_path, monkeypatch):
    """It grows, changes, and is cut off while it is copied: digest and copy still agree."""
    files, changes = LocalArtifactStore(tmp_path / "place"), itertools.count()

    @contextmanager
    def changing(*_):
        def step(_count):
            with source.open("r+b") as file:
                file.seek(5_000_000 + next(changes))
                file.write(b"changed")
                file.seek(0, os.SEEK_END)
                file.write(b"more")

        yield step

    monkeypatch.setattr(copying, "shown", changing)
    files.log_file(source)
    with files.open("model.bin") as file:
        copy = file.read()
    assert len(copy) == len(CONTENT)
    assert copy[: 1 << 20] == CONTENT[: 1 << 20]
    assert b"changed" in copy
    with (tmp_path / "place" / "model.bin").open("rb") as file:
        assert digests.kept(file.fileno()) in {None, hashlib.sha256(copy).hexdigest()}


@pytest.mark.usefixtures("way")
def test_a_file_that_is_cut_off_meanwhile(source, tmp_path, monkeypatch):
    @contextmanager
    def cutting(*_):
        yield lambda _count: os.truncate(source, 5 << 20)

    monkeypatch.setattr(copying, "shown", cutting)
    with source.open("rb") as opened:
        digest = copying.copied(opened, tmp_path / "copy", "model.bin")
    copy = (tmp_path / "copy").read_bytes()
    assert copy == CONTENT[: len(copy)]
    assert 5 << 20 <= len(copy) <= 6 << 20
    assert digest == hashlib.sha256(copy).hexdigest()


def test_a_full_disk_is_told_and_leaves_nothing(source, tmp_path, monkeypatch):
    files = LocalArtifactStore(tmp_path / "place")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(copying, "_copy_span", full)
    with pytest.raises(StoreError, match="No space left"):
        files.log_file(source)
    assert list((tmp_path / "place").iterdir()) == []
