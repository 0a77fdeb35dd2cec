"""Searching runs, and the history of a metric."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jupyter_tracker as tracker
from jupyter_tracker.entities import ViewType
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError


@pytest.fixture
def runs():
    """Four runs of experiment `churn`, `f1` from 0.6 to 0.9, and one of `other`."""
    tracker.set_experiment("other")
    with tracker.start_run(run_name="elsewhere"):
        tracker.log_metric("f1", 1.0)
    tracker.set_experiment("churn")
    found = []
    for number in range(4):
        with tracker.start_run(run_name=f"run-{number}") as run:
            tracker.log_metric("f1", 0.6 + number / 10)
            tracker.log_param("depth", number)
            if number == 3:
                tracker.log_metric("extra", 1)
                tracker.log_param("extra", "yes")
                tracker.set_tag("extra", "yes")
        found.append(run)
    return found


def names(**arguments):
    return [run.info.run_name for run in tracker.search_runs(output_format="list", **arguments)]


def test_the_columns_and_dtypes_of_the_frame(runs):
    frame = tracker.search_runs(order_by=["metrics.f1 DESC"])
    info = ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"]
    assert list(frame.columns[:6]) == info
    kinds = [name.partition(".")[0] for name in frame.columns[6:]]
    assert kinds == sorted(kinds, key=["metrics", "params", "tags"].index)
    assert str(frame["start_time"].dtype) == str(frame["end_time"].dtype) == "datetime64[ns, UTC]"
    # Text is what the installed pandas makes of it: `str` from version 3 on. (The oldest is tested, too.)
    text = "str" if pd.__version__ >= "3" else "object"
    for name in ("run_id", "experiment_id", "status", "artifact_uri", "params.extra", "tags.extra"):
        assert str(frame[name].dtype) == text, name
    assert frame["metrics.f1"].dtype == frame["metrics.extra"].dtype == np.float64
    assert frame["metrics.f1"].round(1).tolist() == [0.9, 0.8, 0.7, 0.6]
    assert frame["metrics.extra"].isna().tolist() == [False, True, True, True]
    assert frame["params.depth"].tolist() == ["3", "2", "1", "0"]
    assert frame["params.extra"].notna().tolist() == [True, False, False, False]
    assert frame["tags.extra"].iloc[0] == "yes"
    assert pd.isna(frame["tags.extra"].iloc[1])
    assert frame["status"].tolist() == ["FINISHED"] * 4
    assert frame.iloc[0].run_id == runs[3].info.run_id
    assert frame.iloc[0]["start_time"] == pd.Timestamp(runs[3].info.start_time, unit="ms", tz="UTC")


def test_an_empty_frame_has_its_columns():
    frame = tracker.search_runs()
    assert list(frame.columns) == ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"]
    assert str(frame["start_time"].dtype) == "datetime64[ns, UTC]"


def test_a_start_in_nanoseconds_hides_no_other_run(runs):
    tracker.TrackerClient().create_run(
        runs[0].info.experiment_id, start_time=1_795_929_109_480_872_342, run_name="in nanoseconds"
    )
    frame = tracker.search_runs()
    assert len(frame) == len(runs) + 1
    assert str(frame["start_time"].dtype) == "datetime64[ns, UTC]"
    assert frame["start_time"].isna().sum() == 1


def test_a_running_run_has_no_end():
    with tracker.start_run():
        frame = tracker.search_runs()
    assert frame["end_time"].isna().tolist() == [True]


def test_the_search_of_the_deep_dive(runs):
    frame = tracker.search_runs(
        experiment_names=["churn"],
        filter_string="metrics.f1 > 0.75 AND params.depth = '3'",
        order_by=["metrics.f1 DESC"],
        max_results=10,
    )
    assert frame[["run_id", "params.depth"]].to_numpy().tolist() == [[runs[3].info.run_id, "3"]]


def test_where_it_looks(runs):
    churn = tracker.get_experiment_by_name("churn").experiment_id
    other = tracker.get_experiment_by_name("other").experiment_id
    assert sorted(names()) == ["run-0", "run-1", "run-2", "run-3"]
    assert names(experiment_ids=[other]) == ["elsewhere"]
    assert names(experiment_ids=[int(other)]) == ["elsewhere"]
    assert names(experiment_names=["other"]) == ["elsewhere"]
    assert len(names(experiment_ids=[churn, other])) == len(names(search_all_experiments=True)) == 5
    with pytest.raises(InvalidParameterError):
        names(experiment_ids=[churn], experiment_names=["other"])


def test_a_name_that_is_no_experiment_is_warned_of(monkeypatch, runs):
    monkeypatch.setattr("jupyter_tracker.errors._told", set())
    with pytest.warns(tracker.TrackerWarning, match="no experiment 'nothing'"):
        assert names(experiment_names=["nothing"]) == []


def test_order_limit_and_view(runs):
    assert names(order_by=["params.depth ASC"], max_results=2) == ["run-0", "run-1"]
    assert names(order_by=["metrics.f1 DESC"], max_results=1) == ["run-3"]
    assert names(max_results=0) == []
    tracker.delete_run(runs[0].info.run_id)
    assert names(run_view_type=ViewType.DELETED_ONLY) == ["run-0"]
    assert len(names(run_view_type=ViewType.ALL)) == 4
    with pytest.raises(InvalidParameterError):
        names(max_results=-1)


def test_all_pages_are_fetched(monkeypatch, runs):
    monkeypatch.setattr("jupyter_tracker.tracking.search._PAGE", 3)
    assert names(order_by=["metrics.f1 ASC"]) == ["run-0", "run-1", "run-2", "run-3"]


def test_a_filter_that_cannot_be_read(runs):
    with pytest.raises(InvalidFilterError):
        names(filter_string="metrics.f1 >>> 3")
    with pytest.raises(InvalidParameterError, match="output format"):
        tracker.search_runs(output_format="csv")


def test_the_history_of_a_metric():
    with tracker.start_run() as run:
        for step in (2, 0, 1):
            tracker.log_metric("loss", step / 2, step=step, timestamp=1_700_000_000_000 + step)
        frame = tracker.metric_history(run.info.run_id, "loss")
    assert list(frame.columns) == ["step", "timestamp", "value"]
    assert [str(dtype) for dtype in frame.dtypes] == ["int64", "int64", "float64"]
    assert frame.to_numpy().tolist() == [[step, 1_700_000_000_000 + step, step / 2] for step in range(3)]
    arrays = tracker.metric_history(run.info.run_id, "loss", output_format="numpy")
    assert {key: array.dtype for key, array in arrays.items()} == {
        "step": np.int64,
        "timestamp": np.int64,
        "value": np.float64,
    }
    assert tracker.metric_history(run.info.run_id, "nothing").empty
    with pytest.raises(InvalidParameterError, match="output format"):
        tracker.metric_history(run.info.run_id, "loss", output_format="list")


def test_columns_of_a_kind_come_by_key():
    for metrics in ({"z": 1, "a": 2}, {"m": 3, "a": 4}, {"b": 5}):
        with tracker.start_run():
            tracker.log_metrics(metrics)
            tracker.log_params({f"{key}1": 0 for key in metrics})
    names = list(tracker.search_runs(max_results=3).columns)
    assert [name for name in names if name.startswith("metrics.")] == [f"metrics.{key}" for key in "abmz"]
    assert [name for name in names if name.startswith("params.")] == [f"params.{key}1" for key in "abmz"]


@pytest.mark.parametrize(
    ("search", "hint"),
    [
        (lambda filter_: tracker.search_runs(filter_string=filter_), "No run has the status 'READ'"),
        (lambda filter_: tracker.TrackerClient().search_runs(["0"], filter_), "No run has the status 'READ'"),
        (
            lambda filter_: tracker.search_logged_models(filter_string=filter_),
            "No logged model has the status 'READ'. Did you mean 'READY'?",
        ),
        (
            lambda _: tracker.search_model_versions(filter_string="stage = 'Prod'"),
            "No model version has the current_stage 'Prod'",
        ),
        (
            lambda _: tracker.search_experiments(filter_string="lifecycle_stage = 'x'"),
            "No experiment has the lifecycle_stage 'x'. There are active, deleted.",
        ),
    ],
)
def test_a_status_that_does_not_exist_finds_nothing_and_is_told_each_time(search, hint):
    for _ in range(2):
        with pytest.warns(tracker.TrackerWarning, match=re.escape(hint)) as told:
            assert len(search("status = 'READ'")) == 0
        assert [Path(warning.filename).name for warning in told] == [Path(__file__).name]
