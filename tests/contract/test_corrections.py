"""Metrics cut back to a checkpoint, params corrected."""

import json
import math

import pytest

from jupyter_tracker.entities import Metric, Param
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError


def points(series):
    return list(zip(series.step.tolist(), series.value.tolist(), strict=True))


def latest(store, run_id):
    return {metric.key: metric for metric in store.get_run(run_id).data.latest_metrics}


@pytest.mark.parametrize("count", [10, 5000])
def test_truncating_removes_the_points_from_a_step_on(store, opened, new_run, count):
    run_id = new_run()
    writer = store.writer(run_id)
    writer.log_series("loss", [1 / (step + 1) for step in range(count)])
    store.flush()
    writer.log_series("loss", [2.0] * count, steps=list(range(count, 2 * count)))
    assert store.truncate_metric(run_id, "loss", count // 2) == count + count - count // 2
    for each in (store, opened()):
        assert points(each.metric_series(run_id, "loss")) == [(step, 1 / (step + 1)) for step in range(count // 2)]
        assert latest(each, run_id)["loss"].step == count // 2 - 1
        assert latest(each, run_id)["loss"].value == 1 / (count // 2)
    found = store.search_runs([store.get_run(run_id).info.experiment_id], f"metrics.loss = {1 / (count // 2)!r}")
    assert [run.info.run_id for run in found] == [run_id]


def test_what_was_just_logged_is_truncated_too_and_logging_goes_on(store, new_run):
    run_id = new_run()
    writer = store.writer(run_id)
    for step in range(20):
        writer.log_metric("loss", 20.0 - step, step)
    assert store.truncate_metric(run_id, "loss", 5) == 15
    writer.log_metric("loss", 0.5, 5)
    assert points(store.metric_series(run_id, "loss")) == [*((step, 20.0 - step) for step in range(5)), (5, 0.5)]
    assert store.get_run(run_id).data.metrics == {"loss": 0.5}


def test_a_metric_of_which_nothing_is_left_is_gone(store, new_run):
    run_id = new_run(metrics={"f1": 0.9, "loss": 0.1})
    assert store.truncate_metric(run_id, "f1", 0) == 1
    assert store.get_run(run_id).data.metrics == {"loss": 0.1}
    assert len(store.metric_series(run_id, "f1")) == 0
    assert store.truncate_metric(run_id, "f1", 0) == 0


def test_the_latest_value_of_a_logged_model_is_that_of_what_is_left(store, opened, new_run):
    run_id, other = new_run(), new_run()
    experiment_id = store.get_run(run_id).info.experiment_id
    model_id, gone = (store.create_logged_model(experiment_id, name).model_id for name in ("rf", "gone"))
    values = (0.5, math.inf, 0.7, 0.8)
    for step, value in enumerate(values):
        store.log_metric(run_id, Metric("f1", value, 5, step, model_id, "iris", "d1"))
        store.log_metric(run_id, Metric("f1", -value, 5, step, model_id, "wine", "d2"))
        store.log_metric(other, Metric("f1", 2.0, 5, step, model_id, "iris", "d1"))
    store.log_metric(run_id, Metric("f1", math.nan, 5, 1, model_id, "nan", "d3"))
    store.log_metric(run_id, Metric("f1", 1.0, 5, 3, model_id, "nan", "d3"))
    store.log_metric(run_id, Metric("f1", 0.9, 5, 3, gone))
    store.log_metric(run_id, Metric("loss", 0.1, 5, 9, model_id))
    store.truncate_metric(run_id, "f1", 2)
    for each in (store, opened()):
        metrics = each.get_logged_model(model_id).metrics
        found = {
            (metric.key, metric.run_id, metric.dataset_name): (metric.step, str(metric.value)) for metric in metrics
        }
        assert found == {
            ("f1", run_id, "iris"): (1, "inf"),
            ("f1", run_id, "wine"): (1, "-inf"),
            ("f1", run_id, "nan"): (1, "nan"),
            ("f1", other, "iris"): (3, "2.0"),
            ("loss", run_id, None): (9, "0.1"),
        }
        assert each.get_logged_model(gone).metrics == []
    store.truncate_metric(run_id, None, 0)
    (left,) = store.get_logged_model(model_id).metrics
    assert (left.run_id, left.step) == (other, 3)


def test_every_metric_at_once_and_nan_stays_nan(store, new_run):
    run_id = new_run()
    for key in ("a", "b"):
        store.log_batch(run_id, [Metric(key, math.nan, 1, 0), Metric(key, 3.0, 1, 1)])
    assert store.truncate_metric(run_id, None, 1) == 2
    assert math.isnan(store.get_run(run_id).data.metrics["a"])
    assert math.isnan(store.get_run(run_id).data.metrics["b"])


def test_truncating_needs_an_active_run_and_a_whole_step(store, new_run):
    run_id = new_run(metrics={"f1": 0.9})
    with pytest.raises(InvalidParameterError, match="whole number"):
        store.truncate_metric(run_id, "f1", "soon")
    store.delete_run(run_id)
    with pytest.raises(InvalidParameterError, match="active"):
        store.truncate_metric(run_id, "f1", 0)
    with pytest.raises(ResourceDoesNotExistError):
        store.truncate_metric("0" * 32, "f1", 0)


def test_a_corrected_param_says_what_it_was(store, opened, new_run):
    run_id = new_run(params={"lr": "0.1"})
    store.update_param(run_id, "lr", "0.01")
    store.update_param(run_id, "lr", "0.001")
    store.update_param(run_id, "lr", "0.001")
    run = opened().get_run(run_id)
    assert run.data.params == {"lr": "0.001"}
    history = json.loads(run.data.tags["jupyter_tracker.corrected.lr"])
    assert [entry["value"] for entry in history] == ["0.1", "0.01"]
    assert history[0]["replaced_ms"] <= history[1]["replaced_ms"]


def test_a_first_value_is_no_correction(store, new_run):
    run_id = new_run()
    store.update_param(run_id, "lr", "0.1")
    run = store.get_run(run_id)
    assert run.data.params == {"lr": "0.1"}
    assert not [key for key in run.data.tags if key.startswith("jupyter_tracker.")]


def test_a_correction_is_what_later_log_calls_are_held_to(store, new_run):
    run_id = new_run()
    writer = store.writer(run_id)
    writer.log_params({"lr": "0.1"})
    store.update_param(run_id, "lr", "0.2")
    store.log_param(run_id, Param("lr", "0.2"))
    writer.log_params({"lr": "0.2"})
    with pytest.raises(InvalidParameterError, match="Changing param values"):
        writer.log_params({"lr": "0.1"})


def test_the_history_of_long_values_fits_a_tag(store, new_run):
    run_id = new_run(params={"text": "0" * 6000})
    for digit in "123":
        store.update_param(run_id, "text", digit * 6000)
    (entry,) = json.loads(store.get_run(run_id).data.tags["jupyter_tracker.corrected.text"])
    assert entry["value"] == "2" * 6000
    store.update_param(run_id, "text", '"' * 6000)
    store.update_param(run_id, "text", "short")
    assert len(store.get_run(run_id).data.tags["jupyter_tracker.corrected.text"]) <= 8000
