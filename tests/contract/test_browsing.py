"""What tables of runs ask a store for."""

import math

import pytest

from jupyter_tracker.entities import ViewType
from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.store.browsing import KeyUse, RunKeys, RunKeyUses, ValueStats


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


def groups_of(store, experiment, filter_string="", view=ViewType.ACTIVE_ONLY, by="params.model", near=0.0):
    found = store.search_run_groups([experiment], filter_string, view, by, {"metrics.f1": near})
    assert (found is None) is (store.uri.partition(":")[0] != "sqlite")
    return {} if found is None else {group.value: (group.runs, *group.stats) for group in found}


def test_runs_are_grouped_where_they_lie(store, experiment, new_run):
    for name, model, f1 in (("a", "rf", 0.5), ("b", "rf", 0.75), ("c", "lr", math.nan), ("d", None, 0.25)):
        new_run(name, metrics={"f1": f1}, params={} if model is None else {"model": model})
    new_run("e", params={"model": "rf"})
    if (found := groups_of(store, experiment)) == {}:
        return  # such a store says so, and its values are fetched
    (runs, stats) = found["rf"]
    assert (runs, stats.count, stats.mean) == (3, 2, 0.625)
    assert stats.std == pytest.approx(0.125 * math.sqrt(2))
    assert found["lr"] == (1, None)
    assert found[None] == (1, ValueStats(1, 0.25, None))
    assert groups_of(store, experiment, "metrics.f1 > 0.6") == {"rf": (1, ValueStats(1, 0.75, None))}
    assert groups_of(store, experiment, "run_name IN ('a', 'd')", by="status").keys() == {"RUNNING"}
    assert groups_of(store, experiment, "params.model = 'none'") == {}


def test_groups_whose_digits_would_be_lost_are_not_answered(store, experiment, new_run):
    for name, f1 in (("a", 1e9 + 1), ("b", 1e9 + 2), ("c", 1e9 + 4)):
        new_run(name, metrics={"f1": f1}, params={"model": "rf"})
    asked = {"metrics.f1": 0.0}
    assert store.search_run_groups([experiment], group_by="params.model", metrics=asked) is None
    found = groups_of(store, experiment, near=1e9)
    if found:
        assert found["rf"][1].std == pytest.approx(math.sqrt(7 / 3), rel=1e-12)
    new_run("d", metrics={"f1": math.inf}, params={"model": "rf"})
    assert store.search_run_groups([experiment], group_by="params.model", metrics={"metrics.f1": 1e9}) is None


def test_what_runs_have_logged_is_counted(store, experiment, four):
    uses = store.search_run_keys([experiment], order_by=["start_time"])
    assert uses.runs == 4
    assert uses.metrics == (KeyUse("f1", 3, varies=True), KeyUse("val/acc", 1, varies=False))
    assert uses.params == (KeyUse("n", 3, varies=True),)
    assert [use for use in uses.tags if use.key in {"team", "b c"}] == [
        KeyUse("b c", 1, False),
        KeyUse("team", 1, False),
    ]
    first = store.search_run_keys([experiment], "run_name != 'b'", max_results=2, order_by=["start_time"])
    assert (first.runs, first.metrics) == (2, (KeyUse("f1", 2, varies=True), KeyUse("val/acc", 1, varies=False)))
    assert first.params == (KeyUse("n", 2, varies=True),)
    assert store.search_run_keys([experiment], "run_name = 'none'") == RunKeyUses(0)


def test_a_value_that_all_have_does_not_vary(store, experiment, new_run):
    new_run("one", metrics={"same": 1.0, "nan": math.nan}, params={"same": "x"})
    new_run("two", metrics={"same": 1.0, "nan": math.nan}, params={"same": "x"})
    uses = store.search_run_keys([experiment])
    assert uses.metrics == (KeyUse("nan", 2, varies=False), KeyUse("same", 2, varies=False))
    assert uses.params == (KeyUse("same", 2, varies=False),)
    # Runs that lack the key by which they are sorted are the last ones.
    new_run("three", metrics={"other": 2.0})
    assert store.search_run_keys([experiment], max_results=1, order_by=["metrics.other"]).metrics == (
        KeyUse("other", 1, varies=False),
    )


@pytest.mark.parametrize(
    "call", ["search_run_rows", "search_run_keys", "search_run_order", "search_run_values", "search_run_groups"]
)
def test_a_bad_filter_is_said(store, experiment, four, call):
    with pytest.raises(InvalidFilterError):
        getattr(store, call)([experiment], "metrics.f1 >")
