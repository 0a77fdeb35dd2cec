"""A page as columns says what the same page of runs says."""

import math

import pytest

from jupyter_tracker.entities import RunColumns

SEPARATOR = "\x1f"


def said(columns):
    """Return what columns say as text, in which NaN equals itself; the order of keys does not matter."""
    kinds = {kind: sorted(getattr(columns, kind).items()) for kind in ("metrics", "params", "tags")}
    return repr((columns.run_id, columns.experiment_id, columns.status, columns.artifact_uri, kinds)) + repr(
        (columns.start_time, columns.end_time)
    )


@pytest.fixture
def pages(store, experiment):
    """Return all pages of a search, joined, as columns and, from whole runs, as the test makes them."""

    def read(size=1000, order_by=None, filter_string=""):
        columns, runs, token = RunColumns(), [], None
        while True:
            some, token = store.search_run_columns([experiment], filter_string, 1, size, order_by, token)
            columns.extend(some)
            if token is None:
                break
        while True:
            page = store.search_runs([experiment], filter_string, 1, size, order_by, token)
            runs += page
            token = page.token
            if token is None:
                return said(columns), said(RunColumns.of(runs))

    return read


class TestSameAsRuns:
    def test_all_runs_with_the_same_keys(self, new_run, pages):
        for number in range(5):
            new_run(f"run-{number}", metrics={"f1": number / 7, "auc": 1e300}, params={"lr": "0.1", "n": str(number)})
        columns, runs = pages()
        assert columns == runs
        assert "0.14285714285714285" in columns

    def test_runs_with_different_keys(self, new_run, pages, store):
        new_run("a", metrics={"f1": math.nan, "auc": math.inf}, params={"z": "", "a": "[1, 2]"}, tags={"x": "é\n"})
        store.update_run(new_run("b", metrics={"f1": -math.inf}, params={"m": "1"}), status="FAILED", end_time=2)
        new_run("c", params={"a": "null"})
        new_run("d", metrics={"f1": 0.1 + 0.2})
        columns, runs = pages()
        assert columns == runs
        for size in (1, 2, 3, 4):
            assert pages(size) == (columns, runs)

    def test_parts_of_a_metrics_order(self, new_run, pages):
        for name, value in (("a", 1.0), ("b", None), ("c", math.nan), ("d", 3.0), ("e", None)):
            new_run(name, metrics={} if value is None else {"f1": value}, params={"only": name} if name > "b" else {})
        for size in (1, 2, 4, 10):
            columns, runs = pages(size, ["metrics.f1 DESC"])
            assert columns == runs

    @pytest.mark.parametrize(
        "params", [{"a": f"1{SEPARATOR}2", "b": "3"}, {"a": SEPARATOR}, {"a": f"{SEPARATOR}{SEPARATOR}", "b": ""}]
    )
    def test_values_with_the_sign_that_stands_between_them(self, new_run, pages, params):
        new_run("a", params=params)
        new_run("b", params=params)
        columns, runs = pages()
        assert columns == runs
        assert "\\x1f" in columns

    def test_nothing_found(self, new_run, pages):
        new_run("a")
        columns, runs = pages(filter_string="params.gone = '1'")
        assert columns == runs == said(RunColumns())

    def test_a_key_of_the_next_pages_run_alone_is_no_column(self, store, experiment, new_run):
        new_run("old", params={"rare": "1"})
        new_run("new", params={"lr": "1"})
        columns, token = store.search_run_columns([experiment], "", 1, 1)
        assert token
        assert columns.params == {"lr": ["1"]}
