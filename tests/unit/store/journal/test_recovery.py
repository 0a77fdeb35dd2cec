"""Journals whose writer is gone, as the next reader finds them."""

import pytest

from jupyter_tracker.errors import TrackerWarning
from jupyter_tracker.store.journal import records
from jupyter_tracker.store.journal.header import header_record, journal_name
from jupyter_tracker.store.sql import open_sqlite

NOW = 1_700_000_000_000


@pytest.fixture
def store(tmp_path):
    store = open_sqlite(tmp_path / "tracker.db")
    yield store
    store.close()


@pytest.fixture
def left(store):
    """Leave a journal with five points of a run, `change`d, and return the run."""

    def leave(change):
        run_id = store.create_run("0").info.run_id
        parts = [header_record(run_id, owner=False, new_run=None), records.pack_payload(records.KEY, b"loss", NOW, 0)]
        parts += [records.pack_metric(0, step, NOW, step / 3) for step in range(5)]
        store.journal_dir.mkdir(exist_ok=True)
        (store.journal_dir / journal_name(run_id, "a" * 32)).write_bytes(change(b"".join(parts)))
        store._recovered_at = 0.0
        return run_id

    return leave


def test_damage_in_the_middle_is_told_and_the_file_is_kept(store, left):
    run_id = left(lambda data: data[: -3 * records.SLOT] + b"\xff" * 20 + data[-3 * records.SLOT + 20 :])
    with pytest.warns(TrackerWarning, match=f"{run_id} was damaged: 36 bytes"):
        assert store.metric_series(run_id, "loss").step.tolist() == [0, 1, 3, 4]
    (kept,) = (path for path in store.journal_dir.iterdir() if path.name.startswith(run_id))
    assert kept.suffix == ".damaged"
    store._recovered_at = 0.0
    assert store.metric_series(run_id, "loss").step.tolist() == [0, 1, 3, 4]


def test_a_torn_tail_is_what_a_kill_leaves(store, left):
    run_id = left(lambda data: data[:-10])
    assert store.metric_series(run_id, "loss").step.tolist() == [0, 1, 2, 3]
    assert not [path for path in store.journal_dir.iterdir() if path.name.startswith(run_id)]
