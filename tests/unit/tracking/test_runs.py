"""Starting, resuming and ending runs."""

import asyncio
import concurrent.futures
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.errors import InvalidParameterError, InvalidStateError, ResourceDoesNotExistError
from jupyter_tracker.tracking.context import PARENT_TAG
from jupyter_tracker.tracking.runs import end_open_run, start_cell_run, status_of

ROOT = Path(tracker.__file__).parents[1]


def status(run):
    return tracker.get_run(run.info.run_id).info.status


def test_a_with_block_ends_its_run():
    with tracker.start_run(run_name="rf", tags={"author": "alice"}, description="first try") as run:
        assert tracker.active_run() is run
        assert status(run) == "RUNNING"
    stored = tracker.get_run(run.info.run_id)
    assert tracker.active_run() is None
    assert (stored.info.run_name, stored.info.status) == ("rf", "FINISHED")
    assert stored.info.end_time >= stored.info.start_time
    assert stored.data.tags["author"] == "alice"
    assert stored.data.tags["mlflow.note.content"] == "first try"
    assert stored.data.tags["mlflow.runName"] == "rf"


def test_start_and_end_without_with():
    run = tracker.start_run()
    assert tracker.active_run() is run
    tracker.end_run("FAILED")
    assert status(run) == "FAILED"
    assert tracker.active_run() is None


def test_ending_nothing_does_nothing(project):
    tracker.end_run()
    assert list(project.iterdir()) == []


def test_an_unknown_status_is_refused_and_the_run_goes_on():
    with tracker.start_run() as run:
        with pytest.raises(InvalidParameterError):
            tracker.end_run("DONE")
        assert tracker.active_run() is run


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("no"), "FAILED"),
        (SystemExit(1), "FAILED"),
        (SystemExit(0), "FINISHED"),
        (SystemExit(), "FINISHED"),
        (KeyboardInterrupt(), "KILLED"),
        (asyncio.CancelledError(), "KILLED"),
        (concurrent.futures.CancelledError(), "KILLED"),
    ],
)
def test_an_exception_ends_the_run_and_goes_on(error, expected):
    with pytest.raises(type(error)), tracker.start_run() as run:
        raise error
    assert status(run) == expected == status_of(error)
    assert tracker.active_run() is None


def test_a_second_run_is_refused_unless_nested():
    with tracker.start_run() as outer:
        with pytest.raises(InvalidStateError, match=f"Run with UUID {outer.info.run_id} is already active"):
            tracker.start_run()
        with tracker.start_run(nested=True) as inner:
            assert tracker.active_run() is inner
            tracker.log_metric("inner", 1)
        assert tracker.active_run() is outer
    assert tracker.get_run(inner.info.run_id).data.tags[PARENT_TAG] == outer.info.run_id
    assert tracker.get_parent_run(inner.info.run_id).info.run_id == outer.info.run_id
    assert tracker.get_parent_run(outer.info.run_id) is None
    assert "inner" not in tracker.get_run(outer.info.run_id).data.metrics


def test_nested_without_an_outer_run_is_a_run_of_its_own():
    with tracker.start_run(nested=True) as run:
        pass
    assert PARENT_TAG not in tracker.get_run(run.info.run_id).data.tags


def test_a_child_belongs_to_its_parents_experiment():
    other = tracker.create_experiment("other")
    with tracker.start_run(experiment_id=other), tracker.start_run(nested=True) as child:
        assert child.info.experiment_id == other


def test_a_parent_by_id():
    with tracker.start_run() as parent:
        pass
    with tracker.start_run(parent_run_id=parent.info.run_id) as child:
        pass
    assert tracker.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    with pytest.raises(ResourceDoesNotExistError):
        tracker.start_run(parent_run_id="0" * 32)
    tracker.delete_run(parent.info.run_id)
    with pytest.raises(InvalidParameterError, match="parent run"):
        tracker.start_run(parent_run_id=parent.info.run_id)
    assert tracker.active_run() is None


def test_resuming_goes_on_where_the_run_ended():
    with tracker.start_run() as run:
        tracker.log_metric("loss", 1.0, step=0)
    with tracker.start_run(run_id=run.info.run_id, tags={"again": "yes"}) as again:
        assert again.info.run_id == run.info.run_id
        assert again.info.status == "RUNNING"
        assert again.info.end_time is None
        assert status(run) == "RUNNING"
        tracker.log_metric("loss", 0.5, step=1)
    stored = tracker.get_run(run.info.run_id)
    assert stored.info.status == "FINISHED"
    assert stored.data.tags["again"] == "yes"
    assert tracker.metric_history(run.info.run_id, "loss")["value"].tolist() == [1.0, 0.5]


def test_resuming_from_a_checkpoint_forgets_what_was_logged_after_it():
    with tracker.start_run() as run:
        for step in range(10):
            tracker.log_metrics({"loss": 1 / (step + 1), "late": step} if step > 6 else {"loss": 1 / (step + 1)}, step)
    with tracker.start_run(run_id=run.info.run_id, resume_from_step=5) as again:
        assert again.data.metrics == {"loss": 1 / 5}
        tracker.log_metric("loss", 0.5, step=5)
    assert tracker.metric_history(run.info.run_id, "loss")["value"].tolist() == [*(1 / (s + 1) for s in range(5)), 0.5]
    assert tracker.get_run(run.info.run_id).data.metrics == {"loss": 0.5}


def test_only_a_run_that_goes_on_has_a_checkpoint():
    with pytest.raises(InvalidParameterError, match="name it by run_id"):
        tracker.start_run(resume_from_step=5)
    with tracker.start_run() as run:
        pass
    with pytest.raises(InvalidParameterError, match="whole number"):
        tracker.start_run(run_id=run.info.run_id, resume_from_step="soon")
    assert tracker.active_run() is None
    assert status(run) == "FINISHED"


def test_what_cannot_be_resumed():
    with tracker.start_run() as run, pytest.raises(InvalidStateError):
        tracker.start_run(run_id=run.info.run_id, nested=True)
    with pytest.raises(ResourceDoesNotExistError):
        tracker.start_run(run_id="0" * 32)
    other = tracker.create_experiment("other")
    with pytest.raises(InvalidParameterError, match="belongs to experiment 0"):
        tracker.start_run(run_id=run.info.run_id, experiment_id=other)
    tracker.delete_run(run.info.run_id)
    with pytest.raises(InvalidParameterError, match="restore_run"):
        tracker.start_run(run_id=run.info.run_id)


def test_the_environment_may_name_the_run_once(monkeypatch):
    with tracker.start_run() as run:
        pass
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    with tracker.start_run() as again:
        assert again.info.run_id == run.info.run_id
    with tracker.start_run() as fresh:
        assert fresh.info.run_id != run.info.run_id


def test_a_refused_start_leaves_nothing_active():
    with pytest.raises(InvalidParameterError):
        tracker.start_run(tags={"../up": "x"})
    with pytest.raises(InvalidParameterError, match="description"):
        tracker.start_run(description="a", tags={"mlflow.note.content": "b"})
    with pytest.raises(ResourceDoesNotExistError):
        tracker.start_run(experiment_id="77")
    assert tracker.active_run() is None
    assert tracker.search_runs(output_format="list") == []


def test_a_run_that_was_left_open_inside_a_with_ends_with_it():
    with tracker.start_run() as outer:
        inner = tracker.start_run(nested=True)
        tracker.log_metric("of_inner", 1)
    assert status(inner) == status(outer) == "FINISHED"
    assert tracker.active_run() is None
    assert tracker.get_run(inner.info.run_id).data.metrics == {"of_inner": 1.0}


def test_ending_inside_a_with_is_the_end():
    with tracker.start_run() as run:
        tracker.end_run("KILLED")
        assert tracker.active_run() is None
    assert status(run) == "KILLED"


def test_last_active_run():
    assert tracker.last_active_run() is None
    with tracker.start_run(run_name="one"):
        tracker.log_metric("f1", 0.5)
    assert tracker.last_active_run().info.run_name == "one"
    assert tracker.last_active_run().data.metrics == {"f1": 0.5}


def test_a_run_stays_in_its_store_when_another_is_chosen(project):
    with tracker.start_run() as run:
        tracker.set_tracking_uri("other.db")
        tracker.log_metric("f1", 0.5)
        with tracker.start_run(nested=True) as child:
            pass
        assert tracker.get_run(run.info.run_id).data.metrics == {"f1": 0.5}
    assert tracker.search_runs(output_format="list") == []
    tracker.set_tracking_uri(None)
    found = {found.info.run_id for found in tracker.search_runs(output_format="list")}
    assert found == {run.info.run_id, child.info.run_id}


# cells -------------------------------------------------------------------------------------------


def test_a_run_inside_a_cell_becomes_its_child():
    cell = start_cell_run("cell", tags={"kind": "cell"})
    with tracker.start_run() as child:
        assert tracker.active_run() is child
        with pytest.raises(InvalidStateError):
            tracker.start_run()
    tracker.end_run()
    assert tracker.active_run().info.run_id == cell.run_id, "end_run leaves the cell's own run"
    bare = tracker.start_run()
    tracker.end_run()
    left_open = tracker.start_run()
    end_open_run(cell, "FINISHED")
    for run in (child, bare, left_open):
        assert status(run) == "FINISHED"
        assert tracker.get_parent_run(run.info.run_id).info.run_id == cell.run_id
    assert tracker.active_run() is None


def test_a_cell_never_says_already_active():
    outer = tracker.start_run()
    cell = start_cell_run()
    end_open_run(cell, "FAILED")
    assert tracker.get_parent_run(cell.run_id).info.run_id == outer.info.run_id
    assert tracker.active_run() is outer
    again = start_cell_run(run_id=cell.run_id)
    assert again.run_id == cell.run_id
    end_open_run(again, "FINISHED")


# runs that nobody started ------------------------------------------------------------------------


def test_logging_without_a_run_starts_one_and_says_so_once(capsys):
    tracker.log_metric("loss", 0.5)
    tracker.log_param("lr", 0.1)
    run = tracker.active_run()
    assert tracker.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
    assert capsys.readouterr().out == (
        f"jupyter_tracker: no run was active, so run {run.info.run_name!r} was started; it ends with this process.\n"
    )
    cell = start_cell_run()
    assert tracker.get_parent_run(cell.run_id).info.run_id == run.info.run_id
    end_open_run(cell, "FINISHED")


def test_quiet_says_nothing(capsys, monkeypatch):
    monkeypatch.setenv("JUPYTER_TRACKER_QUIET", "on")
    tracker.set_tag("a", "b")
    assert tracker.active_run() is not None
    assert capsys.readouterr().out == ""


# the end of the process --------------------------------------------------------------------------


def script(code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env=environment
    )


@pytest.mark.parametrize(
    ("last_line", "expected"),
    [("", "FINISHED"), ("raise ValueError", "FAILED"), ("raise KeyboardInterrupt", "KILLED"), ("exit(3)", "FINISHED")],
)
def test_a_run_that_is_open_at_exit_is_ended(last_line, expected):
    script(f"""
        import jupyter_tracker as tracker
        run = tracker.start_run()
        tracker.log_metric("loss", 0.5)
        {last_line}
    """)
    (run,) = tracker.search_runs(output_format="list")
    assert (run.info.status, run.data.metrics) == (expected, {"loss": 0.5})
    assert tracker.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="environment")


@pytest.mark.parametrize(
    ("ending", "code", "expected"),
    [
        ("sys.exit(2)", 2, "FAILED"),
        ("def main():\n    try:\n        sys.exit('no data')\n    finally:\n        print()\nmain()", 1, "FAILED"),
        ("import argparse\nargparse.ArgumentParser().parse_args(['--wrong'])", 2, "FAILED"),
        ("try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    kept = error\n    sys.exit(3)", 3, "FAILED"),
        ("sys.exit()", 0, "FINISHED"),
        ("try:\n    sys.exit(2)\nexcept SystemExit:\n    pass", 0, "FINISHED"),
        ("try:\n    sys.exit(2)\nexcept SystemExit as error:\n    kept = error", 0, "FINISHED"),
        ("import threading\nt = threading.Thread(target=sys.exit, args=(2,))\nt.start()\nt.join()", 0, "FINISHED"),
    ],
)
def test_a_scripts_exit_status_tells_how_its_open_run_ended(ending, code, expected):
    result = script(
        "import sys\nimport jupyter_tracker as tracker\ntracker.start_run()\ntracker.log_metric('loss', 0.5)\n" + ending
    )
    assert result.returncode == code
    assert "Traceback" not in result.stderr
    (run,) = tracker.search_runs(output_format="list")
    assert (run.info.status, run.data.metrics) == (expected, {"loss": 0.5})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_logs_to_the_run_and_does_not_end_it():
    result = script("""
        import os, sys
        import jupyter_tracker as tracker
        with tracker.start_run() as run:
            tracker.log_metric("loss", 1.0, step=0)
            pid = os.fork()
            if pid == 0:
                tracker.log_metric("loss", 0.5, step=1)
                with tracker.start_run(run_name="childs own"):
                    tracker.log_metric("own", 1)
                sys.exit(0)
            assert os.waitpid(pid, 0)[1] == 0
            assert tracker.get_run(run.info.run_id).info.status == "RUNNING"
            tracker.log_metric("loss", 0.25, step=2)
            print(tracker.metric_history(run.info.run_id, "loss")["value"].tolist())
        print(tracker.get_run(run.info.run_id).info.status)
        own = tracker.search_runs(output_format="list", filter_string="run_name = 'childs own'")
        print([run.data.metrics for run in own])
    """)
    assert result.stdout.splitlines() == ["[1.0, 0.5, 0.25]", "FINISHED", "[{'own': 1.0}]"], result.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_workers_of_a_pool_inherit_the_run():
    result = script("""
        import multiprocessing
        import jupyter_tracker as tracker

        def work(step):
            tracker.log_metric("loss", float(step), step=step)

        if __name__ == "__main__":
            with tracker.start_run() as run:
                with multiprocessing.get_context("fork").Pool(2) as pool:
                    pool.map(work, range(20))
                    pool.close()
                    pool.join()
            print(tracker.metric_history(run.info.run_id, "loss")["step"].tolist())
            print(tracker.get_run(run.info.run_id).info.status)
    """)
    assert result.stdout.splitlines() == [str(list(range(20))), "FINISHED"], result.stderr
