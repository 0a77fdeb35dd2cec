"""Processes of one server: what one has taken the others show, and neither a dead nor a stuck one makes that untrue."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import (
    InvalidParameterError,
    ResourceDoesNotExistError,
    StoreUnavailableError,
    TrackerWarning,
)
from jupyter_tracker.server import hosted
from jupyter_tracker.store import glance
from jupyter_tracker.store.journal import locks, siblings, writer
from jupyter_tracker.store.journal.drain import drainer
from jupyter_tracker.store.journal.header import parts_of
from jupyter_tracker.store.sql import open_sqlite
from tests.integration.conftest import python

pytestmark = pytest.mark.skipif(not siblings.can_meet, reason="no pipes with names on this system")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "folder"


@pytest.fixture
def open_sibling(tmp_path, folder):
    opened = []

    def another():
        opened.append(open_sqlite(tmp_path / "tracker.db"))
        opened[-1].share(folder)
        return opened[-1]

    yield another
    for store in opened:
        store.close()


def point(step, key="loss"):
    return Metric(key, 0.5, 1, step)


def steps(store, run_id, key="loss"):
    return store.metric_series(run_id, key).step.tolist()


def test_what_one_has_taken_the_other_shows_at_once(open_sibling):
    one, other = open_sibling(), open_sibling()
    runs = [one.create_run("0").info.run_id for _ in range(4)]
    missing = []

    def log(number):
        store, reader = (one, other) if number % 2 else (other, one)
        run_id, key = runs[number % 4], f"m{number}"
        for step in range(15):
            store.log_batch_soon(run_id, [point(step, key)])
            assert store.takes_at_once(run_id)
            missing.extend([] if step in steps(reader, run_id, key) else [(key, step)])

    threads = [threading.Thread(target=log, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not missing
    for number in range(8):
        assert steps(one, runs[number % 4], f"m{number}") == list(range(15))


def test_of_two_values_the_one_that_was_set_last_counts(open_sibling):
    one, other = open_sibling(), open_sibling()
    run_id = one.create_run("0").info.run_id
    for number in range(20):
        store = (one, other)[number % 2]
        store.log_batch_soon(run_id, [point(number)], tags=[RunTag("stage", str(number))])
        assert not store.takes_at_once(run_id, tags=True)
    assert one.get_run(run_id).data.tags["stage"] == "19"
    one.log_batch_soon(run_id, params=[Param("lr", "0.1")])
    with pytest.raises(InvalidParameterError, match="lr"):
        other.log_batch_soon(run_id, params=[Param("lr", "0.2")])


def test_what_one_has_deleted_takes_nothing_from_the_other(open_sibling):
    one, other = open_sibling(), open_sibling()
    gone, kept = (one.create_run("0").info.run_id for _ in range(2))
    for run_id in (gone, kept):
        one.log_batch_soon(run_id, [point(0)])
    other.delete_run(gone)
    assert not one.takes_at_once(gone)
    with pytest.raises(InvalidParameterError, match="deleted"):
        one.log_batch_soon(gone, [point(1)])
    one.log_batch_soon(kept, [point(1)])
    assert one.takes_at_once(kept)
    assert not one.takes_at_once(gone)
    assert steps(other, kept) == [0, 1]


_TAKES = """
import sys
from pathlib import Path
from jupyter_tracker.entities import Metric
from jupyter_tracker.store.journal.drain import drainer
from jupyter_tracker.store.sql import open_sqlite

drainer._drain_all = lambda: False  # so that it dies with something in its journal
store = open_sqlite(sys.argv[1])
store.share(Path(sys.argv[2]))
store.log_batch_soon(sys.argv[3], [Metric("loss", 0.5, 1, 7)])
print("taken", flush=True)
input()
"""


def test_what_a_dead_one_had_taken_is_there(tmp_path, folder, open_sibling):
    readers = [open_sibling(), open_sibling()]
    run_id = readers[0].create_run("0").info.run_id
    process = python(_TAKES, tmp_path / "tracker.db", folder, run_id)
    assert process.stdout.readline() == "taken\n", process.stderr.read()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = []
    threads = [threading.Thread(target=lambda each=each: found.append(steps(each, run_id))) for each in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[7], [7]]
    assert sum(path.suffix == ".counters" for path in folder.iterdir()) == 2


def test_what_a_dead_one_had_taken_is_waited_for_where_another_brings_it_in(tmp_path, folder, open_sibling):
    reader = open_sibling()
    run_id = reader.create_run("0").info.run_id
    process = python(_TAKES, tmp_path / "tracker.db", folder, run_id)
    assert process.stdout.readline() == "taken\n", process.stderr.read()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (journal,) = (path for path in reader.journal_dir.iterdir() if parts_of(path.name))
    fd = os.open(journal, os.O_RDWR)
    assert locks.try_lock(fd)
    with ThreadPoolExecutor() as pool:
        found = pool.submit(steps, reader, run_id)
        with pytest.raises(TimeoutError):
            found.result(0.2)
        os.close(fd)
        assert found.result(60) == [7]


def test_the_dead_leave_nothing_behind(tmp_path, folder, open_sibling):
    reader = open_sibling()
    run_id = reader.create_run("0").info.run_id
    quiet = _TAKES.replace("store.log_batch_soon", "pass  # ")
    process = python(quiet, tmp_path / "tracker.db", folder, run_id)
    assert process.stdout.readline() == "taken\n", process.stderr.read()
    reader.get_run(run_id)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    open_sibling()  # the one that comes instead
    reader.get_run(run_id)
    assert len([path for path in folder.iterdir() if path.name not in {"burying", "deletions"}]) == 4


def test_a_run_that_another_has_removed_for_good_stops_no_other(open_sibling):
    one, other = open_sibling(), open_sibling()
    gone, kept = (one.create_run("0").info.run_id for _ in range(2))
    for run_id in (gone, kept):
        one.log_batch_soon(run_id, [point(0)])
    other.delete_run(gone)
    other.purge(other.trash(now_ms() + 1000))
    one.log_batch_soon(kept, [point(1)])
    with pytest.raises(ResourceDoesNotExistError):
        one.log_batch_soon(gone, [point(1)])
    assert steps(other, kept) == [0, 1]
    assert not [path for path in one.journal_dir.iterdir() if path.name.startswith(gone)]


def test_where_it_cannot_be_asked_which_runs_are_deleted_it_is_asked_again(open_sibling, monkeypatch):
    one, other = open_sibling(), open_sibling()
    run_id = one.create_run("0").info.run_id
    one.log_batch_soon(run_id, [point(0)])
    other.delete_run(run_id)

    def away(_):
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(one, "_check_loggable", away)
        with pytest.raises(StoreUnavailableError, match="away"):
            one.log_batch_soon(run_id, [point(1)])
    with pytest.raises(InvalidParameterError, match="deleted"):
        one.log_batch_soon(run_id, [point(1)])


def test_a_tag_that_could_not_be_stored_is_older_than_the_next(open_sibling, monkeypatch):
    one, other = open_sibling(), open_sibling()
    run_id = one.create_run("0").info.run_id

    def away(_):
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(drainer, "_drain_all", lambda: False)
        patch.setattr(one._together, "flush", away)
        with pytest.raises(StoreUnavailableError, match="away"):
            one.log_batch_soon(run_id, tags=[RunTag("stage", "1")])
        other.log_batch_soon(run_id, tags=[RunTag("stage", "2")])
    assert one.get_run(run_id).data.tags["stage"] == "2"


def test_what_is_in_memory_only_is_not_answered(open_sibling, monkeypatch):
    one = open_sibling()
    run_id = one.create_run("0").info.run_id
    one.log_batch_soon(run_id, [point(0)])
    with monkeypatch.context() as patch:
        patch.setattr(writer, "_write", lambda *_: -1)
        with pytest.warns(TrackerWarning), pytest.raises(StoreUnavailableError, match="is full"):
            one.log_batch_soon(run_id, [point(1)])
    one.log_batch_soon(run_id, [point(1)])
    assert steps(one, run_id) == [0, 1]


def test_where_they_cannot_meet_a_read_says_so(folder, open_sibling):
    one = open_sibling()
    run_id = one.create_run("0").info.run_id
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(StoreUnavailableError, match="cannot meet"):
        one.get_run(run_id)
    folder.mkdir()
    with pytest.raises(StoreUnavailableError, match="cannot meet"):
        one.get_run(run_id)
    folder.rmdir()
    away.rename(folder)
    assert one.get_run(run_id).info.run_id == run_id


def test_a_folder_that_cannot_be_used_leaves_nothing_open(tmp_path, monkeypatch):
    opened = []

    def noted(*args):
        opened.append(open_sqlite(*args))
        return opened[-1]

    monkeypatch.setattr(hosted, "open_sqlite", noted)
    monkeypatch.setattr("jupyter_tracker.artifact_store._confined_to", None)
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError, match="cannot meet"):
        hosted.HostedStore(hosted.Backend(f"sqlite:///{tmp_path / 'tracker.db'}"), tmp_path / "file" / "folder")
    assert opened[0]._closed


def test_one_that_brings_nothing_in_is_said_and_a_view_does_not_wait_for_it(open_sibling, monkeypatch):
    stuck, reader = open_sibling(), open_sibling()
    run_id = stuck.create_run("0").info.run_id
    reader.get_run(run_id)
    monkeypatch.setattr(siblings, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(glance, "FRESH_S", 0.05)
    monkeypatch.setattr(stuck._siblings, "_bring_in", lambda: None)
    stuck.log_batch_soon(run_id, [point(0)])
    with pytest.raises(StoreUnavailableError, match="has not brought in"):
        reader.get_run(run_id)
    with glance.glance():
        assert reader.get_run(run_id).info.run_id == run_id


def test_one_that_leaves_has_brought_all_in(folder, open_sibling):
    one, other = open_sibling(), open_sibling()
    run_id = one.create_run("0").info.run_id
    one.log_batch_soon(run_id, [point(0)])
    one.close()
    assert steps(other, run_id) == [0]
    other.close()
    assert sorted(path.name for path in folder.iterdir()) == ["deletions"]


def test_what_one_that_leaves_cannot_bring_in_is_not_forgotten(folder, open_sibling, monkeypatch):
    one, other = open_sibling(), open_sibling()
    run_id = one.create_run("0").info.run_id

    def away(_):
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(one, "apply_group", away)
        patch.setattr("jupyter_tracker.store.journal.drain.warn_once", lambda *_, **__: None)
        patch.setattr("jupyter_tracker.store.journal.writer.warn_once", lambda *_, **__: None)
        one.log_batch_soon(run_id, [point(0)])
        one.close()
    assert steps(other, run_id) == [0]
