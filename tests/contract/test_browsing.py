"""What tables of runs ask a store for."""

import math

import pytest

from jupyter_tracker.entities import ViewType
from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.store.browsing import RunKeys


@pytest.fixture
def four(store, new_run):
    """Make four runs: a is the oldest; d has neither metric nor param."""
    return {
        "a": new_run("a", metrics={"f1": 0.1, "val/acc": 1.0}, params={"n": "200"}, tags={"team": "x", "b c": "d"}),
        "b": new_run("b", metrics={"f1": math.nan}, params={"n": "30"}),
        "c": new_run("c", metrics={"f1": -math.inf}, params={"n": "5"}),
        "d": new_run("d"),
    }


def names(runs):
    return [run.info.run_name for run in runs]


def test_rows_have_the_keys_that_were_asked_for(store, experiment, four):
    keys = RunKeys(metrics=("f1", "gone"), params=("n",), tags=("b c",))
    rows = store.search_run_rows([experiment], order_by=["start_time"], keys=keys)
    assert names(rows) == ["a", "b", "c", "d"]
    assert rows[0].data.metrics == {"f1": 0.1}
    assert math.isnan(rows[1].data.metrics["f1"])
    assert rows[2].data.metrics == {"f1": -math.inf}
    assert rows[0].data.params == {"n": "200"}
    assert rows[0].data.tags == {"b c": "d"}
    assert rows[3].data.params == {}
    assert rows[0].info == store.get_run(four["a"]).info


def test_rows_without_a_choice_of_keys_have_all(store, experiment, four):
    (row,) = store.search_run_rows([experiment], "run_name = 'a'")
    assert row == store.get_run(four["a"])
    (bare,) = store.search_run_rows([experiment], "run_name = 'a'", keys=RunKeys())
    assert (bare.data.metrics, bare.data.params, bare.data.tags) == ({}, {}, {})


@pytest.mark.parametrize("order", [None, "metrics.f1 DESC", "params.n ASC", "duration", "tags.team DESC"])
@pytest.mark.parametrize(
    "filter_string", ["", "params.n != '30'", "metrics.f1 < 1 OR tags.team = 'x'", "params.n = 'q'"]
)
def test_the_order_is_that_of_a_search(store, experiment, four, order, filter_string):
    orders = None if order is None else [order]
    numbers = store.search_run_order([experiment], filter_string, order_by=orders)
    found = names(store.search_runs([experiment], filter_string, order_by=orders))
    assert names(store.run_rows(numbers, RunKeys())) == found
    for offset in range(len(found)):
        page = store.search_run_rows([experiment], filter_string, order_by=orders, offset=offset, max_results=2)
        assert names(page) == found[offset : offset + 2]


def test_rows_by_number_come_in_the_order_given_and_without_what_is_gone(store, experiment, four):
    newest, *_, oldest = store.search_run_order([experiment])
    rows = store.run_rows([oldest, 10**9, newest], RunKeys(metrics=("f1",)))
    assert names(rows) == ["a", "d"]
    assert rows[0].data.metrics == {"f1": 0.1}
    assert store.run_rows([], RunKeys()) == []


def test_values_of_all_runs(store, experiment, four):
    store.update_run(four["a"], status="FINISHED", end_time=1_700_000_000_500)
    fields = ["run_name", "metrics.f1", "params.n", "tags.`b c`", "duration", 'metrics."val/acc"']
    values = {row[0]: row[1:] for row in store.search_run_values([experiment], fields=fields)}
    assert values["a"] == (0.1, "200", "d", 500, 1.0)
    assert math.isnan(values["b"][0])
    assert values["b"][1:] == ("30", None, None, None)
    assert values["c"][0] == -math.inf
    assert values["d"] == (None, None, None, None, None)


def test_values_of_the_runs_that_match(store, experiment, four):
    store.delete_run(four["c"])
    assert store.search_run_values([experiment], "params.n IN ('5', '30')", fields=["run_name"]) == [("b",)]
    both = store.search_run_values([experiment], "params.n IN ('5', '30')", ViewType.ALL, ["run_name"])
    assert sorted(both) == [("b",), ("c",)]
    assert store.search_run_values([experiment], "params.n = 'none'", fields=["run_name", "metrics.f1"]) == []


def test_a_number_is_exact(store, experiment, new_run):
    new_run("x", metrics={"f1": 0.1 + 0.2})
    assert store.search_run_values([experiment], fields=["metrics.f1"]) == [(0.1 + 0.2,)]


@pytest.mark.parametrize("call", ["search_run_rows", "search_run_order", "search_run_values"])
def test_a_bad_filter_is_said(store, experiment, four, call):
    with pytest.raises(InvalidFilterError):
        getattr(store, call)([experiment], "metrics.f1 >")
