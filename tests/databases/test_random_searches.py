"""Searches made up at random, on real servers: the same as the naive evaluator finds."""

import pytest
from hypothesis import given

from jupyter_tracker.store.sql import open_server, run_seeds
from tests import servers
from tests.unit.store.sql import random_searches


@pytest.fixture(scope="module", params=servers.KINDS)
def store(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        store = open_server(servers.new_database(request.param))
        random_searches.fill(store)
        yield store
        store.close()


@pytest.fixture(scope="module")
def everything(store):
    return list(store.search_runs(["1"]))


@pytest.fixture(params=[2000, 1])
def rare(request, monkeypatch):
    """Let every search start from its clauses, or none."""
    monkeypatch.setattr(run_seeds, "RARE", request.param)
    run_seeds._probes.cache_clear()
    run_seeds._MANY.clear()
    yield
    run_seeds._probes.cache_clear()


@pytest.mark.usefixtures("rare")
@random_searches.RANDOM
@given(**random_searches.SEARCHES)
def test_random_searches_give_what_a_naive_evaluator_gives(store, everything, tree, orderings, size):
    random_searches.assert_same(store, everything, tree, orderings, size)
