import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.search.tree import And, Comparison, Name, Ordering, Presence


def comparison(entity, key, operator, value):
    return Comparison(Name(entity, key), operator, value)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And()),
        (None, And()),
        ("metrics.f1 > 0.85", comparison("metric", "f1", ">", 0.85)),
        ("metrics.f1 > 1", comparison("metric", "f1", ">", 1)),
        ("metrics.f1 > -1e-1", comparison("metric", "f1", ">", -0.1)),
        ("metrics.f1 > +.5", comparison("metric", "f1", ">", 0.5)),
        ("metrics.f1 > 1.", comparison("metric", "f1", ">", 1.0)),
        ("metrics.a.b.c <= 2", comparison("metric", "a.b.c", "<=", 2)),
        ("metrics.5 = 2", comparison("metric", "5", "=", 2)),
        ("metrics.`a b/c-d` != 2", comparison("metric", "a b/c-d", "!=", 2)),
        ('metrics."a b" != 2', comparison("metric", "a b", "!=", 2)),
        ("`metrics`.`a` = 2", comparison("metric", "a", "=", 2)),
        ("`metrics.a b` = 2", comparison("metric", "a b", "=", 2)),
        ("metrics.a.`b c` = 2", comparison("metric", "a.b c", "=", 2)),
        ("metrics . a = 2", comparison("metric", "a", "=", 2)),
        ("tags.mlflow.runName = 'x'", comparison("tag", "mlflow.runName", "=", "x")),
        ('parameters.n = "200"', comparison("param", "n", "=", "200")),
        ("params.n like 'a%'", comparison("param", "n", "LIKE", "a%")),
        ("params.n iLike 'a%'", comparison("param", "n", "ILIKE", "a%")),
        ("params.n IN ('a', \"b\")", comparison("param", "n", "IN", ("a", "b"))),
        ("params.n not in ('a')", comparison("param", "n", "NOT IN", ("a",))),
        ("params.n = 'it''s'", comparison("param", "n", "=", "it's")),
        ("params.n = ''", comparison("param", "n", "=", "")),
        ("status = 'RUNNING'", comparison("attribute", "status", "=", "RUNNING")),
        ("attr.Status = 'RUNNING'", comparison("attribute", "status", "=", "RUNNING")),
        ("`run name` = 'x'", comparison("attribute", "run_name", "=", "x")),
        ("created > 1700000000000", comparison("attribute", "start_time", ">", 1700000000000)),
        ("tags.a IS NULL", Presence(Name("tag", "a"), present=False)),
        ("tags.a is not null", Presence(Name("tag", "a"), present=True)),
        (
            "metrics.a > 1 and tags.b IS NULL\nAND\tstatus = 'x'",
            And(
                (
                    comparison("metric", "a", ">", 1),
                    Presence(Name("tag", "b"), present=False),
                    comparison("attribute", "status", "=", "x"),
                )
            ),
        ),
    ],
)
def test_trees(text, tree):
    assert parse_filter(text, fields.RUNS) == tree


def test_a_number_beyond_64_bits_becomes_a_float():
    assert parse_filter("metrics.a > 1" + "0" * 30, fields.RUNS) == comparison("metric", "a", ">", 1e30)
    assert parse_filter(f"metrics.a > {'9' * 5000}", fields.RUNS) == comparison("metric", "a", ">", float("inf"))


def test_an_error_far_inside_a_long_filter_shows_its_surroundings():
    text = " AND ".join(["params.a = 'x'"] * 50) + " AND statsu = 'x' AND " + " AND ".join(["params.a = 'x'"] * 50)
    with pytest.raises(InvalidFilterError) as caught:
        parse_filter(text, fields.RUNS)
    shown, caret = caught.value.message.splitlines()[-2:]
    assert text[caught.value.position :].startswith("statsu")
    assert shown[caret.index("^") :].startswith("statsu")
    assert len(shown) < 120


ALPHABET = "metricsparams.tf1 ='\"`()<>!,ANDORINLIKEULS0123456789eE+-;/\n\té"


@given(st.text(alphabet=st.sampled_from(ALPHABET), max_size=60))
def test_any_text_is_a_tree_or_an_error_that_points_inside(text):
    position = 0
    try:
        parse_filter(text, fields.RUNS)
    except InvalidFilterError as error:
        position = error.position
    assert 0 <= position <= len(text)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=80))
def test_any_value_can_be_written(value):
    for quote in ("'", '"'):
        written = quote + value.replace(quote, quote * 2) + quote
        assert parse_filter(f"params.a = {written}", fields.RUNS) == comparison("param", "a", "=", value)


@pytest.mark.parametrize(
    ("clause", "ordering"),
    [
        ("metrics.f1", Ordering(Name("metric", "f1"))),
        ("metrics.f1 ASC", Ordering(Name("metric", "f1"))),
        ("metrics.`a b` desc", Ordering(Name("metric", "a b"), ascending=False)),
        ("start_time DESC", Ordering(Name("attribute", "start_time"), ascending=False)),
        ("`metrics.f1` DESC", Ordering(Name("metric", "f1"), ascending=False)),
        ("attribute.Created", Ordering(Name("attribute", "start_time"))),
    ],
)
def test_orders(clause, ordering):
    assert parse_order([clause], fields.RUNS) == (ordering,)


def test_an_order_is_a_list_of_clauses():
    assert parse_order(None, fields.RUNS) == parse_order([], fields.RUNS) == ()
    with pytest.raises(InvalidFilterError, match="list of clauses"):
        parse_order("metrics.f1", fields.RUNS)


def test_what_is_no_text_is_refused():
    with pytest.raises(InvalidFilterError, match="a text is expected, not 3"):
        parse_filter(3, fields.RUNS)
    with pytest.raises(InvalidFilterError, match="clause None: a text is expected"):
        parse_order([None], fields.RUNS)


@pytest.mark.parametrize(("text", "says"), [("run_name = rf-1", "'rf-1'"), ("(params.model = svm.rbf)", "'svm.rbf'")])
def test_a_text_without_quotes_is_shown_with_them(text, says):
    with pytest.raises(InvalidFilterError, match=f"Write {says}"):
        parse_filter(text, fields.RUNS)
