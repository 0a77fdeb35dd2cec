"""What scripts that were written for MLflow do besides the plain calls: texts as numbers, entities as dictionaries."""

import datetime as dt
import pickle
import warnings
from pprint import pformat

import numpy as np
import pandas as pd
import pytest

import jupyter_tracker as tracker
from jupyter_tracker.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    Metric,
    ModelVersion,
    Param,
    Run,
    RunData,
    RunTag,
    ViewType,
)
from jupyter_tracker.errors import InvalidParameterError, TrackerWarning


def test_a_formatted_number_is_a_metric():
    client = tracker.MlflowClient()
    with tracker.start_run() as run:
        tracker.log_metric("f1", f"{0.91234:.3f}")
        tracker.log_metrics({"loss": "1e-3", "gap": np.str_("nan")})
        client.log_metric(run.info.run_id, "auc", "0.5", step=2)
        client.log_batch(run.info.run_id, metrics=[Metric("acc", "0.75", 1, 0)])
    metrics = tracker.get_run(run.info.run_id).data.metrics
    assert np.isnan(metrics.pop("gap"))
    assert metrics == {"acc": 0.75, "auc": 0.5, "f1": 0.912, "loss": 0.001}


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("high", "a param or a tag"),
        ("", "a param or a tag"),
        (b"high", "a param or a tag"),
        ({"a": 1}, "log_metrics takes"),
        ([1.0, 2.0], "log_metric_series takes"),
        (np.array([1.0, 2.0]), "log_metric_series takes"),
        (pd.Series([1.0, 2.0]), "log_metric_series takes"),
        (None, "a param or a tag"),
        (dt.timedelta(1), "a param or a tag"),
    ],
)
def test_what_is_no_number_says_where_it_belongs(value, advice):
    with tracker.start_run(), pytest.raises(InvalidParameterError, match=advice) as caught:
        tracker.log_metric("f1", value)
    assert "\n" not in str(caught.value)


def test_entities_become_dictionaries():
    tracker.set_experiment("dicts")
    with tracker.start_run(run_name="first") as run:
        tracker.log_param("lr", 0.1)
        tracker.log_metric("f1", 0.9)
        tracker.log_input(tracker.data.from_numpy(np.zeros(3), name="zeros"), context="train")
    found = tracker.get_run(run.info.run_id)
    assert dict(found.info)["run_name"] == "first"
    assert sorted(dict(found)) == ["data", "info", "inputs", "outputs"]
    assert found.data.to_dictionary() == {
        "metrics": {"f1": 0.9},
        "params": {"lr": "0.1"},
        "tags": dict(found.data.tags),
    }
    whole = found.to_dictionary()
    assert whole["info"] == dict(found.info)
    assert whole["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "zeros"
    assert whole["inputs"]["dataset_inputs"][0]["tags"] == [{"key": "mlflow.data.context", "value": "train"}]
    assert whole["outputs"] == {"model_outputs": []}
    assert dict(tracker.get_experiment_by_name("dicts"))["name"] == "dicts"


def test_the_registry_is_printed_as_in_mlflows_guide():
    client = tracker.MlflowClient()
    client.create_registered_model("churn", description="who leaves")
    client.create_model_version("churn", "models/rf", tags={"team": "risk"})
    (model,) = client.search_registered_models()
    assert "who leaves" in pformat(dict(model))
    (version,) = client.search_model_versions("name = 'churn'")
    assert dict(version)["tags"] == {"team": "risk"}
    assert model.to_dictionary()["latest_versions"][0]["version"] == version.version


def test_an_entity_is_still_what_it_was():
    point = Metric("f1", 0.9, 1, 2)
    assert pickle.loads(pickle.dumps(point)) == point
    assert not hasattr(point, "__dict__"), "slots are kept: there may be millions"
    assert dict(Param("a", "b")) == {"key": "a", "value": "b"}
    assert point.to_dictionary() == dict(point)
    assert bool(RunData())
    assert dict(DatasetInput(Dataset("d", "1", "local", "{}"), [InputTag("a", "b")]))["tags"] == [InputTag("a", "b")]
    assert dict(ModelVersion("m", "1", 1))["version"] == "1"
    assert isinstance(dict(Run(None))["data"], RunData)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda client, run_id: client.log_batch(run_id, metrics=[{"key": "a"}]), r"metrics\[0\] is a dict; .*Metric"),
        (lambda client, run_id: client.log_batch(run_id, params={"a": 1}), "params must be a list of Param"),
        (lambda client, run_id: client.log_batch(run_id, params=[RunTag("a", "b")]), r"params\[0\] is a RunTag"),
        (lambda client, run_id: client.log_batch(run_id, tags=3), "tags must be a list of RunTag"),
        (lambda client, run_id: client.search_runs(None), "experiment_ids"),
        (lambda client, run_id: client.log_artifact(run_id, {"a": 1}), "not a dict; log_dict"),
        (lambda client, run_id: client.log_artifacts(run_id, None), "not a NoneType"),
        (lambda client, run_id: tracker.search_runs(max_results="5"), "'5' for parameter 'max_results'"),
        (lambda client, run_id: tracker.search_runs(run_view_type="ALL"), "ViewType.ACTIVE_ONLY"),
    ],
)
def test_a_wrong_kind_of_argument_is_named(call, said):
    with tracker.start_run() as run:
        pass
    with pytest.raises(InvalidParameterError, match=said):
        call(tracker.MlflowClient(), run.info.run_id)
    assert len(tracker.search_runs(run_view_type=ViewType.ALL)) == 1


def test_pixels_beyond_one_are_stretched(tmp_path):
    image = pytest.importorskip("PIL.Image")
    with tracker.start_run() as run:
        with pytest.warns(TrackerWarning, match="from -1 to 1 were stretched"):
            tracker.log_image(np.array([[-1.0, 0.0, 1.0]]), "standardized.png")
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # once is enough: a script may log thousands
            tracker.log_image(np.full((2, 2), 7.0), "flat.png")
        with pytest.raises(InvalidParameterError, match="NaN or an infinity"):
            tracker.log_image(np.array([[0.0, np.nan]]), "nan.png")
    where = tracker.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="standardized.png")
    assert np.asarray(image.open(where)).tolist() == [[0, 128, 255]]
    flat = tracker.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="flat.png")
    assert np.asarray(image.open(flat)).tolist() == [[0, 0], [0, 0]]


def test_files_of_a_logged_model(tmp_path):
    client = tracker.MlflowClient()
    model = client.create_logged_model("0", "net")
    (tmp_path / "plots").mkdir()
    for name in ("notes.txt", "plots/roc.svg"):
        (tmp_path / name).write_text(name)
    client.log_model_artifact(model.model_id, tmp_path / "notes.txt")
    client.log_model_artifacts(model.model_id, tmp_path / "plots", "plots")
    listed = client.list_logged_model_artifacts(model.model_id)
    assert [(file.path, file.is_dir) for file in listed] == [("notes.txt", False), ("plots", True)]
    assert [file.path for file in client.list_logged_model_artifacts(model.model_id, "plots")] == ["plots/roc.svg"]
    assert tracker.artifacts.load_text(f"models:/{model.model_id}/plots/roc.svg") == "plots/roc.svg"
    for log in (client.log_model_artifact, client.log_model_artifacts):
        with pytest.raises(InvalidParameterError, match="path of a file is expected, not a dict"):
            log(model.model_id, {"a": 1})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("list_run_infos", ": use search_runs."),
        ("start_trace", "MLflow's own package"),
        ("create_webhook", "registry history"),
        ("list_workspaces", "no workspaces"),
        ("get_metric_histor", "Did you mean 'get_metric_history'?"),
    ],
)
def test_a_method_that_the_client_has_not_says_what_to_use(name, said):
    with pytest.raises(AttributeError, match=rf"'TrackerClient' object has no attribute '{name}'") as caught:
        getattr(tracker.MlflowClient(), name)
    assert said in str(caught.value)
    assert not hasattr(tracker.MlflowClient(), "_nothing")


def test_arguments_of_evaluate_that_there_are_not():
    data = pd.DataFrame({"x": [1.0, 2.0], "y": [2.0, 4.0]})
    asked = {"targets": "y", "model_type": "regressor"}
    with tracker.start_run():
        result = tracker.evaluate(lambda frame: 2 * frame["x"], data, env_manager="local", model_config=None, **asked)
        assert result.metrics["max_error"] == 0
        with pytest.raises(InvalidParameterError, match="evaluate has no custom_artifacts, env_manager"):
            tracker.evaluate(lambda frame: frame["x"], data, custom_artifacts=[1], env_manager="conda", **asked)
