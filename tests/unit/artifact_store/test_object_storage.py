"""Object storage in memory: what real ones do seldom. How they work is told by the contract of backends."""

import hashlib
import io
import os
import random
import subprocess
import sys

import pytest

from jupyter_tracker.artifact_store import notes, object_reading, object_storage
from jupyter_tracker.artifact_store.object_storage import ObjectArtifactStore
from jupyter_tracker.errors import StoreError

pytest.importorskip("obstore", reason="an extra, which the test with the oldest versions does not install")

CONTENT = random.Random(3).randbytes(300_000)


@pytest.fixture
def files():
    return ObjectArtifactStore("memory:///")


@pytest.mark.skipif(
    not hasattr(os, "pwrite"), reason="os.pwrite is missing here, as on Windows: the next test is of that"
)
def test_a_system_that_writes_less_than_it_is_given(files, tmp_path, monkeypatch):
    monkeypatch.setattr(object_reading, "_RANGE_BYTES", 100_000)
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, piece, at: write(file, piece[:7001], at))
    files.write("a.bin", CONTENT)
    assert files.download("a.bin", tmp_path).read_bytes() == CONTENT


def test_a_system_that_cannot_write_to_places(files, tmp_path, monkeypatch):
    monkeypatch.setattr(object_reading, "_RANGE_BYTES", 100_000)
    monkeypatch.delattr(os, "pwrite", raising=False)
    files.write("a.bin", CONTENT)
    assert files.download("a.bin", tmp_path).read_bytes() == CONTENT


def test_what_only_azure_needs_is_loaded_for_azure_alone():
    code = f"""
import sys
from pathlib import Path
from jupyter_tracker.artifact_store.object_storage import ObjectArtifactStore
files = ObjectArtifactStore("memory:///")
files.write("a.bin", b"1")
files.signed("a.bin")
files.log_file(Path({__file__!r}))
print(*sys.modules)
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"urllib3", "jupyter_tracker.artifact_store.azure_parts"} & set(loaded)


def test_what_is_replaced_while_it_is_read_is_an_error_of_ours(files):
    files.write("a.bin", CONTENT)
    with files.open("a.bin") as file:
        files.write("a.bin", CONTENT[1:])
        file.seek(1000)
        with pytest.raises(StoreError, match=r"'a\.bin' cannot be read on"):
            file.read(10)


def test_a_file_that_became_shorter_is_not_sent(files, tmp_path, monkeypatch):
    log = tmp_path / "train.log"
    log.write_bytes(CONTENT * 60)
    size_of = os.fstat

    def cut_off(descriptor):
        about = size_of(descriptor)
        os.truncate(log, 9 << 20)
        return about

    monkeypatch.setattr(os, "fstat", cut_off)
    with pytest.raises(StoreError, match=r"train\.log became shorter"):
        files.log_file(log)
    monkeypatch.undo()
    assert files.list() == []


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="os.pwrite is missing here, as on Windows: nothing goes on there")
@pytest.mark.parametrize("digest", [None, hashlib.sha256(CONTENT).hexdigest()])
def test_ranges_that_nothing_is_compared_with_are_on_the_disk_before_they_are_noted(
    files, tmp_path, monkeypatch, digest
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(object_reading, "_RANGE_BYTES", 50_000)
    monkeypatch.setattr(object_storage, "_PART_BYTES", 100_000)
    monkeypatch.setattr(notes, "LARGE_BYTES", 1)
    synced, noted, sync, add = [], [], object_reading._sync, notes.Note.add

    def add_late(note, number, tag):
        if number and digest is None:
            assert len(synced) > len(noted)
        if number:
            noted.append(number)
        add(note, number, tag)

    monkeypatch.setattr(object_reading, "_sync", lambda file: synced.append(sync(file)))
    monkeypatch.setattr(notes.Note, "add", add_late)
    files.write_stream("a.bin", io.BytesIO(CONTENT), digest)
    assert files.download("a.bin", tmp_path / "out").read_bytes() == CONTENT
    assert sorted(noted) == [1, 2, 3, 4, 5, 6]
    assert len(synced) == (6 if digest is None else 0)
    del synced[:]
    files.download("a.bin")  # with which nobody goes on
    assert not synced
