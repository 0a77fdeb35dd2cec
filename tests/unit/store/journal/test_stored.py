"""What was stored while nobody heard of it is stored once, and what was logged since is not skipped with it."""

import threading
from contextlib import closing

import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import StoreError
from jupyter_tracker.store.base import Batch
from jupyter_tracker.store.journal.stored import PartlyStoredError, is_stored
from jupyter_tracker.store.sql import open_sqlite

WAIT_S = 60


@pytest.fixture
def store(tmp_path):
    with closing(open_sqlite(tmp_path / "tracker.db")) as opened:
        yield opened


@pytest.fixture
def unheard(monkeypatch):
    """Return a function after which a batch is committed, and its answer lost, so many times."""
    from jupyter_tracker.store.sql import apply

    merge, left = apply._merge_due, []

    def fails(*arguments, **named):
        if left:
            left.pop()
            raise StoreError("the connection was lost")
        merge(*arguments, **named)

    monkeypatch.setattr(apply, "_merge_due", fails)
    return lambda times: left.extend([None] * times)


def log(store, run_id, steps):
    store.log_batch(run_id, [Metric("loss", float(step), 1, step) for step in steps])


def points_of(store, run_id):
    series = store.metric_series(run_id, "loss")
    return list(zip(series.step.tolist(), series.value.tolist(), strict=True))


@pytest.mark.parametrize(
    ("stored", "expected"), [(10, False), (20, True), (25, True), (15, PartlyStoredError), (9, StoreError)]
)
def test_by_how_much_of_the_journal_a_store_has(stored, expected):
    batch = Batch("run", "journal", start=10, position=20)
    if isinstance(expected, bool):
        assert is_stored(batch, stored) is expected
    else:
        with pytest.raises(expected):
            is_stored(batch, stored)


def test_what_is_logged_after_a_lost_answer_is_stored(store, unheard):
    run_id = store.create_run("0", start_time=1).info.run_id
    log(store, run_id, range(3))
    unheard(1)
    with pytest.raises(StoreError, match="connection was lost"):
        log(store, run_id, range(3, 6))
    log(store, run_id, range(6, 9))
    log(store, run_id, range(9, 12))
    assert points_of(store, run_id) == [(step, float(step)) for step in range(12)]


def test_the_end_of_a_run_after_a_lost_answer_is_stored(store, unheard):
    run_id = store.create_run("0", start_time=1).info.run_id
    writer = store.writer(run_id, owner=True)
    writer.log_metric("loss", 0.0, 0, 1)
    unheard(1)
    with pytest.raises(StoreError, match="connection was lost"):
        writer.drain()
    writer.log_metric("loss", 1.0, 1, 1)
    writer.end("FINISHED", 5)
    assert points_of(store, run_id) == [(0, 0.0), (1, 1.0)]
    info = store.get_run(run_id).info
    assert (info.status, info.end_time) == ("FINISHED", 5)


def test_params_are_looked_up_only_where_draining_is_held_before_the_lock(store):
    """Else whoever ends the run, who takes the two in that order, and whoever logs its first param wait for ever."""
    run_id = store.create_run("0", start_time=1).info.run_id
    writer = store.writer(run_id, owner=True)
    writer.refresh_params()
    logs = threading.Thread(target=writer.log_params, args=({"lr": 0.1},), daemon=True)
    ends = threading.Thread(target=writer.settle, daemon=True)  # it takes the lock
    with writer.held_from_draining:
        logs.start()
        logs.join(0.2)
        ends.start()
        ends.join(WAIT_S)
        assert not ends.is_alive()
    logs.join(WAIT_S)
    assert store.get_run(run_id).data.params == {"lr": "0.1"}
