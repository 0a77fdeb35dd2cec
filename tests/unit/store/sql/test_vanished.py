"""A store whose file is deleted or moved while a run is logged: nothing is lost in silence."""

import shutil
import sqlite3

import pytest

from jupyter_tracker.errors import TrackerWarning
from jupyter_tracker.store.sql import open_sqlite


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    return folder / "tracker.db"


@pytest.fixture
def running(place):
    """A store and the writer of a run in it, which has a param."""
    store = open_sqlite(place)
    _, writer = store.start_run("0", "alice", run_name="first")
    writer.log_params({"lr": "0.1"})
    store.flush()
    yield store, writer
    store.close()


def params_in(path):
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT run_name, key, value FROM params JOIN runs USING (run) ORDER BY key").fetchall()
    connection.close()
    return found


def test_a_deleted_store_is_kept_beside_its_place_with_what_is_logged_afterwards(running, place):
    store, writer = running
    shutil.rmtree(place.parent)
    writer.log_params({"n": "2"})
    writer.end("FINISHED")
    with pytest.warns(TrackerWarning, match=r"was deleted.*tracker\.rescued\.db"):
        store.close()
    rescued = place.with_name("tracker.rescued.db")
    assert params_in(rescued) == [("first", "lr", "0.1"), ("first", "n", "2")]
    again = open_sqlite(rescued)
    (run,) = again.search_runs(["0"])
    assert (run.info.status, run.data.params) == ("FINISHED", {"lr": "0.1", "n": "2"})
    again.close()


def test_a_new_store_in_its_place_is_left_alone(running, place):
    store, writer = running
    shutil.rmtree(place.parent)
    place.parent.mkdir()
    other = open_sqlite(place)
    place.with_name("tracker.rescued.db").write_text("somebody's")
    writer.end("FINISHED")
    with pytest.warns(TrackerWarning, match="another is in its place"):
        store.close()
    assert other.search_runs(["0"]) == []
    other.close()
    assert params_in(place.with_name("tracker.rescued-2.db")) == [("first", "lr", "0.1")]


def test_a_moved_store_is_only_told_of(running, place):
    store, writer = running
    moved = place.parent.rename(place.parent.with_name("moved")) / place.name
    writer.log_params({"n": "2"})
    writer.end("FINISHED")
    with pytest.warns(TrackerWarning, match=r"was moved.*moved/tracker\.db"):
        store.close()
    assert not place.parent.exists()
    assert params_in(moved) == [("first", "lr", "0.1"), ("first", "n", "2")]


def test_a_store_that_is_removed_when_no_run_is_open_stays_away(running, place):
    store, writer = running
    writer.end("FINISHED")
    store.flush()
    shutil.rmtree(place.parent)
    store.close()
    assert not place.parent.exists()
