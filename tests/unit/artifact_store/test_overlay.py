from pathlib import Path

import pytest

from jupyter_tracker.artifact_store import LocalArtifactStore
from jupyter_tracker.artifact_store.overlay import OverlayArtifactStore
from jupyter_tracker.errors import ResourceDoesNotExistError


@pytest.fixture
def place(tmp_path):
    own, one, two = (LocalArtifactStore(tmp_path / name) for name in ("own", "one", "two"))
    own.write("notes.txt", b"own")
    own.write("taken/own.txt", b"own")
    one.write("MLmodel", b"one")
    one.write("data/x.bin", b"one")
    two.write("hidden.txt", b"two")
    return OverlayArtifactStore(own, {"model": one, "deep/er": one, "taken": two})


def paths(place, path=""):
    return [file.path for file in place.list(path)]


def test_list(place):
    assert paths(place) == ["deep", "model", "notes.txt", "taken"]
    assert paths(place, "deep") == ["deep/er"]
    assert paths(place, "model") == ["model/MLmodel", "model/data"]
    assert paths(place, "deep/er/data") == ["deep/er/data/x.bin"]
    assert paths(place, "taken") == ["taken/own.txt"]
    assert paths(place, "nowhere") == []


def test_open(place):
    with place.open("model/data/x.bin") as file:
        assert file.read() == b"one"
    with place.open("notes.txt") as file:
        assert file.read() == b"own"
    with pytest.raises(ResourceDoesNotExistError):
        place.open("taken/hidden.txt")


def test_download_in_place(place, tmp_path):
    assert place.download("model") == tmp_path / "one"
    assert place.download("model/data/x.bin") == tmp_path / "one/data/x.bin"


def test_download_all(place, tmp_path):
    place.download("", tmp_path / "copy")
    copied = {
        file.relative_to(tmp_path / "copy").as_posix() for file in Path(tmp_path / "copy").rglob("*") if file.is_file()
    }
    assert copied == {
        "notes.txt", "taken/own.txt", "model/MLmodel", "model/data/x.bin", "deep/er/MLmodel", "deep/er/data/x.bin",
    }  # fmt: skip
    assert place.download("model/data", tmp_path / "part") == tmp_path / "part/model/data"
    assert (tmp_path / "part/model/data/x.bin").is_file()


def test_writing_goes_to_the_own_place(place, tmp_path):
    place.write("new.txt", b"x")
    place.delete("notes.txt")
    assert (tmp_path / "own/new.txt").is_file()
    assert "notes.txt" not in paths(place)
