"""Searches on a server that knows MLflow's words only find what a database finds, in the same order."""

import pytest
from hypothesis import given

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.search.fields import EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.mlflow_filter import say
from jupyter_tracker.search.writing import write_filter, write_order
from jupyter_tracker.store.rest.store import RestStore
from jupyter_tracker.store.sql import open_sqlite
from tests.in_process import InProcess
from tests.unit.store.sql.random_searches import RANDOM, SEARCHES, fill


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        served = open_sqlite(folder / "tracker.db")
        fill(served)
        way = InProcess(served)
        way.is_mlflow = True
        store = RestStore(way)
        yield served, store, "1"
        store.close()
        served.close()


@RANDOM
@given(**SEARCHES)
def test_they_find_the_same(both, tree, orderings, size):
    served, store, experiment = both
    found, token, asked = [], None, (write_filter(tree), [write_order(ordering) for ordering in orderings])
    while True:
        page = store.search_runs([experiment], asked[0], 1, size, asked[1], token)
        found += [run.info.run_id for run in page]
        token = page.token
        if not token:
            break
    assert found == [run.info.run_id for run in served.search_runs([experiment], asked[0], 1, 50_000, asked[1])]


@pytest.mark.parametrize(
    ("filter_string", "text", "rest"),
    [
        ("metrics.f1 > 0.5 AND params.n = '2'", "metrics.f1 > 0.5 AND params.n = '2'", None),
        ("metrics.f1 BETWEEN 1 AND 2", "metrics.f1 >= 1 AND metrics.f1 <= 2", None),
        ("metrics.f1 < 1e+300", "metrics.f1 < 1e300", None),
        ("start_time >= '1970-01-02'", "start_time >= 86400000", None),
        ("NOT tags.team IS NULL", "tags.team IS NOT NULL", None),
        ("tags.`a b` = 'it''s'", 'tags.`a b` = "it\'s"', None),
        ("params.n > 10", "params.n IS NOT NULL", "params.n > 10"),
        ("metrics.f1 IN (3, 1)", "metrics.f1 >= 1 AND metrics.f1 <= 3", "metrics.f1 IN (3, 1)"),
        ("metrics.f1 != 1", "metrics.f1 != 1", "metrics.f1 != 1"),
        ("run_id IN ('a', 'b')", "run_id IN ('a', 'b')", None),
        (
            "status = 'FAILED' AND (params.n = '1' OR duration > 2h)",
            "status = 'FAILED'",
            "params.n = '1' OR attributes.duration > 7200000",
        ),
        ("NOT (params.n IS NULL OR params.k = 'x')", "params.n IS NOT NULL", "NOT params.k = 'x'"),
        ("tags.team = 'a''b\"c'", "tags.team IS NOT NULL", "tags.team = 'a''b\"c'"),
    ],
)
def test_what_is_asked_and_what_is_left_over(filter_string, text, rest):
    said = say(parse_filter(filter_string, RUNS), RUNS)
    assert said.text == text
    assert (None if said.rest is None else write_filter(said.rest)) == rest


@pytest.mark.parametrize(
    ("scope", "filter_string", "text"),
    [
        (EXPERIMENTS, "name ilike 'a%' AND tags.team IS NULL", "name ILIKE 'a%' AND tags.team IS NULL"),
        (REGISTERED_MODELS, "tags.team IS NULL AND name IN ('a')", "name IN ('a')"),
        (MODEL_VERSIONS, "stage = 'Production' AND version > '1'", "version_number > 1"),
        (LOGGED_MODELS, "status = 'READY' AND metrics.f1 > 0.5", "metrics.f1 > 0.5"),
    ],
)
def test_other_nouns(scope, filter_string, text):
    assert say(parse_filter(filter_string, scope), scope).text == text


def test_a_token_of_another_search_is_refused(both):
    _, store, experiment = both
    for token in ("no", "e30=", "W10="):
        with pytest.raises(InvalidParameterError, match="page token"):
            store.search_runs([experiment], "NOT status = 'FAILED'", page_token=token)
