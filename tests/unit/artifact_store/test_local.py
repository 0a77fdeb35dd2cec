"""Files in a folder: whole or not at all, and never outside."""

import os
import threading
from pathlib import Path

import pytest

from jupyter_tracker.artifact_store import LocalArtifactStore, artifact_store, digests
from jupyter_tracker.artifact_store.base import safe_path
from jupyter_tracker.artifact_store.local import TEMPORARY, local_files, local_path
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import DamagedArtifactError, InvalidParameterError, ResourceDoesNotExistError, StoreError


@pytest.fixture
def files(tmp_path):
    """A store whose folder does not exist yet."""
    return LocalArtifactStore(tmp_path / "artifacts")


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def test_uris(tmp_path):
    folder = tmp_path / "with space#?%"
    for uri in (folder.as_uri(), str(folder)):
        store = artifact_store(uri)
        assert store.root == folder
        assert store.uri == folder.as_uri()
    assert local_path("file:///C:/runs").as_posix().endswith("C:/runs")
    assert local_path("file://localhost/runs") == Path("/runs")
    assert local_path("relative") == Path("relative").absolute()
    assert not folder.exists()


@pytest.mark.parametrize("uri", ["ftp://bucket/x", "mlflow-artifacts:/x", "http://example.org/x"])
def test_other_places_say_what_to_do(uri):
    with pytest.raises(InvalidParameterError, match="artifact_location"):
        artifact_store(uri)


def test_places_that_cannot_be():
    with pytest.raises(InvalidParameterError, match="empty"):
        artifact_store("")
    with pytest.raises(InvalidParameterError, match="another machine"):
        artifact_store("file://server/share")


def test_write_list_open_delete(files):
    assert files.list() == []
    files.write("a.txt", b"a")
    files.write("deep/er/b.txt", b"bb")
    assert files.list() == [FileInfo("a.txt", is_dir=False, file_size=1), FileInfo("deep", is_dir=True, file_size=None)]
    assert files.list("deep") == [FileInfo("deep/er", is_dir=True, file_size=None)]
    assert files.list("deep/er/") == [FileInfo("deep/er/b.txt", is_dir=False, file_size=2)]
    assert files.list("a.txt") == files.list("nothing") == []
    with files.open("deep/er/b.txt") as file:
        assert file.read() == b"bb"
    files.delete("a.txt")
    files.delete("a.txt")
    files.delete("deep")
    assert files.list() == []
    files.delete()
    assert not files.root.exists()


def test_log_file_and_folder(files, tmp_path):
    source = tmp_path / "source"
    (source / "inner").mkdir(parents=True)
    (source / "empty").mkdir()
    (source / "a.txt").write_text("a")
    (source / "inner" / "b.bin").write_bytes(bytes(range(256)) * 10_000)
    assert files.log_file(source / "a.txt") == "a.txt"
    assert files.log_file(source / "a.txt", "x/y") == "x/y/a.txt"
    files.log_dir(source, "all")
    assert everything(files.root) == ["a.txt", "all/a.txt", "all/inner/b.bin", "x/y/a.txt"]
    assert (files.root / "all" / "empty").is_dir()
    assert (files.root / "all" / "inner" / "b.bin").read_bytes() == (source / "inner" / "b.bin").read_bytes()


def test_links_in_what_is_logged_become_what_they_point_at(files, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.txt").write_text("a")
    (source / "file.txt").symlink_to(tmp_path / "elsewhere" / "a.txt")
    (source / "folder").symlink_to(tmp_path / "elsewhere")
    (source / "loop").symlink_to(source)
    (source / "broken").symlink_to(tmp_path / "nothing")
    files.log_dir(source)
    assert everything(files.root) == ["file.txt", "folder/a.txt"]
    assert not (files.root / "file.txt").is_symlink()


def test_logging_a_folder_that_contains_the_store(files, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    files.write("before.txt", b"b")
    files.log_dir(tmp_path, "copy")
    assert everything(files.root) == ["before.txt", "copy/a.txt"]


def test_download(files, tmp_path):
    files.write("deep/a.txt", b"a")
    files.write("b.txt", b"b")
    assert files.download("deep/a.txt") == files.root / "deep" / "a.txt"
    assert files.download("deep/a.txt", tmp_path / "x").read_bytes() == b"a"
    assert everything(tmp_path / "x") == ["deep/a.txt"]
    assert files.download("deep", tmp_path / "y") == tmp_path / "y" / "deep"
    assert files.download("", tmp_path / "z") == tmp_path / "z"
    assert everything(tmp_path / "z") == ["b.txt", "deep/a.txt"]
    with pytest.raises(ResourceDoesNotExistError):
        files.download("nothing")
    with pytest.raises(ResourceDoesNotExistError):
        files.open("nothing")
    with pytest.raises(InvalidParameterError, match="is a folder"):
        files.open("deep")


BAD = [
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    "C:/x",
    "C:x",
    "\\\\server\\x",
    "..\\x",
    "a\\..\\..\\x",
    "a\0b",
    "a\nb",
    7,
]


@pytest.mark.parametrize("path", BAD)
def test_paths_that_lead_outside_are_refused_everywhere(files, tmp_path, path):
    files.write("a.txt", b"a")
    (tmp_path / "x").write_text("outside")
    for call in (
        lambda: files.write(path, b"x"),
        lambda: files.log_file(tmp_path / "x", path),
        lambda: files.log_dir(tmp_path, path),
        lambda: files.list(path),
        lambda: files.open(path),
        lambda: files.download(path),
        lambda: files.delete(path),
        lambda: files.path_of(path),
    ):
        with pytest.raises(InvalidParameterError):
            call()
    assert (tmp_path / "x").read_text() == "outside"
    assert everything(files.root) == ["a.txt"]


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("", ""),
        (".", ""),
        ("a", "a"),
        ("./a", "a"),
        ("a/./b", "a/b"),
        ("a//b/", "a/b"),
        ("a\\b", "a/b"),
        ("...", "..."),
    ],
)
def test_paths_in_their_normal_form(path, normal):
    assert safe_path(path) == normal


def test_links_that_lead_out_are_not_followed(files, tmp_path):
    files.write("a.txt", b"a")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "s.txt").write_text("secret")
    (files.root / "out").symlink_to(secret)
    (files.root / "s.txt").symlink_to(secret / "s.txt")
    (files.root / "in.txt").symlink_to(files.root / "a.txt")
    for path in ("out", "out/s.txt", "s.txt"):
        with pytest.raises(InvalidParameterError, match="leads out"):
            files.download(path, tmp_path / "copy")
    with pytest.raises(InvalidParameterError, match="leads out"):
        files.open("s.txt")
    with pytest.raises(InvalidParameterError, match="leads out"):
        files.list("out")
    with pytest.raises(InvalidParameterError, match="leads out"):
        files.write("out/new.txt", b"x")
    with pytest.raises(InvalidParameterError, match="leads out"):
        files.delete("out/s.txt")
    with files.open("in.txt") as file:
        assert file.read() == b"a"
    files.download("", tmp_path / "whole")
    assert everything(tmp_path / "whole") == ["a.txt", "in.txt"]
    files.write("s.txt", b"replaced")
    assert (secret / "s.txt").read_text() == "secret"
    files.delete("out")
    assert (secret / "s.txt").is_file()


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(files, monkeypatch):
    files.write("a.txt", b"old")

    def fails(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(StoreError, match="No space left on device"):
        files.write("a.txt", b"new")
    monkeypatch.undo()
    assert files.download("a.txt").read_bytes() == b"old"
    assert everything(files.root) == ["a.txt"]


def test_a_reader_sees_the_old_or_the_new(files):
    big = [bytes([number]) * 200_000 for number in range(2)]
    files.write("a.bin", big[0])
    stop = threading.Event()

    def write():
        while not stop.is_set():
            for content in big:
                files.write("a.bin", content)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            with files.open("a.bin") as file:
                assert file.read() in big
            assert [found.path for found in files.list()] == ["a.bin"]
    finally:
        stop.set()
        writer.join()


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="digests of files are kept on Linux only")
def test_what_its_user_rewrites_in_place_is_not_damaged(files, tmp_path):
    files.write("notes.txt", b"one")
    about = (files.root / "notes.txt").stat()
    (files.root / "notes.txt").write_bytes(b"two")  # of the same size
    os.utime(files.root / "notes.txt", ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert files.open("notes.txt").read() == b"two"
    assert files.download("notes.txt", tmp_path / "out").read_bytes() == b"two"
    os.utime(files.root / "notes.txt", ns=(about.st_atime_ns, about.st_mtime_ns))
    with pytest.raises(DamagedArtifactError), files.open("notes.txt") as file:
        file.read()


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="digests of files are kept on Linux only")
def test_a_file_that_is_logged_anew_while_it_is_opened_is_not_damaged(files, tmp_path, monkeypatch):
    kept, contents = digests.kept, [b"third", b"second"]

    def late(file):
        files.write("a.txt", contents.pop())
        return kept(file)

    files.write("a.txt", b"first")
    monkeypatch.setattr(digests, "kept", late)
    with files.open("a.txt") as file:
        assert file.read() == b"first"
    assert files.download("a.txt", tmp_path / "out").read_bytes() == b"second"


def test_what_is_half_there_is_not_logged(files, tmp_path):
    """The half of a download lies beside its place, in a folder that may be logged."""
    out = tmp_path / "out"
    (out / "deep" / f"{TEMPORARY}folder").mkdir(parents=True)
    for path in (out / "a.txt", out / f"{TEMPORARY}1", out / "deep" / f"{TEMPORARY}2"):
        path.write_text("x")
    (out / "deep" / f"{TEMPORARY}folder" / "b.txt").write_text("x")
    assert [path.relative_to(out).as_posix() for path in local_files(out)] == ["a.txt"]
    files.log_dir(out)
    assert everything(files.root) == ["a.txt"]
    assert not [path for path in files.root.rglob("*") if path.name.startswith(TEMPORARY)]


class Vanished(type(Path())):
    """A file that was there a moment ago."""

    def is_file(self):
        return True


def test_a_file_that_vanishes_before_it_is_opened_is_not_there(files, monkeypatch):
    monkeypatch.setattr(files, "_existing", lambda path: Vanished(files.root / path))
    with pytest.raises(ResourceDoesNotExistError, match=r"a\.txt"):
        files.open("a.txt")


def test_what_is_in_the_way(files, tmp_path):
    files.write("folder/a.txt", b"a")
    with pytest.raises(InvalidParameterError, match="folder of that name"):
        files.write("folder", b"x")
    with pytest.raises(InvalidParameterError, match="file name"):
        files.write("folder/", b"x")
    with pytest.raises(StoreError):
        files.write("folder/a.txt/b.txt", b"x")
    with pytest.raises(ResourceDoesNotExistError, match="use log_artifacts"):
        files.log_file(tmp_path)
    with pytest.raises(ResourceDoesNotExistError, match="does not exist"):
        files.log_dir(tmp_path / "nothing")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(files, tmp_path):
    (tmp_path / "closed").write_text("x")
    (tmp_path / "closed").chmod(0)
    with pytest.raises(StoreError, match="Permission denied"):
        files.log_file(tmp_path / "closed")
