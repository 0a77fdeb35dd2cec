import pytest

from jupyter_tracker.entities import Metric, Param
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.views.filter_completion import filter_completion_view


def offered(store, text, position=None):
    view = filter_completion_view(store, text, len(text) if position is None else position)
    return [item.text.strip() for item in view.items]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", "metrics.f1"),
        ("f", "metrics.f1"),
        ("F1", "metrics.f1"),
        ("metrics.", "metrics.f1"),
        ("params.m", "params.model"),
        ("mod", "params.model"),
        ("stat", "status"),
        ("(metrics.f1 > 0.5 or dep", "params.depth"),
        ("metrics.f1 > 0.5 AND not se", "params.seed"),
        ("status = ", "'FAILED'"),
        ("status != ", "'FAILED'"),
        ("status IN (", "'FAILED'"),
        ("status IN ('FAILED', ", "'FAILED'"),
        ("metrics.f1 ", "="),
        ("params.model L", "LIKE"),
        ("NOT params.model ", "="),
        ("metrics.f1 > 0.5 ", "AND"),
        ("params.model = 'rf' ", "AND"),
        ("params.model = 'rf' o", "OR"),
        ("params.model IS NULL ", "AND"),
        ("params.model = 'r", "'rf'"),
        ('params.model = "r', "'rf'"),
        ("NOT params.`model` IN ('gb', 'R", "'rf'"),
        ("status = 'ru", "'RUNNING'"),
        ("lifecycle_stage = '", "'active'"),
        ("run_name != 'rf-b", "'rf-baseline'"),
    ],
)
def test_what_may_follow(store, text, first):
    assert offered(store, text)[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "metrics.f1 > ",
        "metrics.f1 > 0.5",
        "params.nothing = '",
        "metrics.f1 > '",
        "params.model = 'a and f",
        "params.model LIKE ",
        "zzz",
    ],
)
def test_where_nobody_can_know_nothing_is_offered(store, text):
    assert offered(store, text) == []


def test_it_completes_at_the_cursor(store):
    view = filter_completion_view(store, "metrics.f AND status = 'FAILED'", len("metrics.f"))
    assert (view.start, view.end) == (0, 9)
    assert [item.text for item in view.items] == ["metrics.f1"]


def test_keys_with_blanks_are_offered_in_quotes_and_found_without(seeded, store):
    store.log_batch(seeded.forest, metrics=[Metric("val/top 5", 0.9, 1, 0)])
    assert offered(store, "top") == ["metrics.`val/top 5`"]
    assert offered(store, "metrics.`val/t") == ["metrics.`val/top 5`"]
    assert offered(store, "metrics.val/t") == ["metrics.`val/top 5`"]


def test_what_is_offered_can_be_read(store):
    for text in offered(store, ""):
        parse_filter(f"{text} IS NOT NULL", fields.RUNS)
    for operator in offered(store, "metrics.f1 "):
        rest = {"IN (": "1)", "BETWEEN": "1 AND 2", "LIKE": None, "ILIKE": None, "IS NULL": "", "IS NOT NULL": ""}
        if (value := rest.get(operator, "1")) is not None:
            parse_filter(f"metrics.f1 {operator} {value}", fields.RUNS)


def test_a_value_takes_the_place_of_its_quotes(store):
    view = filter_completion_view(store, "status = 'FI' AND params.depth = '3'", len("status = 'FI"))
    assert (view.start, view.end) == (9, 13)
    assert [item.text for item in view.items] == ["'FINISHED'"]
    assert filter_completion_view(store, "status = 'FINISHED'", len("status = 'FINISHED")).items == []


def test_values_that_nobody_types_are_left_out(seeded, store):
    values = ["it's", "two\nlines", "x" * 81, ""]
    for experiment_run, value in zip((seeded.forest, *[None] * 3), values, strict=True):
        run = experiment_run or store.create_run(seeded.experiment).info.run_id
        store.log_batch(run, params=[Param("text", value)])
    assert offered(store, "params.text = '") == ["'it''s'"]
