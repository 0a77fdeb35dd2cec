from hypothesis import given as for_all

from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.tree import at_moment
from jupyter_tracker.store.sql import open_sqlite, run_search
from jupyter_tracker.store.sql.given import put_back, taken_out
from tests.unit.store.sql import random_searches


@for_all(tree=random_searches.SEARCHES["tree"])
def test_what_is_taken_out_can_be_put_back(tree):
    values, tree = {}, at_moment(tree, random_searches.START)
    assert put_back(taken_out(tree, values), values) == tree


def test_filters_that_differ_in_their_values_have_one_form():
    def form(text):
        return taken_out(parse_filter(text, fields.RUNS, dict), {})

    assert form("metrics.f1 > 0.8 and tags.team in ('a', 'b')") == form("metrics.f1 > 0.9 and tags.team in ('c')")
    assert form("metrics.loss between 1.5 and 2.5") == form("metrics.loss between 0.5 and 0.6")
    assert form("params.n = '1'") != form("params.n = 1")  # a text, and a number that it looks like
    assert form("params.n = '1'") != form("params.m = '1'")


def test_another_value_needs_no_new_statement(tmp_path):
    store = open_sqlite(tmp_path / "tracker.db")
    run_search._statement.cache_clear()

    def find(value):
        store.search_runs(
            ["0"], f"metrics.f1 > {value} or start_time < {int(value * 10)}", order_by=["metrics.f1 DESC"]
        )
        return run_search._statement.cache_info().misses

    first = find(0.5)
    assert first > 0
    assert {find(0.5 + i / 100) for i in range(5)} == {first}
    store.close()
