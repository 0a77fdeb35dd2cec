import math
import threading

import numpy as np
import pytest

from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError


@pytest.fixture
def run_id(new_run):
    return new_run()


def data_of(store, run_id):
    return store.get_run(run_id).data


class TestDeletedRuns:
    def test_a_writer_that_was_open_takes_nothing_more(self, store, run_id):
        writer = store.writer(run_id)
        writer.log_metric("before", 1.0)
        store.delete_run(run_id)
        for log in (lambda: writer.log_metric("after", 1.0), lambda: store.writer(run_id).log_params({"after": 1})):
            with pytest.raises(InvalidParameterError, match="active"):
                log()
        assert data_of(store, run_id).metrics == {"before": 1.0}
        store.restore_run(run_id)
        writer.log_metric("after", 2.0)
        assert data_of(store, run_id).metrics == {"before": 1.0, "after": 2.0}

    def test_nor_does_one_whose_experiment_went(self, store):
        experiment_id = store.create_experiment("short-lived")
        kept, gone = store.create_run("0").info.run_id, store.create_run(experiment_id).info.run_id
        writers = store.writer(kept, owner=True), store.writer(gone, owner=True)
        store.delete_experiment(experiment_id)
        with pytest.raises(InvalidParameterError, match="active"):
            writers[1].log_metric("after", 1.0)
        writers[0].log_metric("after", 1.0)
        assert writers[0].owner
        assert data_of(store, kept).metrics == {"after": 1.0}


class TestParams:
    def test_an_equal_value_may_be_logged_again_and_another_not(self, store, run_id):
        store.log_param(run_id, Param("lr", "0.1"))
        store.log_param(run_id, Param("lr", "0.1"))
        with pytest.raises(InvalidParameterError, match="lr"):
            store.log_param(run_id, Param("lr", "0.2"))
        assert data_of(store, run_id).params == {"lr": "0.1"}

    def test_also_when_another_opening_of_the_store_logged_it(self, opened, store, run_id):
        opened().log_param(run_id, Param("lr", "0.1"))
        with pytest.raises(InvalidParameterError, match="lr"):
            store.log_param(run_id, Param("lr", "0.2"))

    def test_the_same_key_twice_in_a_batch_is_refused_even_with_equal_values(self, store, run_id):
        with pytest.raises(InvalidParameterError, match=r"[Dd]uplicate"):
            store.log_batch(run_id, params=[Param("a", "1"), Param("a", "1")])

    def test_an_empty_value_is_a_value(self, store, run_id):
        store.log_param(run_id, Param("note", ""))
        assert data_of(store, run_id).params == {"note": ""}

    def test_a_long_value_is_refused_or_cut_as_the_setting_says(self, store, run_id, monkeypatch):
        store.log_param(run_id, Param("fits", "x" * 6000))
        with pytest.raises(InvalidParameterError, match="6000"):
            store.log_param(run_id, Param("long", "x" * 6001))
        monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "true")
        store.log_param(run_id, Param("long", "x" * 6001))
        assert {key: len(value) for key, value in data_of(store, run_id).params.items()} == {"fits": 6000, "long": 6000}


class TestTags:
    def test_the_last_value_stands(self, store, run_id):
        store.set_tag(run_id, RunTag("team", "a"))
        store.set_tag(run_id, RunTag("team", "b"))
        assert data_of(store, run_id).tags["team"] == "b"

    def test_limits(self, store, run_id):
        store.set_tag(run_id, RunTag("k" * 250, "v" * 8000))
        with pytest.raises(InvalidParameterError, match="8000"):
            store.set_tag(run_id, RunTag("k", "v" * 8001))
        with pytest.raises(InvalidParameterError, match="250"):
            store.set_tag(run_id, RunTag("k" * 251, "v"))

    def test_text_of_any_script(self, store, run_id):
        value = "Łódź 東京 🚂 \"quotes\" 'single' \\ \n\t%_"
        store.set_tag(run_id, RunTag("Größe", value))
        assert data_of(store, run_id).tags["Größe"] == value


class TestMetrics:
    @pytest.mark.parametrize(
        ("points", "latest"),
        [
            ([(1.0, 10, 0), (2.0, 11, 1)], (2.0, 11, 1)),
            ([(2.0, 11, 1), (1.0, 10, 0)], (2.0, 11, 1)),
            ([(1.0, 10, 5), (2.0, 99, 1)], (1.0, 10, 5)),
            ([(1.0, 10, 1), (2.0, 9, 1)], (1.0, 10, 1)),
            ([(1.0, 10, 1), (2.0, 10, 1)], (2.0, 10, 1)),
            ([(2.0, 10, 1), (1.0, 10, 1)], (2.0, 10, 1)),
            ([(math.nan, 10, 1), (1.0, 10, 1)], (1.0, 10, 1)),
            ([(1.0, 10, 1), (math.nan, 10, 1)], (1.0, 10, 1)),
            ([(math.inf, 10, 1), (1.0, 10, 1)], (math.inf, 10, 1)),
            ([(5.0, 10, -3), (6.0, 10, -4)], (5.0, 10, -3)),
        ],
    )
    @pytest.mark.parametrize("together", [True, False])
    def test_the_latest_has_the_highest_step_then_timestamp_then_value(self, store, run_id, points, latest, together):
        metrics = [Metric("m", *point) for point in points]
        for batch in [metrics] if together else [[metric] for metric in metrics]:
            store.log_batch(run_id, metrics=batch)
        assert data_of(store, run_id).latest_metrics == (Metric("m", *latest),)

    @pytest.mark.parametrize(
        "value",
        [
            math.inf,
            -math.inf,
            0.0,
            0.1 + 0.2,
            5e-324,
            -5e-324,
            1.7976931348623157e308,
            2.2250738585072014e-308,
            1 / 3,
            -1e22,
            123456789.123456789,
        ],
    )
    def test_every_float_comes_back_exactly(self, store, run_id, value):
        store.log_metric(run_id, Metric("m", value, 1, 0))
        assert data_of(store, run_id).metrics == {"m": value}
        assert store.metric_series(run_id, "m").value.tolist() == [value]
        assert store.search_runs([store.get_run(run_id).info.experiment_id])[0].data.metrics == {"m": value}

    def test_nan_is_a_value(self, store, run_id):
        store.log_metric(run_id, Metric("m", math.nan, 7, 3))
        (latest,) = data_of(store, run_id).latest_metrics
        assert math.isnan(latest.value)
        assert (latest.timestamp, latest.step) == (7, 3)
        assert np.isnan(store.metric_series(run_id, "m").value).tolist() == [True]

    def test_a_newer_nan_is_the_latest(self, store, run_id):
        store.log_metric(run_id, Metric("m", 1.0, 1, 0))
        store.log_metric(run_id, Metric("m", math.nan, 2, 1))
        assert math.isnan(data_of(store, run_id).metrics["m"])

    def test_identical_points_are_kept_once(self, store, run_id):
        for _ in range(3):
            store.log_batch(
                run_id,
                metrics=[Metric("m", 1.0, 1, 0), Metric("m", math.nan, 1, 0), Metric("m", 1.0, 1, 0)],
            )
        store.log_metric(run_id, Metric("m", 1.0, 2, 0))
        series = store.metric_series(run_id, "m")
        assert series.timestamp.tolist() == [1, 1, 2]
        assert series.value[0] == series.value[2] == 1.0
        assert np.isnan(series.value[1])

    def test_a_series_is_ordered_by_step_timestamp_and_value(self, store, run_id):
        points = [(3.0, 5, 2), (1.0, 9, 1), (2.0, 5, 2), (4.0, 4, 2), (-1.0, 1, -7)]
        store.log_batch(run_id, metrics=[Metric("m", *point) for point in points])
        series = store.metric_series(run_id, "m")
        columns = zip(series.value.tolist(), series.timestamp.tolist(), series.step.tolist(), strict=True)
        assert list(columns) == [(-1.0, 1, -7), (1.0, 9, 1), (4.0, 4, 2), (2.0, 5, 2), (3.0, 5, 2)]
        assert (series.step.dtype, series.timestamp.dtype, series.value.dtype) == (np.int64, np.int64, np.float64)
        assert series.points()[1] == Metric("m", 1.0, 9, 1)

    def test_the_largest_steps_and_times(self, store, run_id):
        largest = 2**63 - 1
        store.log_batch(run_id, metrics=[Metric("m", 1.0, largest, largest), Metric("m", 2.0, 0, -largest - 1)])
        series = store.metric_series(run_id, "m")
        assert series.step.tolist() == [-largest - 1, largest]
        assert series.timestamp.tolist() == [0, largest]

    def test_an_unknown_key_gives_an_empty_series_and_an_unknown_run_an_error(self, store, run_id):
        assert len(store.metric_series(run_id, "nothing")) == 0
        with pytest.raises(ResourceDoesNotExistError):
            store.metric_series("f" * 32, "nothing")

    def test_thousands_of_points_over_many_batches(self, store, run_id):
        values = np.random.default_rng(7).normal(size=5000)
        for start in range(0, 5000, 1000):
            store.log_batch(
                run_id,
                metrics=[Metric("m", float(values[i]), 1000 + i, i) for i in range(start, start + 1000)],
            )
        series = store.metric_series(run_id, "m")
        assert series.step.tolist() == list(range(5000))
        assert series.value.tolist() == values.tolist()

    def test_a_number_as_text_is_that_number(self, store, run_id):
        store.log_batch(run_id, [Metric("m", "0.5", 1, 0), Metric("n", "1e-3", 1, 0)])
        assert data_of(store, run_id).metrics == {"m": 0.5, "n": 0.001}

    @pytest.mark.parametrize("value", ["0.5 s", None, [1], "", 1j, b"1"])
    def test_what_is_no_number_is_refused(self, store, run_id, value):
        with pytest.raises(InvalidParameterError, match="m"):
            store.log_metric(run_id, Metric("m", value, 1, 0))
        assert data_of(store, run_id).metrics == {}


class TestBatch:
    def test_a_batch_with_one_bad_entry_logs_nothing(self, store, run_id):
        store.log_param(run_id, Param("fixed", "1"))
        good = {"metrics": [Metric("m", 1.0, 1, 0)], "params": [Param("p", "1")], "tags": [RunTag("t", "1")]}
        bad = [
            {**good, "metrics": [*good["metrics"], Metric("../m", 1.0, 1, 0)]},
            {**good, "metrics": [*good["metrics"], Metric("m", "x", 1, 0)]},
            {**good, "metrics": [*good["metrics"], Metric("m", 1.0, -1, 0)]},
            {**good, "metrics": [*good["metrics"], Metric("m", 1.0, 1, 2**63)]},
            {**good, "params": [*good["params"], Param("fixed", "2")]},
            {**good, "params": [*good["params"], Param("", "2")]},
            {**good, "tags": [*good["tags"], RunTag("a//b", "2")]},
            {**good, "tags": [*good["tags"], RunTag("t2", "x" * 8001)]},
        ]
        for batch in bad:
            with pytest.raises(InvalidParameterError):
                store.log_batch(run_id, **batch)
            data = data_of(store, run_id)
            assert (data.metrics, data.params, set(data.tags)) == ({}, {"fixed": "1"}, {"mlflow.runName"})

    def test_counts(self, store, run_id):
        metrics = [Metric("m", 1.0, 1, step) for step in range(1001)]
        params = [Param(f"p{i}", "1") for i in range(101)]
        tags = [RunTag(f"t{i}", "1") for i in range(101)]
        for batch in ({"metrics": metrics}, {"params": params}, {"tags": tags}):
            with pytest.raises(InvalidParameterError, match="at most"):
                store.log_batch(run_id, **batch)
        with pytest.raises(InvalidParameterError, match="1000"):
            store.log_batch(run_id, metrics=metrics[:950], params=params[:51])
        store.log_batch(run_id, metrics=metrics[:800], params=params[:100], tags=tags[:100])
        assert len(store.metric_series(run_id, "m")) == 800

    def test_an_empty_batch_is_fine(self, store, run_id):
        store.log_batch(run_id)

    def test_an_unknown_run_is_an_error(self, store):
        with pytest.raises(ResourceDoesNotExistError):
            store.log_batch("f" * 32, params=[Param("a", "b")])

    def test_an_ended_run_still_takes_values(self, store, run_id):
        store.update_run(run_id, status="FINISHED", end_time=1_800_000_000_000)
        store.log_batch(run_id, [Metric("m", 1.0, 1, 0)], [Param("p", "1")], [RunTag("t", "1")])
        run = store.get_run(run_id)
        assert (run.data.metrics, run.data.params, run.data.tags["t"]) == ({"m": 1.0}, {"p": "1"}, "1")
        assert run.info.status == "FINISHED"

    @pytest.mark.parametrize(
        "key", ["a b", "a/b", "a.b", "a-b", "a:b", "ä_9", "x" * 250, "5", ".hidden", "train/loss epoch-1.0"]
    )
    def test_keys_that_are_allowed(self, store, run_id, key):
        store.log_batch(run_id, [Metric(key, 1.0, 1, 0)], [Param(key, "1")], [RunTag(key, "1")])
        data = data_of(store, run_id)
        assert (data.metrics[key], data.params[key], data.tags[key]) == (1.0, "1", "1")

    @pytest.mark.parametrize("key", ["", "/a", "a/", "../a", "a/../b", "a//b", ".", "..", "a\nb", "a;b", "x" * 251, 5])
    def test_keys_that_are_not(self, store, run_id, key):
        for batch in ([Metric(key, 1.0, 1, 0)], [], []), ([], [Param(key, "1")], []), ([], [], [RunTag(key, "1")]):
            with pytest.raises(InvalidParameterError, match="key"):
                store.log_batch(run_id, *batch)

    def test_a_second_opening_sees_it_at_once(self, opened, store, run_id):
        store.log_batch(run_id, [Metric("m", 1.0, 1, 0)], [Param("p", "1")])
        assert opened().get_run(run_id).data.metrics == {"m": 1.0}

    def test_many_threads_one_run(self, store, run_id):
        def log(worker):
            for step in range(20):
                store.log_batch(
                    run_id,
                    [Metric("shared", worker, step, step), Metric(f"own{worker}", step, step, step)],
                    tags=[RunTag(f"t{worker}", str(step))],
                )

        run_all([lambda worker=worker: log(worker) for worker in range(6)])
        data = data_of(store, run_id)
        assert len(store.metric_series(run_id, "shared")) == 120
        assert data.metrics == {"shared": 5.0, **{f"own{worker}": 19.0 for worker in range(6)}}
        assert {data.tags[f"t{worker}"] for worker in range(6)} == {"19"}


class TestWriter:
    def test_reading_sees_what_a_log_call_returned_from(self, store, experiment, run_id):
        writer = store.writer(run_id)
        for step in range(100):
            writer.log_metric("loss", 1 / (step + 1), step=step)
        writer.log_params({"lr": 0.1})
        writer.set_tags({"team": "growth"})
        assert data_of(store, run_id).metrics == {"loss": 0.01}
        assert data_of(store, run_id).params == {"lr": "0.1"}
        assert store.count_runs([experiment], "metrics.loss <= 0.01 AND tags.team = 'growth'") == 1
        assert len(store.metric_series(run_id, "loss")) == 100

    def test_there_is_one_per_run(self, store, run_id):
        assert store.writer(run_id) is store.writer(run_id)

    def test_end_sets_status_and_time_with_the_last_values(self, opened, store, run_id):
        writer = store.writer(run_id, owner=True)
        writer.log_metric("loss", 0.5, step=1)
        writer.end("FAILED", 1_800_000_000_000)
        run = opened().get_run(run_id)
        assert (run.info.status, run.info.end_time) == ("FAILED", 1_800_000_000_000)
        assert run.data.metrics == {"loss": 0.5}

    def test_a_changed_param_raises_at_once(self, store, run_id):
        writer = store.writer(run_id)
        writer.log_params({"lr": 0.1})
        with pytest.raises(InvalidParameterError, match="lr"):
            writer.log_params({"lr": 0.2})

    def test_an_unknown_or_deleted_run_has_none(self, store, run_id):
        with pytest.raises(ResourceDoesNotExistError):
            store.writer("f" * 32)
        store.delete_run(run_id)
        with pytest.raises(InvalidParameterError, match="active"):
            store.writer(run_id)

    def test_a_series_in_one_call(self, store, run_id):
        values = np.arange(3000.0)
        store.writer(run_id).log_series("curve", values)
        series = store.metric_series(run_id, "curve")
        assert series.value.tolist() == values.tolist()
        assert series.step.tolist() == list(range(3000))


def run_all(functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
