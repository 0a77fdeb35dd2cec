import pytest

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views.run_list import run_list_view


def names(view):
    return [run.name for run in view.runs]


def test_the_newest_come_first_and_the_rest_is_counted(seeded, store):
    view = run_list_view(store, [seeded.experiment], limit=2)
    assert (names(view), view.total) == (["long", "lr-0.1"], 3)
    assert run_list_view(store, [seeded.empty]).runs == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BASE", ["rf-baseline"]),
        ("lr-", ["lr-0.1"]),
        ("no such", []),
        ("it's", []),
        ("  ", ["long", "lr-0.1", "rf-baseline"]),
    ],
)
def test_a_text_is_looked_for_in_names(seeded, store, text, expected):
    assert names(run_list_view(store, text=text)) == expected


def test_an_id_is_found_by_its_start(seeded, store):
    assert names(run_list_view(store, text=seeded.failed[:10])) == ["lr-0.1"]


def test_all_lines_show_the_same_metric_where_they_have_it(seeded, store):
    shown = {run.name: (run.metric, run.value) for run in run_list_view(store).runs}
    assert shown == {"long": ("f1", "-0.5356"), "lr-0.1": ("", ""), "rf-baseline": ("f1", "0.9500")}


@pytest.mark.parametrize("limit", [0, 101])
def test_the_limit_has_bounds(store, limit):
    with pytest.raises(InvalidParameterError, match="1 to 100"):
        run_list_view(store, limit=limit)


def test_of_metrics_that_all_have_the_one_is_shown_that_runs_are_judged_by(store):
    experiment = store.create_experiment("judged")
    for i in range(2):
        run = store.create_run(experiment, run_name=f"run-{i}").info.run_id
        keys = ("epoch", "train/accuracy", "train/loss", "val/accuracy", "val/loss")
        store.log_batch(run, metrics=[Metric(key, 0.5, 1, 0) for key in keys])
    assert {run.metric for run in run_list_view(store, [experiment]).runs} == {"val/accuracy"}


def test_values_of_one_metric_have_one_count_of_digits(store):
    experiment = store.create_experiment("digits")
    for value in (0.95, 0.9833, 1.0):
        run = store.create_run(experiment, run_name=str(value), start_time=1)
        store.log_batch(run.info.run_id, metrics=[Metric("f1", value, 1, 0)])
    shown = {run.name: run.value for run in run_list_view(store, [experiment]).runs}
    assert shown == {"0.95": "0.9500", "0.9833": "0.9833", "1.0": "1.0000"}
