"""The client: the same by id, and the registry's names and signatures."""

import inspect
import time
from pathlib import Path

import numpy as np
import pytest

import jupyter_tracker as tracker
from jupyter_tracker import MlflowClient, TrackerClient
from jupyter_tracker.entities import (
    Dataset,
    DatasetInput,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    RunTag,
    ViewType,
)
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError


@pytest.fixture
def client():
    """A client of the project's store."""
    return TrackerClient()


def test_making_a_client_makes_nothing(client, project):
    assert MlflowClient is TrackerClient
    assert client.tracking_uri == tracker.get_tracking_uri()
    assert [found.name for found in client.search_experiments()] == ["Default"]
    assert list(project.iterdir()) == []


def test_a_client_of_another_store(client, project):
    other = TrackerClient("other.db")
    other.create_experiment("there")
    assert client.get_experiment_by_name("there") is None
    assert TrackerClient(f"sqlite:///{project}/other.db").get_experiment_by_name("there").name == "there"
    tracker.set_tracking_uri("other.db")
    assert client.get_experiment_by_name("there") is None, "a client keeps the store it was made for"


def test_experiments(client):
    experiment_id = client.create_experiment("churn", tags={"year": 2026})
    client.rename_experiment(experiment_id, "churn-2")
    client.set_experiment_tag(experiment_id, "team", "blue")
    experiment = client.get_experiment(experiment_id)
    assert (experiment.name, experiment.tags) == ("churn-2", {"team": "blue", "year": "2026"})
    client.delete_experiment_tag(experiment_id, "year")
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    client.restore_experiment(experiment_id)
    assert client.get_experiment_by_name("churn-2").tags == {"team": "blue"}
    first = client.search_experiments(max_results=1, order_by=["name ASC"])
    second = client.search_experiments(max_results=1, order_by=["name ASC"], page_token=first.token)
    assert [found.name for found in (*first, *second)] == ["Default", "churn-2"]


def test_a_run_from_beginning_to_end(client):
    run = client.create_run("0", start_time=1_700_000_000_000, tags={"a": 1}, run_name="by-hand")
    run_id = run.info.run_id
    assert tracker.active_run() is None
    client.log_param(run_id, "lr", 0.1)
    client.log_metric(run_id, "f1", 0.5, step=1, timestamp=1_700_000_000_001)
    client.log_metric(run_id, "f1", 0.9, step=2)
    client.set_tag(run_id, "b", 2)
    client.delete_tag(run_id, "a")
    client.log_metric_series(run_id, "loss", [1.0, 0.5])
    client.update_run(run_id, name="renamed")
    assert client.get_run(run_id).info.status == "RUNNING"
    client.set_terminated(run_id, "FAILED", end_time=1_700_000_009_000)
    stored = client.get_run(run_id)
    assert (stored.info.run_name, stored.info.status) == ("renamed", "FAILED")
    assert (stored.info.start_time, stored.info.end_time) == (1_700_000_000_000, 1_700_000_009_000)
    assert stored.data.params == {"lr": "0.1"}
    assert stored.data.metrics == {"f1": 0.9, "loss": 0.5}
    assert stored.data.tags["b"] == "2"
    assert "a" not in stored.data.tags
    assert [(point.step, point.value) for point in client.get_metric_history(run_id, "f1")] == [(1, 0.5), (2, 0.9)]
    assert client.get_metric_history(run_id, "nothing") == []


def test_a_finished_run_still_takes_values(client):
    with tracker.start_run() as run:
        tracker.log_param("lr", 0.1)
    client.log_metric(run.info.run_id, "late", 1.0)
    client.log_param(run.info.run_id, "late", "yes")
    with pytest.raises(InvalidParameterError, match="Changing param values"):
        client.log_param(run.info.run_id, "lr", 0.2)
    stored = client.get_run(run.info.run_id)
    assert (stored.info.status, stored.data.metrics, stored.data.params["late"]) == ("FINISHED", {"late": 1.0}, "yes")


def test_the_client_and_the_fluent_api_write_one_run(client):
    with tracker.start_run() as run:
        tracker.log_param("lr", 0.1)
        tracker.log_metric("loss", 1.0, step=0)
        client.log_metric(run.info.run_id, "loss", 0.5, step=1)
        with pytest.raises(InvalidParameterError):
            client.log_param(run.info.run_id, "lr", 0.2)
    assert [point.value for point in client.get_metric_history(run.info.run_id, "loss")] == [1.0, 0.5]


def test_a_batch_is_logged_as_a_whole_or_not_at_all(client):
    run_id = client.create_run("0").info.run_id
    metrics = [Metric("loss", float(step), 1_700_000_000_000, step) for step in range(2500)]
    client.log_batch(run_id, metrics, [Param("lr", "0.1")], [RunTag("a", "b")])
    assert len(client.get_metric_history(run_id, "loss")) == 2500
    bad = [Metric("good", 1.0, 1, 0), Metric("bad", "x", 1, 0)]
    with pytest.raises(InvalidParameterError):
        client.log_batch(run_id, bad, [Param("new", "1")])
    with pytest.raises(InvalidParameterError):
        client.log_batch(run_id, [Metric("good", 1.0, 1, 0)], [Param("lr", "0.2")])
    data = client.get_run(run_id).data
    assert data.params == {"lr": "0.1"}
    assert set(data.metrics) == {"loss"}


def test_a_batch_may_come_from_iterators(client):
    run_id = client.create_run("0").info.run_id
    metrics = (Metric("loss", step / 2, 1_700_000_000_000, step) for step in range(3))
    client.log_batch(run_id, metrics, map(Param, ["lr"], ["0.1"]), iter([RunTag("a", "b")]))
    data = client.get_run(run_id).data
    assert (data.metrics, data.params, data.tags["a"]) == ({"loss": 1.0}, {"lr": "0.1"}, "b")
    assert len(client.get_metric_history(run_id, "loss")) == 3
    client.log_batch(run_id, (Metric("own", 0.5, 1, 0, model_id=None, dataset_name="d") for _ in range(1)))
    assert len(client.get_metric_history(run_id, "own")) == 1


def test_one_entity_is_no_batch(client):
    run_id = client.create_run("0").info.run_id
    with pytest.raises(InvalidParameterError, match=r"metrics must be a list of Metric, .*, not a Metric"):
        client.log_batch(run_id, metrics=Metric("loss", 1.0, 1, 0))
    with pytest.raises(InvalidParameterError, match=r"tags must be a list of RunTag, .*, not a Param"):
        client.log_batch(run_id, tags=Param("lr", "0.1"))
    with pytest.raises(InvalidParameterError, match=r"params\[1\] is a RunTag"):
        client.log_batch(run_id, params=iter([Param("lr", "0.1"), RunTag("a", "b")]))


def test_runs_are_deleted_restored_and_searched(client):
    ids = [client.create_run("0", run_name=f"run-{number}").info.run_id for number in range(3)]
    client.delete_run(ids[0])
    assert {run.info.run_id for run in client.search_runs(["0"])} == set(ids[1:])
    assert [run.info.run_id for run in client.search_runs("0", run_view_type=ViewType.DELETED_ONLY)] == [ids[0]]
    client.restore_run(ids[0])
    page = client.search_runs(["0"], max_results=2, order_by=["attributes.run_name ASC"])
    rest = client.search_runs(["0"], max_results=2, order_by=["attributes.run_name ASC"], page_token=page.token)
    assert [run.info.run_name for run in (*page, *rest)] == ["run-0", "run-1", "run-2"]
    assert rest.token is None


def test_parents(client):
    parent = client.create_run("0").info.run_id
    child = client.create_run("0", tags={"mlflow.parentRunId": parent}).info.run_id
    assert client.get_parent_run(child).info.run_id == parent
    assert client.get_parent_run(parent) is None


def test_inputs_and_outputs(client):
    run_id = client.create_run("0").info.run_id
    model = client.create_logged_model("0", "rf", source_run_id=run_id)
    dataset = Dataset("churn", "abc", "local", "{}")
    client.log_inputs(run_id, [DatasetInput(dataset)], [LoggedModelInput(model.model_id)])
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=3)])
    run = client.get_run(run_id)
    assert run.inputs.dataset_inputs[0].dataset == dataset
    assert run.inputs.model_inputs == [LoggedModelInput(model.model_id)]
    assert run.outputs.model_outputs == [LoggedModelOutput(model.model_id, step=3)]


def test_artifacts(client, project):
    run_id = client.create_run("0").info.run_id
    (project / "a.txt").write_text("a")
    client.log_artifact(run_id, "a.txt", "data")
    client.log_text(run_id, "b", "data/b.txt")
    assert [file.path for file in client.list_artifacts(run_id, "data")] == ["data/a.txt", "data/b.txt"]
    assert Path(client.download_artifacts(run_id, "data/b.txt")).read_text() == "b"
    (project / "copy").mkdir()
    assert Path(client.download_artifacts(run_id, "data", "copy")) == Path("copy/data")
    with pytest.raises(InvalidParameterError, match="does not exist"):
        client.download_artifacts(run_id, "data", "nowhere")
    with pytest.raises(ResourceDoesNotExistError):
        client.log_text("0" * 32, "x", "a.txt")


def test_logged_models(client):
    model = client.create_logged_model("0", "rf", tags={"a": 1}, params={"depth": 3}, model_type="classifier")
    assert (model.status, model.tags, model.params) == ("PENDING", {"a": "1"}, {"depth": "3"})
    assert client.finalize_logged_model(model.model_id, "READY").status == "READY"
    client.set_logged_model_tags(model.model_id, {"b": 2})
    client.delete_logged_model_tag(model.model_id, "a")
    client.log_model_params(model.model_id, {"lr": 0.1})
    found = client.get_logged_model(model.model_id)
    assert (found.tags, found.params) == ({"b": "2"}, {"depth": "3", "lr": "0.1"})
    assert [found.model_id for found in client.search_logged_models(["0"])] == [model.model_id]
    run_id = client.create_run("0").info.run_id
    client.log_metric(run_id, "f1", 0.9, model_id=model.model_id, dataset_name="churn", dataset_digest="abc")
    assert client.search_logged_models(["0"], datasets=[{"dataset_name": "churn"}])
    assert client.search_logged_models(["0"], datasets=[{"dataset_name": "churn", "dataset_digest": "x"}]) == []
    client.delete_logged_model(model.model_id)
    assert client.search_logged_models(["0"]) == []


def test_the_registry(client, tmp_path):
    client.create_registered_model("churn", tags={"a": 1}, description="d")
    client.update_registered_model("churn", "e")
    client.set_registered_model_tag("churn", "b", 2)
    client.delete_registered_model_tag("churn", "a")
    versions = [client.create_model_version("churn", tmp_path.as_uri(), tags={"n": n}) for n in range(2)]
    assert [version.version for version in versions] == ["1", "2"]
    client.transition_model_version_stage(name="churn", version=1, stage="Production")
    client.transition_model_version_stage("churn", "2", "Production", archive_existing_versions=True)
    assert client.get_model_version("churn", 1).current_stage == "Archived"
    assert [version.version for version in client.get_latest_versions("churn", ["Production"])] == ["2"]
    client.update_model_version("churn", 2, "better")
    client.set_model_version_tag("churn", 2, "checked", True)
    client.set_model_version_tag("churn", key="by", value="stage", stage="Production")
    client.delete_model_version_tag("churn", 2, "n")
    client.set_registered_model_alias("churn", "champion", 2)
    version = client.get_model_version_by_alias("churn", "champion")
    assert (version.description, version.tags) == ("better", {"by": "stage", "checked": "True"})
    assert client.get_model_version_stages("churn", 2) == ["None", "Staging", "Production", "Archived"]
    assert client.get_model_version_download_uri("churn", 2) == tmp_path.as_uri()
    uris = [f"models:/churn{which}" for which in ("@champion", "/1", "/Production", "/latest")]
    copies = [client.copy_model_version(uri, "prod") for uri in uris]
    assert [(copy.name, copy.version, copy.source) for copy in copies] == [
        ("prod", "1", "models:/churn/2"),
        ("prod", "2", "models:/churn/1"),
        ("prod", "3", "models:/churn/2"),
        ("prod", "4", "models:/churn/2"),
    ]
    assert client.get_model_version_download_uri("prod", 1) == tmp_path.as_uri()
    client.delete_registered_model_alias("churn", "champion")
    client.delete_model_version("churn", 1)
    assert {(found.name, found.version) for found in client.search_model_versions("name = 'churn'")} == {("churn", "2")}
    client.rename_registered_model("churn", "churn-2")
    assert client.get_registered_model("churn-2").tags == {"b": "2"}
    assert [model.name for model in client.search_registered_models()] == ["churn-2", "prod"]
    client.delete_registered_model("churn-2")
    with pytest.raises(ResourceDoesNotExistError):
        client.get_registered_model("churn-2")


def test_what_the_registry_refuses(client, tmp_path):
    client.create_registered_model("churn")
    client.create_model_version("churn", tmp_path.as_uri())
    for uri in ("models:/churn", "runs:/abc/model", "churn/1"):
        with pytest.raises(InvalidParameterError, match="names no version"):
            client.copy_model_version(uri, "prod")
    with pytest.raises(InvalidParameterError, match="either a version or a stage"):
        client.set_model_version_tag("churn", key="a", value="b")
    with pytest.raises(InvalidParameterError, match="no version in stage"):
        client.set_model_version_tag("churn", key="a", value="b", stage="Staging")
    with pytest.raises(InvalidParameterError, match="'key'"):
        client.delete_model_version_tag("churn", 1)


# As MLflow 3 has them: name and positional order.
# Given by name, and unknown to MLflow.
OURS = {"comment", "overwrite"}
SIGNATURES = {
    "create_experiment": "name artifact_location tags",
    "search_experiments": "view_type max_results filter_string order_by page_token",
    "create_run": "experiment_id start_time tags run_name",
    "search_runs": "experiment_ids filter_string run_view_type max_results order_by page_token",
    "log_metric": "run_id key value timestamp step synchronous dataset_name dataset_digest model_id",
    "log_param": "run_id key value synchronous",
    "log_batch": "run_id metrics params tags synchronous",
    "set_tag": "run_id key value synchronous",
    "set_terminated": "run_id status end_time",
    "update_run": "run_id status name",
    "log_inputs": "run_id datasets models",
    "log_artifact": "run_id local_path artifact_path",
    "log_image": "run_id image artifact_file key step timestamp synchronous",
    "download_artifacts": "run_id path dst_path",
    "list_artifacts": "run_id path",
    "create_logged_model": "experiment_id name source_run_id tags params model_type",
    "search_logged_models": "experiment_ids filter_string datasets max_results order_by page_token",
    "create_registered_model": "name tags description",
    "create_model_version": "name source run_id tags run_link description await_creation_for model_id",
    "transition_model_version_stage": "name version stage archive_existing_versions",
    "set_registered_model_alias": "name alias version",
    "set_model_version_tag": "name version key value stage",
    "delete_model_version_tag": "name version key stage",
    "copy_model_version": "src_model_uri dst_name",
}


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_signatures_are_those_of_mlflow(name):
    parameters = list(inspect.signature(getattr(TrackerClient, name)).parameters)[1:]
    assert [parameter for parameter in parameters if parameter not in OURS] == SIGNATURES[name].split()


def test_corrections_by_id(project):
    client = TrackerClient()
    run_id = client.create_run("0").info.run_id
    client.log_param(run_id, "lr", 0.1)
    client.log_param(run_id, "lr", 0.2, overwrite=True)
    client.log_metric_series(run_id, "loss", [3.0, 2.0, 1.0])
    assert client.truncate_metric(run_id, "loss", 1) == 2
    data = client.get_run(run_id).data
    assert (data.params, data.metrics) == ({"lr": "0.2"}, {"loss": 3.0})
    assert '"value": "0.1"' in data.tags["jupyter_tracker.corrected.lr"]


def test_every_public_method_says_what_it_does():
    methods = inspect.getmembers(TrackerClient, callable)
    undocumented = [name for name, method in methods if not name.startswith("_") and not inspect.getdoc(method)]
    assert undocumented == []


def test_times_are_now_in_ms(client):
    before = time.time_ns() // 1_000_000
    run = client.create_run("0")
    client.log_metric(run.info.run_id, "f1", 1.0)
    client.set_terminated(run.info.run_id)
    after = time.time_ns() // 1_000_000
    (point,) = client.get_metric_history(run.info.run_id, "f1")
    info = client.get_run(run.info.run_id).info
    assert before <= info.start_time <= point.timestamp <= info.end_time <= after


def test_the_history_of_a_metric_by_model_and_data_set(client):
    data = tracker.data.from_numpy(np.zeros((3, 2)), name="held out")
    with tracker.start_run() as run:
        model = client.create_logged_model(run.info.experiment_id, "net", run.info.run_id)
        for step in range(3):
            tracker.log_metric("f1", step / 10, step=step, model_id=model.model_id, dataset=data)
        tracker.log_metric("f1", 0.9, step=3)
    run_id = run.info.run_id
    assert [point.value for point in client.get_metric_history(run_id, "f1")] == [0, 0.1, 0.2, 0.9]
    of_model = client.get_metric_history(run_id, "f1", model_id=model.model_id)
    assert [(point.step, point.dataset_name) for point in of_model] == [
        (0, "held out"),
        (1, "held out"),
        (2, "held out"),
    ]
    assert client.get_metric_history(run_id, "f1", dataset=data) == of_model
