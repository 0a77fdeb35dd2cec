"""What goes to MLflow's own server and comes from it: whole stores, runs logged without it, faults on the way.

Run by `.ci/beyond-contract`, and so by `make test-all`; the contract suite itself runs there, too.
"""

import math
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.tracking import active
from tests.contract import mlflow_server
from tests.rest.conftest import own_project
from tests.rest.faulty_proxy import FaultyProxy
from tests.rest.test_import_server import fill
from tests.rest.test_outages import WAITS, command, offline, sync_through

__all__ = ["own_project"]

pytestmark = [pytest.mark.usefixtures("own_project"), pytest.mark.timeout(600)]

READS = """\
import sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
run = mlflow.get_run(sys.argv[2])
points = mlflow.MlflowClient().get_metric_history(sys.argv[2], "loss")
print(run.info.status, run.data.params["lr"], [point.step for point in points])
print(mlflow.artifacts.load_text(f"runs:/{sys.argv[2]}/notes/a.txt"))
"""


@pytest.fixture
def url():
    """MLflow's server with nothing in it."""
    assert mlflow_server.COMMAND, "JUPYTER_TRACKER_TEST_MLFLOW names no mlflow command: see .ci/beyond-contract."
    return mlflow_server.emptied()


def steps_of(run_id, key="loss"):
    return [(point.step, point.value) for point in tracker.TrackerClient().get_metric_history(run_id, key)]


def test_all_of_it_comes_with_the_same_ids_and_once(url, tmp_path):
    losses = [1.0, math.nan, 0.5, *map(float, range(3, 2500))]
    kept, gone = fill(url, losses, lambda run: f"runs:/{run.info.run_id}/deep")
    tracker.set_tracking_uri("here.db")
    first = tracker.import_mlflow(url)
    assert (first.runs, first.registered_models, first.conflicts) == (2, 1, [])
    run = tracker.get_run(kept)
    assert (run.info.run_name, run.data.tags["team"], run.data.params) == ("kept", "blue", {"lr": "0.1"})
    points = steps_of(kept)
    assert [step for step, _ in points] == list(range(2500))
    assert (points[0][1], math.isnan(points[1][1]), points[-1][1]) == (1.0, True, 2499.0)
    assert [entry.dataset.name for entry in run.inputs.dataset_inputs] == ["iris"]
    (model,) = tracker.search_logged_models([run.info.experiment_id], output_format="list")
    assert (model.name, model.source_run_id, model.params) == ("net", kept, {"depth": "8"})
    assert tracker.get_run(gone).info.lifecycle_stage == "deleted"
    file = tracker.artifacts.download_artifacts(
        run_id=kept, artifact_path="deep/er/a.txt", dst_path=str(tmp_path / "files")
    )
    assert Path(file).read_text() == "hello"
    version = tracker.TrackerClient().get_model_version_by_alias("churn", "champion")
    assert (version.current_stage, version.run_id, version.tags) == ("Production", kept, {"a": "b"})
    again = tracker.import_mlflow(url)
    assert (again.runs, again.runs_present, again.files, again.conflicts) == (0, 2, 0, [])


def test_what_was_logged_without_it_is_sent_later_under_the_same_name(url):
    local = offline(url)
    assert "1 run" in command("sync", "--store", url)
    assert "has everything" in command("sync", "--store", url)
    tracker.set_tracking_uri(url)
    # It gives its runs ids of its own.
    (run,) = tracker.search_runs(search_all_experiments=True, output_format="list")
    assert (run.info.run_name, run.info.status, run.data.params) == ("first", "FINISHED", {"lr": "0.1"})
    steps = steps_of(run.info.run_id)
    assert [step for step, _ in steps] == [0, 1, 2]
    assert math.isnan(steps[1][1])
    assert run.data.tags["jupyter_tracker.offline_run_id"] == local
    read = subprocess.run(
        [str(Path(mlflow_server.COMMAND).with_name("python")), "-c", READS, url, run.info.run_id],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert read.stdout.splitlines()[:2] == ["FINISHED 0.1 [0, 1, 2]", "hello"], read.stderr


@WAITS
def test_random_faults_lose_and_double_nothing(url, monkeypatch):
    monkeypatch.setattr("jupyter_tracker.store.journal.drain._LONGEST_PAUSE_S", 0.2)
    proxy = FaultyProxy(urlsplit(url).port, 4)
    tracker.set_tracking_uri(proxy.url)
    runs = []
    for number in range(2):
        run = tracker.start_run(run_name=f"through {number}")
        tracker.log_params({"number": number})
        for step in range(500):
            tracker.log_metric("loss", float(step), step=step)
        tracker.log_metric_series("whole", [float(step) for step in range(2500)])
        tracker.end_run()
        runs.append(run.info.run_id)
    sync_through(proxy, runs[0], 300)
    active.close_all()
    tracker.set_tracking_uri(url)
    for number, run_id in enumerate(runs):
        assert steps_of(run_id) == [(step, float(step)) for step in range(500)]
        assert steps_of(run_id, "whole") == [(step, float(step)) for step in range(2500)]
        run = tracker.get_run(run_id)
        assert (run.info.status, run.data.params["number"]) == ("FINISHED", str(number))
    proxy.stop()
