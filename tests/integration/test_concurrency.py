"""Threads, processes and forks that log at once: every point arrives once, and nobody waits or fails."""

import multiprocessing
import os
import shutil
import threading
from pathlib import Path

import pytest

from jupyter_tracker.store.sql import maintenance, open_sqlite
from jupyter_tracker.store.sql.schema import REVISION
from tests.integration.conftest import finish, python


def test_threads_share_a_run(store):
    run = store.create_run("0")
    writer = store.writer(run.info.run_id, owner=True)

    def log(name):
        for step in range(5000):
            writer.log_metric(name, step * 0.5, step)
            if step % 500 == 0:
                writer.log_metrics({f"{name}.a": step, "shared": step}, step=step)
                writer.set_tags({f"tag.{name}": step})

    threads = [threading.Thread(target=log, args=(f"m{i}",)) for i in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    writer.end("FINISHED")
    for i in range(8):
        series = store.metric_series(run.info.run_id, f"m{i}")
        assert series.step.tolist() == list(range(5000))
    run = store.get_run(run.info.run_id)
    assert run.data.metrics["m3"] == 4999 * 0.5
    assert run.data.tags["tag.m7"] == "4500"


def test_readers_see_what_this_process_logged_at_once(store):
    run = store.create_run("0")
    writer = store.writer(run.info.run_id, owner=True)
    for step in range(50):
        writer.log_metric("loss", step, step)
        assert store.get_run(run.info.run_id).data.metrics["loss"] == step
    assert len(store.metric_series(run.info.run_id, "loss")) == 50


PROCESS = """
import sys
from jupyter_tracker.store.sql import open_sqlite
store = open_sqlite(sys.argv[1])
for r in range(5):
    run = store.create_run("0", run_name=f"{sys.argv[2]}-{r}")
    writer = store.writer(run.info.run_id, owner=True)
    writer.log_params({"process": sys.argv[2]})
    for step in range(2000):
        writer.log_metric("loss", step, step)
    writer.end("FINISHED")
store.close()
"""


def test_eight_processes_write_to_one_new_store(path):
    for process in [python(PROCESS, path, number) for number in range(8)]:
        finish(process)
    store = open_sqlite(path)
    runs = store.search_runs(["0"])
    assert len(runs) == 40
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert all(len(store.metric_series(run.info.run_id, "loss")) == 2000 for run in runs)
    assert not list(store.journal_dir.glob("*.journal"))
    store.close()


def test_processes_that_open_an_old_store_at_the_same_moment_upgrade_it_once(path):
    shutil.copy(Path(__file__).parents[1] / "golden" / "0001.db", path)
    code = """
    import sys
    from jupyter_tracker.store.sql import open_sqlite
    input()
    store = open_sqlite(sys.argv[1])
    print([run.info.run_name for run in store.search_runs(["1"])], store.create_run("0").info.run_id)
    store.close()
    """
    processes = [python(code, path) for _ in range(4)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert {finish(process).split()[0] for process in processes} == {"['golden']"}
    store = open_sqlite(path)
    assert store.count_runs(["0"]) == 4
    assert maintenance.check(store) == []
    store.close()
    assert [copy.name for copy in path.parent.glob("*.bak")] == [f"tracker.db.before-{REVISION}.bak"]


def test_processes_that_log_to_one_run_agree(store, path):
    run = store.create_run("0")
    owner = store.writer(run.info.run_id, owner=True)
    code = """
    import sys
    from jupyter_tracker.store.sql import open_sqlite
    store = open_sqlite(sys.argv[1])
    writer = store.writer(sys.argv[2])
    for step in range(1000):
        writer.log_metric(f"rank{sys.argv[3]}", step, step)
    store.close()
    """
    for process in [python(code, path, run.info.run_id, rank) for rank in range(3)]:
        finish(process)
    owner.end("FINISHED")
    assert [len(store.metric_series(run.info.run_id, f"rank{rank}")) for rank in range(3)] == [1000] * 3
    assert store.get_run(run.info.run_id).info.status == "FINISHED"


def _log_in_child(store, writer, rank):
    for step in range(300):
        writer.log_metric(f"child{rank}", step, step)
    writer.log_metric("shared", rank, 1000 + rank)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_children_inherit_a_run(store):
    run = store.create_run("0")
    writer = store.writer(run.info.run_id, owner=True)
    for step in range(100):
        writer.log_metric("parent", step, step)
    store.get_run(run.info.run_id)  # dead writers were looked for a moment ago
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_log_in_child, args=(store, writer, rank)) for rank in range(3)]
    [child.start() for child in children]
    for step in range(100, 200):
        writer.log_metric("parent", step, step)
    [child.join() for child in children]
    assert [child.exitcode for child in children] == [0, 0, 0]
    # What a joined child logged is there at the next read, and its end is not the run's end.
    seen = store.get_run(run.info.run_id)
    assert seen.info.status == "RUNNING"
    assert {key for key in seen.data.metrics if key.startswith("child")} == {"child0", "child1", "child2"}
    writer.end("FINISHED")
    assert store.metric_series(run.info.run_id, "parent").step.tolist() == list(range(200))
    for rank in range(3):
        assert store.metric_series(run.info.run_id, f"child{rank}").step.tolist() == list(range(300))
    assert len(store.metric_series(run.info.run_id, "shared")) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_in_the_middle_of_a_drain_does_not_hang_the_child(path):
    # What a thread holds while it is inside SQLite would be held in the child for ever.
    out = finish(
        python(
            """
            import faulthandler, os, sys, threading
            from jupyter_tracker.store.sql import open_sqlite
            store = open_sqlite(sys.argv[1])
            writer = store.writer(store.create_run("0").info.run_id, owner=True)
            stop = threading.Event()
            def drain():
                while not stop.is_set():
                    writer.log_metric("loss", 1.0)
                    store.flush()
            threads = [threading.Thread(target=drain) for _ in range(2)]
            [thread.start() for thread in threads]
            for _ in range(60):
                if (child := os.fork()) == 0:
                    faulthandler.dump_traceback_later(20, exit=True)
                    run = store.create_run("0").info.run_id
                    store.writer(run, owner=True).log_metric("own", 1.0)
                    store.writer(run).end("FINISHED")
                    writer.log_metric("child", 1.0)
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0, "a child hung"
            stop.set()
            [thread.join() for thread in threads]
            writer.end("FINISHED")
            print(len(store.search_runs(["0"])), len(store.metric_series(writer.run_id, "child")))
            """,
            path,
        )
    )
    runs, points = map(int, out.split())
    assert runs == 61
    assert points > 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_reads_the_store(store):
    run = store.create_run("0")
    store.get_run(run.info.run_id)
    read_end, write_end = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(write_end, store.get_run(run.info.run_id).info.run_id.encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read_end, 100).decode() == run.info.run_id
    os.close(read_end)
    os.close(write_end)


def test_two_processes_disagree_on_a_param(store, path):
    run = store.create_run("0")
    owner = store.writer(run.info.run_id, owner=True)
    owner.log_params({"lr": "0.1"})
    code = """
    import sys, warnings
    from jupyter_tracker.store.sql import open_sqlite
    from jupyter_tracker.store.base import Batch
    store = open_sqlite(sys.argv[1])
    writer = store.writer(sys.argv[2])
    writer._params = {}  # as if both had logged at the same moment
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        writer.log_params({"lr": "0.2", "other": "1"})
        writer.flush()
        print(*[w.message for w in caught])
    """
    store.flush()
    assert "different values of params" in finish(python(code, path, run.info.run_id))
    seen = store.get_run(run.info.run_id).data
    assert seen.params == {"lr": "0.1", "other": "1"}
    assert seen.tags["jupyter_tracker.conflict.lr"] == "0.2"
