"""What tells a panel that a store is as it was."""

import threading

from jupyter_tracker.entities import Metric, Param
from jupyter_tracker.store.sql import open_sqlite


def test_it_is_the_same_until_anybody_changes_anything(tmp_path):
    store, other = (open_sqlite(tmp_path / "tracker.db") for _ in range(2))
    run = store.create_run("0").info.run_id
    changes = [
        lambda: store.log_batch(run, metrics=[Metric("f1", 0.5, 1, 0)]),
        lambda: store.log_batch_soon(run, metrics=[Metric("f1", 0.6, 2, 1)]),
        lambda: store.create_registered_model("churn"),
        lambda: other.log_batch(run, params=[Param("lr", "0.1")]),
        lambda: other.set_registered_model_tag("churn", "team", "red"),
        lambda: store.set_experiment_tag("0", "a", "b"),
    ]
    seen = [store.change_mark()]
    for change in changes:
        assert store.change_mark() == seen[-1]
        change()
        seen.append(store.change_mark())
    assert len(set(seen)) == len(changes) + 1
    store.close()
    other.close()


def test_marks_of_two_threads_are_never_equal(tmp_path):
    store = open_sqlite(tmp_path / "tracker.db")
    found = []
    for _ in range(3):  # the next one may get the number of the one before it
        thread = threading.Thread(target=lambda: found.append(store.change_mark()))
        thread.start()
        thread.join()
    assert len({store.change_mark(), *found}) == 4
    store.close()
