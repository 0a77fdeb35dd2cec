"""What a tracking server has, brought into a store here: the same ids, once, and on after an interruption."""

import math
from pathlib import Path

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.entities import Dataset, DatasetInput
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.tracking import active, moving

pytestmark = pytest.mark.usefixtures("own_project")


@pytest.fixture
def filled(host, monkeypatch):
    """A server with what `fill` puts there."""
    if host.token:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", host.token)
    return fill(host.url, [1.0, math.nan, math.inf, 0.5], lambda run: f"{run.info.artifact_uri}/deep")


def fill(url, losses, source_of):
    """Put two runs of an experiment on a server, one of them deleted, a data set, a model and a registered version."""
    tracker.set_tracking_uri(url)
    tracker.set_experiment("over there")
    client = tracker.TrackerClient()
    with tracker.start_run(run_name="kept", tags={"team": "blue"}) as run:
        tracker.log_params({"lr": 0.1})
        tracker.log_metric_series("loss", losses)
        tracker.log_text("hello", "deep/er/a.txt")
    with tracker.start_run(run_name="gone") as gone:
        pass
    client.delete_run(gone.info.run_id)
    store = active.store()
    store.log_inputs(run.info.run_id, [DatasetInput(Dataset("iris", "d1", "local", "{}"))])
    store.create_logged_model(run.info.experiment_id, "net", run.info.run_id, {"a": "b"}, {"depth": "8"})
    if client.search_registered_models():  # an earlier test has made it
        return run.info.run_id, gone.info.run_id
    client.create_registered_model("churn", {"k": "v"}, "words")
    client.create_model_version("churn", source_of(run), run.info.run_id, {"a": "b"})
    client.set_registered_model_alias("churn", "champion", "1")
    client.transition_model_version_stage("churn", "1", "Production")
    return run.info.run_id, gone.info.run_id


def test_all_of_it_comes_with_the_same_ids_and_once(host, filled):
    kept, gone = filled
    tracker.set_tracking_uri("here.db")
    first = tracker.import_mlflow(host.url)
    assert (first.runs, first.registered_models, first.conflicts) == (2, 1, [])
    run = tracker.get_run(kept)
    assert (run.info.run_name, run.data.tags["team"], run.data.params) == ("kept", "blue", {"lr": "0.1"})
    assert [str(point.value) for point in tracker.TrackerClient().get_metric_history(kept, "loss")] == [
        "1.0",
        "nan",
        "inf",
        "0.5",
    ]
    assert [entry.dataset.name for entry in run.inputs.dataset_inputs] == ["iris"]
    (model,) = tracker.search_logged_models([run.info.experiment_id], output_format="list")
    assert (model.name, model.source_run_id, model.params) == ("net", kept, {"depth": "8"})
    assert tracker.get_run(gone).info.lifecycle_stage == "deleted"
    local = tracker.artifacts.download_artifacts(run_id=kept, artifact_path="deep/er/a.txt")
    assert Path(local).read_text() == "hello"
    version = tracker.TrackerClient().get_model_version_by_alias("churn", "champion")
    assert (version.version, version.current_stage, version.run_id, version.tags) == (
        "1",
        "Production",
        kept,
        {"a": "b"},
    )
    files = tracker.TrackerClient().get_model_version_download_uri("churn", "1")
    assert files == f"{run.info.artifact_uri}/deep"
    again = tracker.import_mlflow(host.url)
    assert (again.runs, again.runs_present, again.files, again.conflicts) == (0, 2, 0, [])


def test_an_import_that_was_interrupted_goes_on(host, filled, monkeypatch):
    tracker.set_tracking_uri("here.db")
    store = active.store()
    monkeypatch.setattr("jupyter_tracker.transfer.receiving._RUNS_AT_ONCE", 1)
    whole, calls = store.import_runs, []

    def once(records):
        if calls:
            raise KeyboardInterrupt
        calls.append(records)
        return whole(records)

    monkeypatch.setattr(store, "import_runs", once)
    with pytest.raises(KeyboardInterrupt):
        tracker.import_mlflow(host.url)
    monkeypatch.undo()
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", host.token or "")
    report = moving.import_server_into(store, host.url)
    assert report.runs >= 1
    assert store.known_runs(filled) == set(filled)


def test_what_cannot_be(host, filled):
    with pytest.raises(InvalidParameterError, match="is the store in use"):
        tracker.import_mlflow(host.url)
    tracker.set_tracking_uri("here.db")
    with pytest.raises(InvalidParameterError, match="are copied"):
        tracker.import_mlflow(host.url, link=True)
