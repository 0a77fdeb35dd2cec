"""The stress finds nothing wrong with a sound store, and sees what is wrong with a spoilt one."""

import contextlib
import random
import sqlite3

import pytest

from benchmarks import stress, stress_parts
from jupyter_tracker.store.sql import open_sqlite

pytestmark = pytest.mark.crash


def test_a_short_stress_ends_without_a_fault(tmp_path):
    answer = stress.run(tmp_path, seconds=3, writers=1, readers=1, searchers=1)
    assert answer["faults"] == []
    assert answer["kills"] >= 3
    assert set(answer["statuses"]) == {"FINISHED", "KILLED"}


@pytest.mark.usefixtures("project")  # checking chooses a store for the whole process
def test_a_lost_chunk_is_seen(tmp_path, capsys):
    stress.run(tmp_path, seconds=2, writers=1, readers=0)
    with contextlib.closing(sqlite3.connect(tmp_path / "tracker.db")) as connection, connection:
        connection.execute("DELETE FROM metric_chunks WHERE chunk = (SELECT MAX(chunk) FROM metric_chunks)")
    stress_parts.check(tmp_path, 0)
    assert "were logged" in capsys.readouterr().out


def test_what_searchers_ask_is_what_they_expect(tmp_path):
    store = open_sqlite(tmp_path / "tracker.db")
    for number in range(6):
        run_id = store.create_run("0", run_name=f"stress-{number}").info.run_id
        writer = store.writer(run_id)
        writer.log_params({"kind": ("rf", "nn", "svm")[number % 3]} | {f"param{at}": at for at in range(4 * number)})
        writer.log_metric("loss", stress_parts.value_of(1000 * number), 0)
        writer.set_tags({"at": 60 * number})
        writer.end(("FINISHED", "KILLED")[number % 2])
    everything = list(store.search_runs(["0"]))
    dice = random.Random(1)
    for _ in range(60):
        filter_, matches = stress_parts._question(dice)
        assert list(store.search_runs(["0"], filter_)) == [run for run in everything if matches(run)], filter_
    store.close()
