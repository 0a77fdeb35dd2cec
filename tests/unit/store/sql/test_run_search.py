import pytest
from hypothesis import given

from jupyter_tracker.entities import Param
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
    run_seeds._MANY.clear()
    yield
    run_seeds._probes.cache_clear()


@pytest.mark.usefixtures("rare")
@random_searches.RANDOM
@given(**random_searches.SEARCHES)
def test_random_searches_give_what_a_naive_evaluator_gives(store, everything, tree, orderings, size):
    random_searches.assert_same(store, everything, tree, orderings, size)


def test_that_a_clause_has_many_runs_is_remembered_and_changes_no_answer(store, monkeypatch):
    monkeypatch.setattr(run_seeds, "RARE", 3)
    monkeypatch.setattr(run_seeds, "_REMEMBERED_S", 1e9)
    run_seeds._probes.cache_clear()
    run_seeds._MANY.clear()
    counted = []
    count = run_seeds._counted
    monkeypatch.setattr(run_seeds, "_counted", lambda *given, **more: counted.append(given[1]) or count(*given, **more))
    experiment = store.create_experiment("many")
    made = [store.create_run(experiment, start_time=i).info.run_id for i in range(4)]
    for run_id in made:
        store.log_batch(run_id, params=[Param("kind", "many")])

    def found():
        return {run.info.run_id for run in store.search_runs([experiment], "params.kind = 'many'")}

    assert found() == set(made)
    assert found() == set(made)
    assert len(counted) == 1
    for run_id in made[1:]:
        store.delete_run(run_id)
    assert found() == {made[0]}
    monkeypatch.setattr(run_seeds, "_REMEMBERED_S", -1.0)
    run_seeds._MANY.clear()
    assert found() == found() == {made[0]}
    assert len(counted) == 3
    run_seeds._probes.cache_clear()
    run_seeds._MANY.clear()
