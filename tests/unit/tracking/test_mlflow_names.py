"""Names that code written for MLflow uses: there, or an error that says what to do."""

import inspect

import numpy as np
import pytest

import jupyter_tracker as tracker
from jupyter_tracker import elsewhere, settings
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.tracking import system_metrics

mlflow = pytest.importorskip("mlflow")  # the oldest versions of what we need are tested without it
pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    "name",
    ["last_logged_model", "set_registry_uri", "get_registry_uri", "log_inputs", "restore_run", "restore_experiment",
     "delete_experiment_tag", "initialize_logged_model", "finalize_logged_model", "set_logged_model_tags",
     "delete_logged_model_tag", "log_model_params", "log_outputs", "set_model_version_tag", "doctor",
     "flush_artifact_async_logging", "set_system_metrics_sampling_interval", "set_system_metrics_node_id",
     "set_system_metrics_samples_before_logging"],
)  # fmt: skip
def test_signatures_are_mlflow_s(name):
    ours, theirs = (list(inspect.signature(getattr(each, name)).parameters) for each in (tracker, mlflow))
    assert ours == theirs


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("catboost", "pyfunc.log_model"),
        ("start_span", "MLflow's own package"),
        ("list_experiments", "search_experiments"),
        ("run", "papermill"),
    ],
)
def test_a_name_that_is_not_here_says_what_to_do(name, said):
    with pytest.raises(AttributeError, match=f"has no attribute '{name}': .*{said}"):
        getattr(tracker, name)


def test_no_hint_is_about_a_name_that_is_here():
    assert [name for name in elsewhere._HINTS if hasattr(tracker, name)] == []


def test_modules_that_are_imported_by_path():
    from jupyter_tracker.client import MlflowClient
    from jupyter_tracker.models.signature import ModelSignature, infer_signature
    from jupyter_tracker.types.schema import ColSpec, Schema
    from jupyter_tracker.utils import mlflow_tags

    assert MlflowClient is tracker.MlflowClient
    schema = Schema([ColSpec("double", "x")])
    assert ModelSignature(schema).inputs == schema == tracker.types.Schema([tracker.types.ColSpec("double", "x")])
    assert infer_signature is tracker.models.infer_signature
    assert tracker.models.evaluate is tracker.evaluate
    import mlflow.utils.mlflow_tags as theirs

    for name in vars(mlflow_tags):
        if name.startswith("MLFLOW_"):
            assert getattr(mlflow_tags, name) == getattr(theirs, name)


def test_another_registry_is_refused(tmp_path):
    tracker.set_registry_uri(tracker.get_tracking_uri())
    assert tracker.get_registry_uri() == tracker.get_tracking_uri()
    with pytest.raises(InvalidParameterError, match="set_tracking_uri"):
        tracker.set_registry_uri(f"sqlite:///{tmp_path}/other.db")


def test_the_model_that_was_logged_last():
    with tracker.start_run() as run:
        info = tracker.pyfunc.log_model("model", python_model=lambda model_input: model_input)
        found = tracker.last_logged_model()
        assert (found.model_id, found.source_run_id, found.status) == (info.model_id, run.info.run_id, "READY")
        tracker.log_model_params({"trees": 20})
    assert tracker.get_logged_model(info.model_id).params == {"trees": "20"}


def test_several_inputs_and_lists_of_different_length():
    data = tracker.data.from_numpy(np.zeros(3), name="zeros")
    with tracker.start_run() as run:
        tracker.log_inputs([data], contexts=["train"], tags_list=[{"split": 1}])
        with pytest.raises(InvalidParameterError, match="one length"):
            tracker.log_inputs([data], contexts=["train", "eval"])
    (found,) = tracker.get_run(run.info.run_id).inputs.dataset_inputs
    assert {tag.key: tag.value for tag in found.tags} == {"split": "1", "mlflow.data.context": "train"}


def test_a_doctor_says_where_and_no_password(monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hush")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "churn")
    tracker.doctor()
    said = capsys.readouterr().out
    assert tracker.get_tracking_uri() in said
    assert "MLFLOW_EXPERIMENT_NAME=churn" in said
    assert "hush" not in said
    tracker.doctor(mask_envs=True)
    assert "churn" not in capsys.readouterr().out


def test_system_metrics_are_named_and_averaged(monkeypatch):
    for name in ("SAMPLING_INTERVAL", "SAMPLES_BEFORE_LOGGING", "NODE_ID"):
        monkeypatch.setenv(f"MLFLOW_SYSTEM_METRICS_{name}", "")
    tracker.set_system_metrics_sampling_interval(0.01)
    tracker.set_system_metrics_samples_before_logging(2)
    tracker.set_system_metrics_node_id("worker-1")
    assert (system_metrics._period_s(), system_metrics._samples_at_once()) == (0.01, 2)
    assert system_metrics._mean([{"cpu": 1.0}, {"cpu": 3.0}]) == {"system/worker-1/cpu": 2.0}
    tracker.set_system_metrics_node_id(None)
    assert system_metrics._mean([{"cpu": 1.0}]) == {"system/cpu": 1.0}
    for setter in (tracker.set_system_metrics_sampling_interval, tracker.set_system_metrics_samples_before_logging):
        with pytest.raises(InvalidParameterError):
            setter(0)
        setter(None)
    assert system_metrics._period_s() == system_metrics.PERIOD_S
    assert settings.integer("MLFLOW_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING") == 1


def test_entities_of_mlflow_s_own_are_taken():
    client, of = tracker.MlflowClient(), pytest.importorskip("mlflow.entities")
    with tracker.start_run() as run:
        client.log_batch(
            run.info.run_id, [of.Metric("f1", 0.5, 3, 1)], [of.Param("depth", "3")], [of.RunTag("team", "risk")]
        )
    with pytest.raises(tracker.MlflowException, match="not a Metric"):
        client.log_batch(run.info.run_id, of.Metric("f1", 0.5, 3, 1))
    (found,) = tracker.search_runs(
        filter_string="params.depth = '3'", run_view_type=of.ViewType.ALL, output_format="list"
    )
    assert (found.data.metrics, found.data.tags["team"]) == ({"f1": 0.5}, "risk")
    assert client.get_metric_history(run.info.run_id, "f1") == [tracker.entities.Metric("f1", 0.5, 3, 1)]
