"""Journals whose writer is gone, as the next reader finds them."""

import pytest

from jupyter_tracker.errors import ResourceDoesNotExistError, TrackerWarning
from jupyter_tracker.store.base import NewRun
from jupyter_tracker.store.journal import records
from jupyter_tracker.store.journal.header import header_record, journal_name
from jupyter_tracker.store.journal.leftovers import has_journals
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

    def leave(change, new_run=None):
        run_id = "ab" * 16 if new_run else store.create_run("0").info.run_id
        parts = [
            header_record(run_id, owner=False, new_run=new_run),
            records.pack_payload(records.KEY, b"loss", NOW, 0),
        ]
        parts += [records.pack_metric(0, step, NOW, step / 3) for step in range(5)]
        store.journal_dir.mkdir(exist_ok=True)
        (store.journal_dir / journal_name(run_id, run_id)).write_bytes(change(b"".join(parts)))
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


def test_a_run_that_was_removed_stays_removed_whatever_a_damaged_journal_says(store, left):
    new = NewRun("0", "new", "bob", NOW, {})
    run_id = left(lambda data: data[: -3 * records.SLOT] + b"\xff" * 20 + data[-3 * records.SLOT + 20 :], new)
    with pytest.warns(TrackerWarning, match=f"{run_id} was damaged"):
        store.metric_series(run_id, "loss")
    kept = store.journal_dir / journal_name(run_id, run_id).replace(".journal", ".damaged")
    damaged = kept.read_bytes()
    assert not has_journals(store.journal_dir)
    store.delete_run(run_id)
    assert [entry.id for entry in store.purge(store.trash())] == [run_id]
    assert not kept.exists()
    kept.write_bytes(damaged)
    with pytest.raises(ResourceDoesNotExistError):
        store.writer(run_id).log_metric("loss", 1.0)
    with pytest.raises(ResourceDoesNotExistError):
        store.get_run(run_id)


def test_a_torn_tail_is_what_a_kill_leaves(store, left):
    run_id = left(lambda data: data[:-10])
    assert store.metric_series(run_id, "loss").step.tolist() == [0, 1, 2, 3]
    assert not [path for path in store.journal_dir.iterdir() if path.name.startswith(run_id)]
