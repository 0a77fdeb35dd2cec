"""Notes of what has arrived of large files, and what is done where none can be kept."""

import hashlib
import io
import os
import time
from contextlib import closing, nullcontext

import pytest

from jupyter_tracker import settings
from jupyter_tracker.artifact_store import LocalArtifactStore, halves, in_parts, notes
from jupyter_tracker.artifact_store.following import Beginning
from jupyter_tracker.artifact_store.local_parts import LocalUploads

CONTENT = b"0123456789"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return settings.user_data_folder() / "transfers"


@pytest.fixture(params=["in use", "not writable"])
def no_note(request, folder):
    """Give what lets nobody keep a note of this name."""

    def hold(*of):
        if request.param == "in use":
            return closing(notes.open_note(*of))
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.touch()
        return nullcontext()

    return hold


def test_a_note_is_read_again_to_its_last_whole_line(folder):
    with closing(notes.open_note("a")) as note:
        assert note.is_kept
        note.begin("upload", 5)
        for number in (1, 2):
            note.add(number, f"tag {number}")
    (file,) = folder.iterdir()
    with file.open("ab") as opened:
        opened.write(b'[3, "ta')
    for _ in range(2):  # the half line is cut off
        with closing(notes.open_note("a")) as note:
            assert (note.name, note.size, note.tags) == ("upload", 5, {1: "tag 1", 2: "tag 2"})
            note.add(4, "tag 4")
            del note.tags[4]
        file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:3]))


@pytest.mark.parametrize("fails", ["read", "truncate"])
def test_a_note_that_cannot_be_read_is_a_blank_one(folder, fails, monkeypatch):
    with closing(notes.open_note("a")) as note:
        note.begin("upload", 5)
    (file,) = folder.iterdir()
    file.write_bytes(b"no note\n")

    class Broken(io.FileIO):
        pass

    def broken(*_):
        raise OSError(5, "Input/output error")

    setattr(Broken, fails, broken)
    monkeypatch.setattr("pathlib.Path.open", lambda path, mode, buffering: Broken(path, "a+"))
    note = notes.open_note("a")
    assert (note.is_kept, note.name) == (False, "")
    note.close()


def test_what_cannot_be_removed_keeps_no_other_note(folder):
    with closing(notes.open_note("a")) as note:
        note.begin("upload", 5)
    old = time.time() - notes.KEPT_S - 60
    for number in range(10):
        (folder / f"folder-{number}").mkdir()
        (folder / f"note-{number}").touch()
    for path in folder.iterdir():
        os.utime(path, (old, old))
    notes.open_note("b").close()
    assert sorted(path.name for path in folder.iterdir()) == [f"folder-{number}" for number in range(10)]


class _BrokenOffError(Exception):
    pass


def test_a_half_that_nothing_notes_is_not_kept(tmp_path, no_note, monkeypatch):
    monkeypatch.setattr(notes, "LARGE_BYTES", 1)
    target = tmp_path / "out" / "a.bin"

    def fetch():
        with half.open() as file:
            half.keep("version", len(CONTENT))
            file.write(CONTENT[:5])
        raise _BrokenOffError

    with (
        no_note("place", "a.bin", os.fspath(target)),
        pytest.raises(_BrokenOffError),
        halves.half_of("place", "a.bin", target, resumes=True) as half,
    ):
        half.fill(fetch)
    assert list(target.parent.iterdir()) == []


class _Breaks(LocalUploads):
    """A place that nobody reaches any more after the first part."""

    def send(self, path, upload_id, number, at, content):
        if number > 1:
            raise _BrokenOffError
        return super().send(path, upload_id, number, at, content)


def broken_off(tmp_path):
    """Let an upload break off after its first part; return what is left of it."""
    (tmp_path / "a.bin").write_bytes(CONTENT)
    uploads = _Breaks(LocalArtifactStore(tmp_path / "artifacts"))
    with (tmp_path / "a.bin").open("rb") as file, pytest.raises(_BrokenOffError):
        in_parts.send_in_parts(uploads, "place", "a.bin", Beginning(file), DIGEST, lambda _count: None, lambda: False)
    return list((tmp_path / "artifacts").iterdir())


def test_an_upload_that_nothing_notes_is_given_up(tmp_path, no_note, monkeypatch):
    monkeypatch.setattr(in_parts, "_PART_BYTES", 4)
    with no_note("place", "a.bin", DIGEST):
        assert broken_off(tmp_path) == []


def test_an_upload_that_is_noted_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(in_parts, "_PART_BYTES", 4)
    assert len(broken_off(tmp_path)) == 1
