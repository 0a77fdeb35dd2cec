"""A large file whose sending or fetching broke off, by a kill, a server that went, or Ctrl-C, goes on where it was."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
import urllib3

from jupyter_tracker import settings
from jupyter_tracker.artifact_store import (
    artifact_store,
    in_parts,
    multipart,
    notes,
    object_reading,
    object_storage,
    served,
    uploading,
)
from jupyter_tracker.artifact_store.azure_parts import AzureUploads
from jupyter_tracker.artifact_store.in_parts import PartsNotTakenError
from jupyter_tracker.artifact_store.multipart import S3Uploads
from jupyter_tracker.artifact_store.served_parts import ServedUploads
from jupyter_tracker.errors import InvalidParameterError, StoreUnavailableError
from jupyter_tracker.wire import credentials
from tests import emulators, hosts

CONTENT = random.Random(11).randbytes((21 << 20) + 5)
PART_BYTES = 5 << 20  # five parts
FILES = "/api/2.0/mlflow-artifacts/artifacts"


class Place:
    """Where files are sent to, and what is left of an upload that was not ended: for a week, if not `gives_up`."""

    def __init__(self, uri, left, host=None, *, gives_up=True):
        self.files, self.left, self.host, self.gives_up = artifact_store(uri), left, host, gives_up


@pytest.fixture(scope="module")
def s3():
    store = emulators.S3()
    yield store
    store.close()


@pytest.fixture(scope="module")
def azure():
    """Azure's emulator, started when it is asked for."""
    found = []

    def start():
        if not found:
            found.append(emulators.Azure())
        return found[0]

    yield start
    for each in found:
        each.close()


@pytest.fixture(scope="module")
def started(s3, azure, tmp_path_factory):
    """The servers that have been started in this file, by kind."""
    found, patch = {}, pytest.MonkeyPatch()

    def start(kind):
        if kind not in found:
            folder = tmp_path_factory.mktemp("host")
            behind = azure() if kind == "server-azure" else s3
            bucket = behind.place()
            for name, value in behind.environment.items():
                patch.setenv(name, value)
            more = ["--artifacts-destination", f"{bucket}/files"] if "-" in kind else []
            found[kind] = hosts.in_jupyter(folder) if kind == "in_jupyter" else hosts.standalone(folder, *more)
            found[kind].bucket = bucket
        return found[kind]

    yield start
    patch.undo()
    for host in found.values():
        host.stop()


def unfinished(s3, bucket, name):
    found = s3.client().list_multipart_uploads(Bucket=bucket.removeprefix("s3://")).get("Uploads", [])
    return [upload["Key"] for upload in found if name in upload["Key"]]


@pytest.fixture(params=["s3", "azure", "server", "server-s3", "server-azure", "in_jupyter"])
def place(request, s3, azure, started, tmp_path, monkeypatch):
    for name, value in {**s3.environment, "XDG_DATA_HOME": str(tmp_path / "data")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(notes, "LARGE_BYTES", PART_BYTES)
    monkeypatch.setattr(in_parts, "_PART_BYTES", PART_BYTES)
    monkeypatch.setattr(object_reading, "_RANGE_BYTES", 4 << 20)
    name = os.urandom(8).hex()
    if request.param == "s3":
        bucket = s3.place()
        return Place(f"{bucket}/{name}", lambda: unfinished(s3, bucket, name))
    if request.param == "azure":
        for key, value in azure().environment.items():
            monkeypatch.setenv(key, value)
        root = f"{azure().place()}/{name}"
        return Place(root, lambda: azure().unfinished(root, "in/model.bin"), gives_up=False)
    host = started(request.param)
    for key, value in host.environment().items():
        monkeypatch.setenv(key, value)
    credentials.use(host.url)

    def left():
        if request.param == "server-s3":
            return unfinished(s3, host.bucket, name)
        if request.param == "server-azure":
            return azure().unfinished(f"{host.bucket}/files/0/{name}", "in/model.bin")
        return [path for path in host.folder.rglob(".jupyter-tracker-partial-*") if f"/{name}/" in str(path)]

    return Place(f"{host.url}{FILES}/0/{name}", left, host)


@pytest.fixture
def model(tmp_path):
    (tmp_path / "model.bin").write_bytes(CONTENT)
    return tmp_path / "model.bin"


@pytest.fixture
def sent(monkeypatch):
    """The numbers of the parts that this process sends."""
    found = []

    def noted(real):
        def send(self, path, upload_id, number, at, content):
            found.append(number)
            return real(self, path, upload_id, number, at, content)

        return send

    for kind in (S3Uploads, AzureUploads, ServedUploads):
        monkeypatch.setattr(kind, "send", noted(kind.send))
    return found


def at_part(number, act):
    """Return something to show progress with: when so many parts have arrived `act` is called."""
    arrived = []

    def step(count):
        if count:
            arrived.append(count)
            if len(arrived) == number:
                act()

    @contextmanager
    def shown(*_):
        yield step

    return shown


def is_there(place, tmp_path):
    copy = place.files.download("in/model.bin", tmp_path / "out").read_bytes()
    return copy == CONTENT and not place.left() and not any((settings.user_data_folder() / "transfers").iterdir())


def test_a_file_is_sent_in_parts_and_nothing_is_left(place, model, sent, tmp_path):
    assert place.files.log_file(model, "in") == "in/model.bin"
    assert sorted(sent) == [1, 2, 3, 4, 5]
    assert is_there(place, tmp_path)
    place.files.log_file(model, "in")  # over the one that is there
    assert is_there(place, tmp_path)


@pytest.mark.parametrize("place", ["server-s3", "server-azure"], indirect=True)
def test_what_a_store_takes_in_no_way_through_a_server_is_refused_at_once(place):
    uploads = ServedUploads(place.files._ask, place.files._root)
    with pytest.raises(InvalidParameterError, match=r"64 MiB.*artifact_location"):
        uploads.begin("in/model.bin", "0" * 64, 9_000 * (64 << 20))
    assert not place.left()
    with pytest.raises(PartsNotTakenError):  # what else is wrong is said where it is sent as a whole
        uploads.begin("in/model.bin", "no digest", 1)


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_what_boto3_cannot_begin_is_sent_as_a_whole(place, model, sent, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    multipart._client.cache_clear()
    place.files.log_file(model, "in")
    monkeypatch.delenv("AWS_PROFILE")
    assert sent == []
    assert is_there(place, tmp_path)


@pytest.mark.parametrize("place", ["azure", "server-azure"], indirect=True)
def test_what_obstore_signs_wrongly_is_sent_as_a_whole(place, model, sent, tmp_path):
    """It signs the escaped form of a name, and Azure compares with the name."""
    for name in ("my model.bin", "modèle.bin"):
        place.files.log_file(model.rename(model.with_name(name)), "in")
        assert place.files.download(f"in/{name}", tmp_path / "out").read_bytes() == CONTENT
        (tmp_path / name).rename(model)
    assert sent == []


@pytest.mark.parametrize("place", ["server-azure"], indirect=True)
def test_what_clients_of_mlflow_do_past_the_server_with_azure(place):
    asked = {"path": "model.bin", "num_parts": 2}
    status, _, said = place.host.ask("/api/2.0/mlflow-artifacts/mpu/create/0", asked)
    assert (status, b"Multipart upload is not supported for the current artifact repository" in said) == (501, True)
    assert not place.host.json("/api/3.0/mlflow/server-info")["multipart_uploads_enabled"]
    for name, found in {"model.bin": 200, "my%20model.bin": 501}.items():
        assert place.host.ask(f"{FILES}/{name}", content=b"abc", method="PUT")[0] == 200
        status, _, said = place.host.ask(f"/api/2.0/mlflow-artifacts/presigned/{name}")
        assert status == found, said
        if found == 200:
            assert urllib3.request("GET", json.loads(said)["url"]).data == b"abc"


_STOPS = """
import sys, time
from pathlib import Path
from jupyter_tracker.artifact_store import artifact_store, in_parts, notes
from jupyter_tracker.artifact_store import object_reading, object_storage, served, uploading
from jupyter_tracker.wire import credentials
from tests.integration.test_transfers_that_go_on import PART_BYTES, at_part

def stop():
    print("half", flush=True)
    time.sleep(600)

notes.LARGE_BYTES = in_parts._PART_BYTES = PART_BYTES
object_reading._RANGE_BYTES = 4 << 20
uploading.shown = at_part(3, stop)
object_storage.shown = at_part(5, stop)
served.shown = at_part(100, stop)
credentials.use(sys.argv[2])
files, path = artifact_store(sys.argv[1]), Path(sys.argv[3])
files.log_file(path, "in") if path.is_file() else files.download("in/model.bin", path)
"""


def killed(place, path):
    """Let another process send this file, or fetch it into this folder, and kill it in the middle."""
    server = place.host.url if place.host else "http://127.0.0.1:1"
    command = [sys.executable, "-c", _STOPS, place.files.uri, server, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(hosts.ROOT)}) as child:
        assert child.stdout.readline() == b"half\n"
        child.kill()


@pytest.mark.crash
def test_another_process_goes_on_after_a_kill(place, model, sent, tmp_path):
    killed(place, model)
    assert place.files.list("in") == []
    assert place.left()
    place.files.log_file(model, "in")
    assert sorted(sent) == [4, 5]
    assert is_there(place, tmp_path)


@pytest.mark.parametrize("place", ["s3", "server"], indirect=True)
def test_ctrl_c_leaves_what_the_next_call_goes_on_with(place, model, sent, tmp_path, monkeypatch):
    def interrupt():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(60)

    with monkeypatch.context() as patch:
        patch.setattr(uploading, "shown", at_part(2, interrupt))
        with pytest.raises(KeyboardInterrupt):
            place.files.log_file(model, "in")
    assert not any("jupyter_tracker-parts" in thread.name for thread in threading.enumerate())
    assert place.files.list("in") == []
    del sent[:]
    place.files.log_file(model, "in")
    assert 1 not in sent
    assert 2 not in sent
    assert is_there(place, tmp_path)


@pytest.mark.parametrize("place", ["server"], indirect=True)
def test_an_upload_outlives_its_server(place, model, sent, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(uploading, "shown", at_part(1, place.host.kill))
        with pytest.raises(StoreUnavailableError):
            place.files.log_file(model, "in")
    place.host.start()
    place.host.wait()
    del sent[:]
    place.files.log_file(model, "in")
    assert 1 not in sent
    assert 5 in sent
    assert is_there(place, tmp_path)


@pytest.mark.parametrize("place", ["s3", "azure", "server", "server-s3"], indirect=True)
def test_a_file_that_is_changed_while_it_is_sent_is_not_kept(place, model, tmp_path, monkeypatch):
    def change():
        with model.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(bytes([CONTENT[-1] ^ 1]))

    with monkeypatch.context() as patch:
        patch.setattr(uploading, "shown", at_part(1, change))
        with pytest.raises(InvalidParameterError, match=r"model\.bin.*Send it again"):
            place.files.log_file(model, "in")
    assert place.files.list("in") == []
    assert bool(place.left()) != place.gives_up
    model.write_bytes(CONTENT)
    place.files.log_file(model, "in")
    assert is_there(place, tmp_path)


class _BrokenOffError(Exception):
    pass


def broken_off(*_):
    raise _BrokenOffError


@pytest.mark.parametrize(
    ("place", "fate"),
    [(place, fate) for place in ("s3", "azure", "server") for fate in ("thrown away", "damaged")]
    + [("s3", "another file"), ("server", "another file")],
    indirect=["place"],
)
def test_what_cannot_go_on_begins_anew(place, model, sent, fate, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        if fate == "thrown away":
            for kind in (S3Uploads, AzureUploads, ServedUploads):
                patch.setattr(kind, "complete", broken_off)
        else:
            patch.setattr(uploading, "shown", at_part(2, broken_off))
        with pytest.raises(_BrokenOffError):
            place.files.log_file(model, "in")
    (note,) = (settings.user_data_folder() / "transfers").iterdir()
    if fate == "another file":
        model.write_bytes(CONTENT[::-1])
        place.files.log_file(model, "in")
        assert place.files.download("in/model.bin", tmp_path / "other").read_bytes() == CONTENT[::-1]
        model.write_bytes(CONTENT)
        del sent[:]
    elif fate == "damaged":  # a kill in the middle of a line
        note.write_bytes(note.read_bytes()[:-3])
        del sent[:]
    else:
        lines = note.read_text().splitlines()
        note.write_text("\n".join([lines[0].replace(lines[0][2:10], "0" * 8), *lines[1:]]) + "\n")
        del sent[:]
    place.files.log_file(model, "in")
    if fate == "thrown away":
        assert sorted(sent) == [1, 2, 3, 4, 5]
        assert place.files.download("in/model.bin", tmp_path / "out").read_bytes() == CONTENT
    else:
        assert 1 not in sent
        assert is_there(place, tmp_path)


@pytest.mark.parametrize("place", ["s3", "server"], indirect=True)
def test_two_at_once_do_no_harm(place, model, tmp_path):
    threads = [threading.Thread(target=place.files.log_file, args=(model, "in")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert is_there(place, tmp_path)


@pytest.mark.parametrize("place", ["server"], indirect=True)
def test_what_nobody_goes_on_with_is_forgotten_after_a_week(place, model, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(uploading, "shown", at_part(2, broken_off))
        with pytest.raises(_BrokenOffError):
            place.files.log_file(model, "in")
    (note,), (half,) = (settings.user_data_folder() / "transfers").iterdir(), place.left()
    old = time.time() - notes.KEPT_S - 60
    for path in (note, half):
        os.utime(path, (old, old))
    model.write_bytes(CONTENT[::-1])
    place.files.log_file(model, "in")
    assert not place.left()
    assert not note.exists()


# downloads --------------------------------------------------------------------------------------------


@pytest.fixture
def got(monkeypatch):
    """How many bytes this process fetches, one number for each piece."""
    found = []

    def counted(step):
        def told(count):
            found.append(count)
            step(count)

        return told

    def append(self, path, file, half, step, same):
        return real_append(self, path, file, half, counted(step), same)

    def write_at(into, piece, at):
        found.append(len(piece))
        real_write_at(into, piece, at)

    real_append, real_write_at = served.ServedArtifactStore._append, object_reading._write_at
    monkeypatch.setattr(served.ServedArtifactStore, "_append", append)
    monkeypatch.setattr(object_reading, "_write_at", write_at)
    return found


@pytest.fixture
def half(place, model, got, tmp_path):
    """What is there of a download that was broken off."""
    place.files.log_file(model, "in")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(object_storage, "shown", at_part(5, broken_off))
        patch.setattr(served, "shown", at_part(100, broken_off))
        with pytest.raises(_BrokenOffError):
            place.files.download("in/model.bin", tmp_path / "out")
    del got[:]
    (half,) = (tmp_path / "out" / "in").iterdir()
    return half


def is_fetched(tmp_path):
    (copy,) = (tmp_path / "out" / "in").iterdir()
    return copy.read_bytes() == CONTENT and not any((settings.user_data_folder() / "transfers").iterdir())


@pytest.mark.crash
@pytest.mark.parametrize("place", ["s3", "server", "in_jupyter"], indirect=True)
def test_another_process_goes_on_with_a_download_after_a_kill(place, model, got, tmp_path):
    place.files.log_file(model, "in")
    (tmp_path / "out").mkdir()
    killed(place, tmp_path / "out")
    assert place.files.download("in/model.bin", tmp_path / "out") == tmp_path / "out" / "in" / "model.bin"
    assert 0 < sum(got) < len(CONTENT)
    assert is_fetched(tmp_path)


BOTH = pytest.mark.parametrize("place", ["s3", "server"], indirect=True)


@BOTH
def test_a_download_that_broke_off_goes_on(place, half, got, tmp_path):
    assert half.name.startswith(".jupyter-tracker-partial-")
    place.files.download("in/model.bin", tmp_path / "out")
    assert 0 < sum(got) < len(CONTENT)
    assert is_fetched(tmp_path)


@BOTH
def test_a_half_that_is_damaged_is_fetched_anew(place, half, got, tmp_path):
    half.write_bytes(half.read_bytes()[::-1])
    place.files.download("in/model.bin", tmp_path / "out")
    assert sum(got) > len(CONTENT)
    assert is_fetched(tmp_path)


@BOTH
@pytest.mark.parametrize("fate", ["removed", "of another version"])
def test_a_half_of_no_use_is_fetched_anew(place, half, model, fate, got, tmp_path):
    if fate == "removed":
        half.unlink()
    else:
        place.files.write_stream("in/model.bin", io.BytesIO(CONTENT[::-1]))
    place.files.download("in/model.bin", tmp_path / "out")
    assert sum(got) == len(CONTENT)
    copy = tmp_path / "out" / "in" / "model.bin"
    assert copy.read_bytes() == (CONTENT if fate == "removed" else CONTENT[::-1])
    assert list(copy.parent.iterdir()) == [copy]


@pytest.mark.parametrize("place", ["server"], indirect=True)
def test_a_download_that_has_all_but_its_name(place, half, got, tmp_path):
    half.write_bytes(CONTENT)
    place.files.download("in/model.bin", tmp_path / "out")
    assert sum(got) == 1
    assert is_fetched(tmp_path)


@pytest.mark.parametrize("place", ["server"], indirect=True)
def test_a_half_that_nobody_wants_goes_after_a_week(place, half, model, tmp_path):
    (note,) = (settings.user_data_folder() / "transfers").iterdir()
    old = time.time() - notes.KEPT_S - 60
    os.utime(note, (old, old))
    model.write_bytes(CONTENT[::-1])
    place.files.log_file(model, "other")
    assert not note.exists()
    assert not half.exists()
