import pytest
from hypothesis import given

from jupyter_tracker.store.sql import open_sqlite, run_seeds
from tests.unit.store.sql import random_searches


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = open_sqlite(tmp_path_factory.mktemp("search") / "tracker.db")
    random_searches.fill(store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def everything(store):
    return list(store.search_runs(["1"]))


@pytest.fixture(params=[2000, 8, 1])
def rare(request, monkeypatch):
    """Let every search start from its clauses, some, or none: few runs show all the ways of many."""
    monkeypatch.setattr(run_seeds, "RARE", request.param)
    run_seeds._probes.cache_clear()
    yield
    run_seeds._probes.cache_clear()


@pytest.mark.usefixtures("rare")
@random_searches.RANDOM
@given(**random_searches.SEARCHES)
def test_random_searches_give_what_a_naive_evaluator_gives(store, everything, tree, orderings, size):
    random_searches.assert_same(store, everything, tree, orderings, size)
