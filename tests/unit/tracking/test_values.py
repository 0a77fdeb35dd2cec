"""Params, metrics and tags of the fluent API."""

import contextlib
import math
import sqlite3
from types import SimpleNamespace

import numpy as np
import pytest

import jupyter_tracker as tracker
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError


def stored(run):
    return tracker.get_run(run.info.run_id).data


def test_what_is_logged_is_there():
    with tracker.start_run() as run:
        assert tracker.log_param("lr", 0.1) == 0.1
        tracker.log_params({"depth": 10, "kind": None, "layers": [64, 32]})
        tracker.log_metric("f1", 0.9)
        tracker.log_metric("f1", np.float32(0.5), step=np.int64(3), timestamp=1_700_000_000_000)
        tracker.log_metrics({"loss": 1, "flag": True}, step=2)
        tracker.set_tag("author", "alice")
        tracker.set_tags({"version": 2.3, "empty": ""})
        data = stored(run)
    assert data.params == {"depth": "10", "kind": "None", "layers": "[64, 32]", "lr": "0.1"}
    assert data.metrics == {"f1": 0.5, "flag": 1.0, "loss": 1.0}
    latest = {metric.key: (metric.step, metric.timestamp) for metric in data.latest_metrics}
    assert latest["f1"] == (3, 1_700_000_000_000)
    assert latest["loss"][0] == 2
    assert data.tags["author"] == "alice"
    assert data.tags["version"] == "2.3"
    assert data.tags["empty"] == ""


def test_positions_are_those_of_mlflow():
    with tracker.start_run() as run:
        tracker.log_metric("a", 1.0, 5, True, 1_700_000_000_000, run.info.run_id)
        tracker.log_metrics({"b": 2.0}, 6, True, run.info.run_id, 1_700_000_000_001)
    latest = {metric.key: (metric.value, metric.step, metric.timestamp) for metric in stored(run).latest_metrics}
    assert latest == {"a": (1.0, 5, 1_700_000_000_000), "b": (2.0, 6, 1_700_000_000_001)}


def test_special_values():
    with tracker.start_run() as run:
        for step, value in enumerate([float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 5e-324]):
            tracker.log_metric("x", value, step=step)
    values = tracker.metric_history(run.info.run_id, "x", output_format="numpy")["value"].tolist()
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 0.0, -0.0, 5e-324]


@pytest.mark.parametrize("value", ["0.9 %", None, [1], object(), 1j, b"1", 10**400])
def test_a_value_that_is_no_number_is_refused(value):
    with tracker.start_run() as run:
        with pytest.raises(InvalidParameterError, match="'f1'"):
            tracker.log_metric("f1", value)
        with pytest.raises(InvalidParameterError):
            tracker.log_metrics({"good": 1.0, "f1": value})
    assert stored(run).metrics == {}


@pytest.mark.parametrize("value", [np.array(0.5), np.array([0.5]), np.array([[0.5]]), np.float32(0.5)])
def test_an_array_of_one_element_is_that_element(value):
    with tracker.start_run() as run:
        tracker.log_metric("f1", value)
        tracker.log_metrics({"f2": value})
    assert stored(run).metrics == {"f1": 0.5, "f2": 0.5}


@pytest.mark.parametrize("step", [1.5, "1", "one", [1]])
def test_a_step_that_is_no_whole_number_is_refused(step):
    with tracker.start_run() as run:
        for log in (lambda: tracker.log_metric("f1", 1, step=step), lambda: tracker.log_metrics({"f1": 1}, step=step)):
            with pytest.raises(InvalidParameterError, match="'step'"):
                log()
        tracker.log_metric("f1", 1, step=2.0)
    assert tracker.metric_history(run.info.run_id, "f1").step.tolist() == [2]


@pytest.mark.parametrize("log", [tracker.log_params, tracker.log_metrics, tracker.set_tags])
@pytest.mark.parametrize("mapping", ["f1", 1, [("f1", 1)]])
def test_what_is_no_dict_is_refused(log, mapping):
    with tracker.start_run(), pytest.raises(InvalidParameterError, match="must be a dict"):
        log(mapping)


def test_the_error_of_a_bad_key_stands_alone():
    with tracker.start_run(), pytest.raises(InvalidParameterError) as raised:
        tracker.log_metric("semi;colon", 1.0)
    assert raised.value.__context__ is None


@pytest.mark.parametrize("key", ["", "../up", "/abs", "a//b", "a\nb", "x" * 251, None, 7, "semi;colon"])
def test_a_key_that_is_not_allowed_is_refused(key):
    with tracker.start_run() as run:
        for log in (tracker.log_metric, tracker.log_param, tracker.set_tag):
            with pytest.raises(InvalidParameterError):
                log(key, 1.0)
    data = stored(run)
    assert data.metrics == data.params == {}


@pytest.mark.parametrize("key", ["val/acc", "a.b-c_d e:f", "größe", "x" * 250])
def test_keys_that_are_allowed(key):
    with tracker.start_run() as run:
        tracker.log_metric(key, 1.0)
        tracker.log_param(key, 1)
    assert stored(run).metrics == {key: 1.0}
    assert stored(run).params == {key: "1"}


def test_a_param_cannot_be_changed():
    with tracker.start_run() as run:
        tracker.log_param("lr", 0.1)
        tracker.log_param("lr", "0.1")
        with pytest.raises(InvalidParameterError, match="Changing param values is not allowed"):
            tracker.log_param("lr", 0.2)
        with pytest.raises(InvalidParameterError):
            tracker.log_params({"new": 1, "lr": 0.3})
    assert stored(run).params == {"lr": "0.1"}
    with tracker.start_run(run_id=run.info.run_id), pytest.raises(InvalidParameterError):
        tracker.log_param("lr", 0.4)


def test_long_values(monkeypatch):
    with tracker.start_run() as run:
        with pytest.raises(InvalidParameterError, match="6000"):
            tracker.log_param("long", "x" * 6001)
        with pytest.raises(InvalidParameterError, match="8000"):
            tracker.set_tag("long", "x" * 8001)
        monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "true")
        tracker.log_param("long", "x" * 6001)
    assert len(stored(run).params["long"]) == 6000


def test_tags_can_be_changed_and_removed():
    with tracker.start_run(tags={"draft": "yes"}) as run:
        tracker.set_tag("draft", "no")
        assert stored(run).tags["draft"] == "no"
        tracker.delete_tag("draft")
        assert "draft" not in stored(run).tags
        with pytest.raises(ResourceDoesNotExistError):
            tracker.delete_tag("draft")
        tracker.set_tag("mlflow.runName", "renamed")
    assert tracker.get_run(run.info.run_id).info.run_name == "renamed"


def test_another_run_by_its_id():
    with tracker.start_run() as first:
        pass
    with tracker.start_run() as second:
        tracker.log_metric("f1", 0.5, run_id=first.info.run_id)
        tracker.log_metrics({"f2": 0.5}, run_id=first.info.run_id)
        tracker.log_params({"lr": 0.1}, run_id=first.info.run_id)
        tracker.log_metric_series("s", [1.0, 2.0], run_id=first.info.run_id)
    assert stored(first).metrics == {"f1": 0.5, "f2": 0.5, "s": 2.0}
    assert stored(first).params == {"lr": "0.1"}
    assert stored(second).metrics == {}
    with pytest.raises(ResourceDoesNotExistError):
        tracker.log_metric("f1", 0.5, run_id="0" * 32)


def test_not_synchronous_gives_something_to_wait_for():
    with tracker.start_run() as run:
        for operations in (
            tracker.log_metric("a", 1, synchronous=False),
            tracker.log_metrics({"b": 1}, synchronous=False),
            tracker.log_param("c", 1, synchronous=False),
            tracker.log_params({"d": 1}, synchronous=False),
            tracker.set_tag("e", 1, synchronous=False),
            tracker.set_tags({"f": 1}, synchronous=False),
        ):
            operations.wait()
        assert tracker.log_metric("a", 1, synchronous=True) is None
    assert stored(run).metrics == {"a": 1.0, "b": 1.0}


def test_a_series():
    with tracker.start_run() as run:
        tracker.log_metric_series("loss", np.linspace(1, 0, 1000))
        tracker.log_metric_series("acc", [0.5, 0.6], steps=[10, 20], timestamps=[1_700_000_000_000, 1_700_000_000_001])
        with pytest.raises(InvalidParameterError):
            tracker.log_metric_series("bad", [1.0, 2.0], steps=[1])
    history = tracker.metric_history(run.info.run_id, "acc")
    assert history["step"].tolist() == [10, 20]
    assert history["timestamp"].tolist() == [1_700_000_000_000, 1_700_000_000_001]
    assert tracker.metric_history(run.info.run_id, "loss")["step"].tolist() == list(range(1000))
    assert "bad" not in stored(run).metrics


def test_a_metric_of_a_logged_model():
    with tracker.start_run() as run:
        client = tracker.TrackerClient()
        model = client.create_logged_model("0", "rf", source_run_id=run.info.run_id)
        dataset = SimpleNamespace(name="churn", digest="abc")
        tracker.log_metric("f1", 0.9, model_id=model.model_id, dataset=dataset)
    (metric,) = client.get_logged_model(model.model_id).metrics
    assert (metric.key, metric.value, metric.dataset_name, metric.dataset_digest) == ("f1", 0.9, "churn", "abc")
    assert stored(run).metrics == {"f1": 0.9}


def test_a_deleted_run_takes_nothing():
    with tracker.start_run() as run:
        pass
    tracker.delete_run(run.info.run_id)
    with pytest.raises(InvalidParameterError, match="'active' state"):
        tracker.log_metric("f1", 1, run_id=run.info.run_id)


def test_a_param_is_corrected_on_purpose_only():
    with tracker.start_run() as run:
        tracker.log_param("lr", 0.1)
        with pytest.raises(InvalidParameterError):
            tracker.log_param("lr", 0.2)
        assert tracker.log_param("lr", 0.2, overwrite=True) == 0.2
        tracker.log_param("lr", 0.2)
    data = tracker.get_run(run.info.run_id).data
    assert data.params == {"lr": "0.2"}
    assert '"value": "0.1"' in data.tags["jupyter_tracker.corrected.lr"]


def test_flushed_values_are_seen_by_another_process():
    with tracker.start_run():
        tracker.log_metric("f1", 0.5)
        tracker.flush_async_logging()
        path = tracker.get_tracking_uri().removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(path)) as other:
            (value,) = other.execute("SELECT value FROM latest_metrics WHERE key = 'f1'").fetchone()
    assert value == 0.5
