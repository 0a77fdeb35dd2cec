import pytest
from hypothesis import given, settings

from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.search.writing import write_filter, write_order
from tests.unit.search.trees import clauses, orders, trees


@settings(derandomize=True, deadline=None, max_examples=400)
@given(trees(clauses()))
def test_what_is_written_is_read_as_the_same_tree(tree):
    assert parse_filter(write_filter(tree), fields.RUNS) == tree


@settings(derandomize=True, deadline=None, max_examples=200)
@given(orders())
def test_so_are_sort_keys(orderings):
    assert parse_order([write_order(ordering) for ordering in orderings], fields.RUNS) == orderings


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("metric.f1>.5", "metrics.f1 > 0.5"),
        (
            "metrics.x = 1 or not (status = 'it''s' and ((tag.`a b` is null)))",
            "metrics.x = 1 OR NOT (attributes.status = 'it''s' AND tags.`a b` IS NULL)",
        ),
        ("metrics.a=1 and metrics.b=2 or metrics.c=3", "(metrics.a = 1 AND metrics.b = 2) OR metrics.c = 3"),
        ("not status='x'", "NOT attributes.status = 'x'"),
        ('tags."a`b" in ("x", \'y\')', "tags.\"a`b\" IN ('x', 'y')"),
        ("created > now - 7d", "attributes.start_time > now - 604800000ms"),
        ("duration between 1.5h and 2d", "attributes.duration BETWEEN 5400000 AND 172800000"),
        ("end_time > '1970-01-02'", "attributes.end_time > 86400000"),
    ],
)
def test_one_spelling(text, written):
    assert write_filter(parse_filter(text, fields.RUNS)) == written
