"""The contract of places that keep files, against each kind of place: one mode each.

To add a mode: an opener in `_OPENERS`. Object stores are emulators that the tests start (`tests/emulators`), the
servers are ours, real ones.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import pytest

from jupyter_tracker.artifact_store import artifact_store, copying, object_reading, uploading
from jupyter_tracker.artifact_store.local import LocalArtifactStore
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import DamagedArtifactError, InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.wire import credentials
from tests import emulators, hosts

RANGE_BYTES = 4 << 20
LARGE = random.Random(7).randbytes((17 << 20) + 1)  # sent in parts, and fetched in ranges
MIDDLE = LARGE[: (9 << 20) + 5]


class Place:
    """An empty place of one kind."""

    def __init__(self, kind, uri, flip):
        self.kind, self.files, self.flip = kind, artifact_store(uri), partial(flip, uri)

    def again(self):
        return artifact_store(self.files.uri)


def _flip_local(uri, path):
    """Change a byte of a file as a failing disk does: its times stay."""
    file = LocalArtifactStore.from_uri(uri).root / path
    about = file.stat()
    with file.open("r+b") as opened:
        content = emulators.flipped(opened.read())
        opened.seek(0)
        opened.write(content)
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))


@pytest.fixture(scope="module")
def started():
    """What has been started in this file, by kind."""
    found = {}
    yield found
    for each in found.values():
        (each.close if hasattr(each, "close") else each.stop)()


@contextmanager
def _local(_started, folder, _patch):
    yield (folder / "place").as_uri(), _flip_local


@contextmanager
def _emulated(kind, started, _folder, patch):
    if kind not in started:
        started[kind] = emulators.KINDS[kind]()
    for name, value in started[kind].environment.items():
        patch.setenv(name, value)
    yield f"{started[kind].place()}/some/prefix", started[kind].flip


@contextmanager
def _served(kind, started, folder, patch):
    key = f"{kind} {folder.parent}"
    if key not in started:
        started[key] = (hosts.standalone if kind == "standalone" else hosts.in_jupyter)(folder / kind)
    host = started[key]
    for name, value in host.environment().items():
        patch.setenv(name, value)
    credentials.use(host.url)
    name = f"place-{random.randbytes(8).hex()}"

    def flip(_uri, path):
        (found,) = (file for file in host.folder.rglob(Path(path).name) if f"/{name}/" in str(file))
        _flip_local(found.parent.as_uri(), found.name)

    yield f"{host.url}/api/2.0/mlflow-artifacts/artifacts/0/{name}", flip


_OPENERS = {
    "local": _local,
    "s3": partial(_emulated, "s3"),
    "gcs": partial(_emulated, "gcs"),
    "azure": partial(_emulated, "azure"),
    "standalone": partial(_served, "standalone"),
    "in_jupyter": partial(_served, "in_jupyter"),
}


@pytest.fixture(params=_OPENERS)
def place(request, started, tmp_path_factory, monkeypatch):
    monkeypatch.setattr(object_reading, "_RANGE_BYTES", RANGE_BYTES)
    with _OPENERS[request.param](started, tmp_path_factory.mktemp("place"), monkeypatch) as (uri, flip):
        yield Place(request.param, uri, flip)


@pytest.fixture
def files(place):
    return place.files


def test_written_listed_read_deleted(files):
    assert files.list() == files.list("nothing") == []
    files.write("a.txt", b"a")
    files.write("deep/er/b.txt", b"bb")
    files.write("empty", b"")
    assert files.list() == [
        FileInfo("a.txt", False, 1), FileInfo("deep", True, None), FileInfo("empty", False, 0)
    ]  # fmt: skip
    assert files.list("deep") == [FileInfo("deep/er", True, None)]
    assert files.list("deep/er/") == [FileInfo("deep/er/b.txt", False, 2)]
    assert files.list("a.txt") == []
    for path, content in (("a.txt", b"a"), ("deep/er/b.txt", b"bb"), ("empty", b"")):
        with files.open(path) as file:
            assert file.read() == content
    files.write("a.txt", b"another")
    with files.open("a.txt") as file:
        assert file.read() == b"another"
    files.delete("a.txt")
    files.delete("a.txt")
    files.delete("deep")
    assert [file.path for file in files.list()] == ["empty"]


NAMES = ["a b", "ä ö", "100%", "a%2Fb", "a+b", "a#b", "a?b=c&d", "a'b\"c", "a;b", "~a", "a:b.txt", "a=b", "ñ" * 80]


def test_names(files, tmp_path):
    for number, name in enumerate(NAMES):
        files.write(f"in {name}/{name}", str(number).encode())
    assert [file.path for file in files.list()] == sorted(f"in {name}" for name in NAMES)
    for number, name in enumerate(NAMES):
        assert [file.path for file in files.list(f"in {name}")] == [f"in {name}/{name}"]
        with files.open(f"in {name}/{name}") as file:
            assert file.read() == str(number).encode()
        copy = files.download(f"in {name}", tmp_path / str(number))
        assert (copy / name).read_bytes() == str(number).encode()


def test_folders_and_copies(files, tmp_path):
    source = tmp_path / "source"
    (source / "inner").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "inner" / "b.bin").write_bytes(MIDDLE)
    assert files.log_file(source / "a.txt") == "a.txt"
    assert files.log_file(source / "a.txt", "x/y") == "x/y/a.txt"
    files.log_dir(source, "all")
    copied = files.download("all", tmp_path / "out")
    assert copied == tmp_path / "out" / "all"
    assert sorted(p.relative_to(copied).as_posix() for p in copied.rglob("*") if p.is_file()) == [
        "a.txt",
        "inner/b.bin",
    ]
    assert (copied / "inner" / "b.bin").read_bytes() == MIDDLE
    assert files.download("x/y/a.txt", tmp_path / "out").read_text() == "a"
    assert files.download("all/a.txt").read_text() == "a"
    whole = files.download("", tmp_path / "whole")
    assert sorted(path.name for path in whole.rglob("*") if path.is_file()) == ["a.txt", "a.txt", "a.txt", "b.bin"]


def test_large_files(files, tmp_path):
    content = LARGE
    (tmp_path / "large.bin").write_bytes(content)
    with (tmp_path / "large.bin").open("rb") as stream:
        files.write_stream("streamed.bin", stream)
    files.log_file(tmp_path / "large.bin", "logged")
    assert files.list("logged") == [FileInfo("logged/large.bin", False, len(content))]
    for path in ("streamed.bin", "logged/large.bin"):
        assert files.download(path, tmp_path / "out").read_bytes() == content
    with files.open("logged/large.bin") as file:
        assert file.read(5) == content[:5]
        if file.seekable():
            file.seek(-3, os.SEEK_END)
            assert file.read() == content[-3:]
            file.seek(1000)
            assert file.read(7) == content[1000:1007]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["logged", "streamed.bin"]


def test_what_is_not_there(files, tmp_path):
    files.write("deep/a.txt", b"a")
    for path in ("nothing.txt", "deep/nothing.txt", "deep/a.tx"):
        for read in (files.open, files.download, partial(files.download, dst=tmp_path)):
            with pytest.raises(ResourceDoesNotExistError, match=path):
                read(path)
    assert not any(tmp_path.rglob("*.tx*"))


@pytest.mark.parametrize("path", ["..", "../x", "a/../../x", "/etc/passwd", "C:/x", "..\\x", "a\0b", "x" * 256])
def test_paths_that_lead_outside(files, path):
    with pytest.raises(InvalidParameterError):
        files.write(path, b"x")
    for read in (files.open, files.download, files.list, files.delete):
        with pytest.raises(InvalidParameterError):
            read(path)


@pytest.mark.parametrize("size", [1, 300_000, len(MIDDLE)])
def test_a_flipped_byte_is_told(place, tmp_path, size):
    (tmp_path / "model.bin").write_bytes(LARGE[:size])
    place.files.log_file(tmp_path / "model.bin", "in")
    place.flip("in/model.bin")
    files = place.again()
    for read in (
        lambda: files.download("in/model.bin", tmp_path / "out"),
        lambda: files.download("in", tmp_path / "out"),
        lambda: files.open("in/model.bin").read(),
    ):
        with pytest.raises(DamagedArtifactError, match=r"model\.bin.*not what was written") as caught:
            read()
        assert caught.value.expected in str(caught.value)
        assert caught.value.found in str(caught.value)
        assert len({caught.value.expected, caught.value.found}) == 2
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))
    place.files.log_file(tmp_path / "model.bin", "in")
    assert files.download("in/model.bin", tmp_path / "out").read_bytes() == LARGE[:size]


@pytest.mark.parametrize("size", [1000, len(MIDDLE)])
def test_a_log_that_grows_while_it_is_sent(files, tmp_path, monkeypatch, size):
    log = tmp_path / "train.log"
    log.write_bytes(LARGE[:size])

    @contextmanager
    def growing(*_):
        def step(_count):
            with log.open("ab") as file:
                file.write(b"more\n")

        yield step

    monkeypatch.setattr(uploading, "shown", growing)
    assert files.log_file(log) == "train.log"
    with files.open("train.log") as file:
        assert file.read() == LARGE[:size]


SENDS = {"ObjectArtifactStore": "_put", "ServedArtifactStore": "_send"}


@pytest.fixture
def sent(place, monkeypatch):
    """The paths of what is sent to a place; None where it is a folder of this machine."""
    kind = type(place.files)
    if kind is LocalArtifactStore:
        return None
    found, send = [], getattr(kind, SENDS[kind.__name__])

    def noted(self, path, *more):
        found.append(path)
        return send(self, path, *more)

    monkeypatch.setattr(kind, SENDS[kind.__name__], noted)
    return found


def test_a_folder_that_is_logged_again_is_sent_on_with_what_is_missing(place, sent, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in ("a.bin", "b.bin"):
        (source / name).write_bytes(MIDDLE)
    (source / "small.txt").write_text("small")
    place.files.log_file(source / "a.bin", "in")
    for paths in (["b.bin", "small.txt"], ["small.txt"], ["b.bin", "small.txt"]):
        place.files.log_dir(source, "in")
        assert sent is None or sorted(sent[-len(paths) :]) == [f"in/{path}" for path in paths]
        (source / "b.bin").write_bytes(MIDDLE[::-1] if len(paths) == 1 else MIDDLE)  # of the same size
    assert sent is None or len(sent) == 6
    copy = place.again().download("in", tmp_path / "out")
    assert (copy / "a.bin").read_bytes() == (copy / "b.bin").read_bytes()[::-1] == MIDDLE
    place.files.log_file(source / "a.bin", "in")
    assert sent is None or sent[6:] == ["in/a.bin"]


@pytest.mark.parametrize("place", ["local", "standalone", "in_jupyter"], indirect=True)
def test_a_folder_that_is_logged_again_mends_what_is_damaged(place, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "model.bin").write_bytes(MIDDLE)
    place.files.log_dir(tmp_path / "source", "in")
    place.flip("in/model.bin")
    place.files.log_dir(tmp_path / "source", "in")
    assert place.again().download("in/model.bin", tmp_path / "out").read_bytes() == MIDDLE


@pytest.fixture
def interrupting():
    """Something to show progress with: the first piece is as Ctrl-C, and nothing goes on before that has come."""
    sent, came = [], threading.Event()

    def arrived(*_):
        came.set()
        raise KeyboardInterrupt

    def step(count):
        if count and not sent:
            sent.append(count)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        if count:
            came.wait(60)

    before = signal.signal(signal.SIGINT, arrived)
    yield lambda *_: nullcontext(step)
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows has no signals of threads")
def test_an_interrupted_folder_leaves_no_half_file(place, started, interrupting, tmp_path, monkeypatch):
    source = tmp_path / "source"
    source.mkdir()
    for number in range(12):
        (source / f"{number}.bin").write_bytes(LARGE)
    with monkeypatch.context() as patch:
        patch.setattr(uploading if place.kind != "local" else copying, "shown", interrupting)
        with pytest.raises(KeyboardInterrupt):
            place.files.log_dir(source, "in")
    here = {file.path: file.file_size for file in place.files.list("in")}
    assert set(here.values()) <= {len(LARGE)}
    assert len(here) < 12
    if place.kind == "s3":
        assert "Uploads" not in started["s3"].client().list_multipart_uploads(Bucket=place.files.uri.split("/")[2])
    # A thread that Ctrl-C has met at its start has done nothing, and goes by itself.
    hosts.wait_until(lambda: not any("jupyter_tracker-files" in thread.name for thread in threading.enumerate()))
    assert {file.path: file.file_size for file in place.files.list("in")} == here


@pytest.mark.parametrize("size", [5, len(MIDDLE)])
def test_what_arrives_damaged_is_not_kept(files, size):
    wrong = "0" * 64
    for stream in (Unsought(LARGE[:size]), Unsought(b"")):
        with pytest.raises(InvalidParameterError, match="arrived damaged"):
            files.write_stream("a.bin", stream, wrong)
    assert files.list() == []


class Unsought:
    """A body as it comes in from a client: it cannot be sought, and gives less than is asked for."""

    def __init__(self, content):
        self._left = content

    def read(self, size=-1):
        size = min(100_000 if size < 0 else size, 700_000)
        piece, self._left = self._left[:size], self._left[size:]
        return piece

    def __iter__(self):
        return iter(partial(self.read, 1 << 16), b"")


@pytest.mark.parametrize("size", [0, 5, len(MIDDLE)])
def test_an_upload_that_cannot_be_rewound(files, size):
    files.write_stream("up.bin", Unsought(LARGE[:size]))
    with files.open("up.bin") as file:
        assert file.read() == LARGE[:size]


_STOPS_IN_THE_MIDDLE = """
import os, sys, time
from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.wire import credentials

class Stream:
    left = 30
    def read(self, size):
        self.left -= 1
        if not self.left:
            print("half", flush=True)
            time.sleep(600)
        return b"x" * min(size, 1 << 20)
    def __iter__(self):
        while True:
            yield self.read(1 << 20)

credentials.use(os.environ.get("MLFLOW_TRACKING_URI", "http://127.0.0.1:1"))
artifact_store(sys.argv[1]).write_stream("in/model.bin", Stream())
"""


@pytest.mark.crash
def test_a_killed_upload_leaves_no_half_file(place, tmp_path):
    place.files.write("in/other.bin", b"other")
    command = [sys.executable, "-c", _STOPS_IN_THE_MIDDLE, place.files.uri]
    environment = {**os.environ, "PYTHONPATH": str(hosts.ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"half\n"
        process.kill()
    assert [file.path for file in place.files.list("in")] == ["in/other.bin"]
    assert [path.name for path in place.files.download("in", tmp_path / "out").iterdir()] == ["other.bin"]
    (tmp_path / "model.bin").write_bytes(MIDDLE)
    place.files.log_file(tmp_path / "model.bin", "in")
    assert place.files.download("in/model.bin", tmp_path / "out").read_bytes() == MIDDLE


def test_of_several_writers_one_wins_whole(files):
    contents = [bytes([number]) * 200_000 for number in range(6)]
    threads = [threading.Thread(target=files.write, args=("a.bin", content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with files.open("a.bin") as file:
        assert file.read() in contents
    assert [file.path for file in files.list()] == ["a.bin"]
