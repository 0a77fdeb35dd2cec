import random

import pytest
import sqlalchemy as sa

from jupyter_tracker.search import fields
from jupyter_tracker.store.sql import constructs, fetching, filters, places
from jupyter_tracker.store.sql.engine import engine_of

PLACES = [
    (fields.RUNS, places.runs_of_store),
    (fields.EXPERIMENTS, places.EXPERIMENTS),
    (fields.REGISTERED_MODELS, places.REGISTERED_MODELS),
    (fields.MODEL_VERSIONS, places.MODEL_VERSIONS),
    (fields.LOGGED_MODELS, places.LOGGED_MODELS),
]


@pytest.mark.parametrize(("scope", "place"), PLACES, ids=[scope.noun for scope, _ in PLACES])
def test_every_field_has_a_place_and_every_place_a_field(scope, place, tmp_path):
    place = place(tmp_path) if callable(place) else place
    assert set(place.attributes) == set(scope.names())
    assert set(place.satellites) == set(scope.entities.values()) - {"attribute", "dataset"}


def test_every_scope_is_placed():
    assert [scope for scope, _ in PLACES] == list(fields.SCOPES)


@pytest.mark.parametrize(
    ("text", "pattern", "like", "ilike"),
    [
        ("abc", "a%", True, True),
        ("abc", "A%", False, True),
        ("abc", "_b_", True, True),
        ("abc", "b", False, False),
        ("a*c", "a*c", True, True),
        ("abc", "a*c", False, False),
        ("a[b]?", "a[b]?", True, True),
        ("a]b", "a]b", True, True),
        ("", "%", True, True),
        ("50%", "50%", True, True),
        ("a\nb", "a%b", True, True),
    ],
)
def test_like(text, pattern, like, ilike):
    with sa.create_engine("sqlite://").connect() as connection:
        for operator, expected in (("LIKE", like), ("ILIKE", ilike)):
            clause = filters.compare(sa.literal(text), operator, pattern)
            assert bool(connection.execute(sa.select(clause)).scalar()) is expected


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "mariadb", "sqlite"])
def test_every_construct_has_a_form_for_every_database(dialect):
    made = sa.engine.make_url(f"{dialect}://").get_dialect()()
    column = sa.column("value", sa.Text)
    functions = [constructs.ilike, constructs.json_mapping, constructs.exact]
    one = [constructs.number_in, constructs.has_scheme, constructs.dataset_context, constructs.json_list]
    one += [constructs.json_gathered, constructs.aside]
    for element in [constructs.like(column, "a%"), *(f(column, column) for f in functions), *(f(column) for f in one)]:
        assert "value" in str(element.compile(dialect=made))


def test_floats_survive_their_way_through_json(tmp_path):
    random.seed(3)
    values = [random.random() * 10 ** random.randint(-300, 300) for _ in range(2000)]
    values += [float("inf"), float("-inf"), 5e-324, 1.7976931348623157e308, 0.1, 0.0]
    engine = engine_of(tmp_path / "floats.db")
    table = sa.Table("t", sa.MetaData(), sa.Column("n", sa.Integer, primary_key=True), sa.Column("value", sa.Double))
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"n": n, "value": value} for n, value in enumerate(values)])
        connection.execute(sa.insert(table), {"n": len(values), "value": None})
        query = sa.select(constructs.exact(table.c.value)).order_by(table.c.n)
        found = [fetching.float_of(text) for (text,) in fetching.fetched(connection, query)]
    assert found[:-1] == values
    assert found[-1] != found[-1]
