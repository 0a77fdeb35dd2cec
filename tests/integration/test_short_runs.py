"""Short runs, which reach the store in groups a moment after their end: nobody ever sees an older state of them."""

import multiprocessing
import os
import signal
import time

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.store.sql.connection import sqlite3
from tests.integration.conftest import finish, python

# Ends a run, says so, and stays alive until it is told to go on.
SWEEP = """
import sys
from jupyter_tracker.store.sql import open_sqlite
store = open_sqlite(sys.argv[1])
for number in range(int(sys.argv[2])):
    run, writer = store.start_run("0", run_name=f"run{number}")
    writer.log_params({"number": number})
    writer.log_metric("loss", number / 2)
    writer.end("FINISHED")
    print(run.info.run_id, flush=True)
    sys.stdin.readline()
"""


def test_another_process_sees_each_end_at_once(path):
    process, store = python(SWEEP, path, 20), open_sqlite(path)
    for number in range(20):
        run_id = process.stdout.readline().strip()
        if number % 2:
            (found,) = store.search_runs(["0"], f"attributes.run_id = '{run_id}'")
        else:
            found = store.get_run(run_id)
        assert (found.info.status, found.data.metrics, found.data.params) == (
            "FINISHED",
            {"loss": number / 2},
            {"number": str(number)},
        )
        process.stdin.write("\n")
        process.stdin.flush()
    finish(process)
    assert store.count_runs(["0"]) == 20
    store.close()


def test_a_process_killed_after_the_end_leaves_an_ended_run(path):
    process, store = python(SWEEP, path, 1), open_sqlite(path)
    run_id = process.stdout.readline().strip()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert store.get_run(run_id).info.status == "FINISHED"
    store.close()


def _trial(path, numbers):
    tracker.set_tracking_uri(path)
    for number in numbers:
        with tracker.start_run(run_name=f"trial{number}"):
            tracker.log_metric("loss", number)
    os._exit(0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_workers_that_end_without_exit_handlers(path, request):
    tracker.set_tracking_uri(path)
    request.addfinalizer(lambda: tracker.set_tracking_uri(None))
    tracker.search_runs()  # the once-a-second look at dead writers has just been taken
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_trial, args=(path, range(start, start + 50))) for start in (0, 50)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    runs = tracker.search_runs(output_format="list", max_results=1000)
    assert sorted(run.data.metrics["loss"] for run in runs) == list(range(100))
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_many_at_once_and_one_again(path):
    store = open_sqlite(path)
    ids = []
    for number in range(100):
        run, writer = store.start_run("0")
        writer.log_metric("loss", number)
        writer.end("FAILED" if number % 2 else "FINISHED", number)
        ids.append(run.info.run_id)
    again = store.writer(ids[-1], owner=True)
    again.log_metric("loss", 1000, 1)
    again.end("KILLED", 7)
    runs = {run.info.run_id: run for run in store.search_runs(["0"])}
    assert [runs[run_id].info.end_time for run_id in ids] == [*range(99), 7]
    assert runs[ids[-1]].info.status == "KILLED"
    assert len(store.metric_series(ids[-1], "loss")) == 2
    deadline = time.monotonic() + 60
    while list(store.journal_dir.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not list(store.journal_dir.iterdir())
    store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM journals").fetchone() == (0,)


@pytest.mark.filterwarnings("ignore::jupyter_tracker.errors.TrackerWarning")
def test_one_that_has_no_place_any_more_does_not_stop_the_others(path):
    store = open_sqlite(path)
    gone = store.create_experiment("gone")
    writers = [store.start_run(experiment)[1] for experiment in ("0", gone, "0")]
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM experiments WHERE experiment_id = ?", (int(gone),))
    connection.close()
    for writer in writers:
        writer.end("FINISHED")
    assert [run.info.status for run in store.search_runs(["0"])] == ["FINISHED", "FINISHED"]
    store.close()


def test_params_that_differ_within_a_group_are_kept_as_tags(path):
    here, there = open_sqlite(path), open_sqlite(path)
    run_id = here.create_run("0").info.run_id
    for store, rate in ((here, "0.1"), (there, "0.2")):
        store.writer(run_id).log_params({"lr": rate})
    others = [here.start_run("0")[1] for _ in range(3)]
    for writer in others:
        writer.log_params({"lr": "0.3"})
        writer.end("FINISHED")
    here.flush()

    def end_there():
        there.writer(run_id).end("FINISHED")
        there.flush()

    with pytest.warns(UserWarning, match="different values of params"):
        end_there()
    found = here.get_run(run_id)
    assert found.data.params == {"lr": "0.1"}
    assert found.data.tags["jupyter_tracker.conflict.lr"] == "0.2"
    here.close()
    there.close()
