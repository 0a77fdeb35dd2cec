"""The store contract, run against every place that can keep runs: one mode each.

To add a mode: an opener in `_OPENERS`. Every test of this folder then runs against it. Databases are on real servers
that the tests start (`tests/servers.py`); `-k "not postgresql and not mysql"` is the quick way.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

import pytest

from jupyter_tracker.store.rest.store import RestStore
from jupyter_tracker.store.sql import open_server, open_sqlite
from tests import servers
from tests.in_process import InProcess


@contextmanager
def _sqlite(folder):
    yield lambda: open_sqlite(folder / "tracker.db")


@contextmanager
def _on_server(kind, _folder):
    with servers.empty_store(kind) as url:
        yield lambda: open_server(url)


@contextmanager
def _through_a_server(folder):
    """A store behind our route table, without a network between: its JSON goes there and back as text."""
    served = open_sqlite(folder / "tracker.db")
    yield lambda: RestStore(InProcess(served))
    served.close()


_OPENERS = {
    "sqlite": _sqlite,
    **{kind: partial(_on_server, kind) for kind in servers.KINDS},
    "rest": _through_a_server,
}
# What MLflow's protocol has no words for: a store on a server says so (tests/unit/store/rest), and is not asked here.
_NOT_THROUGH_A_SERVER = {"test_corrections", "test_importing", "test_trash"}


def pytest_generate_tests(metafunc):
    if "mode" in metafunc.fixturenames:
        lacks = metafunc.module.__name__.rpartition(".")[2] in _NOT_THROUGH_A_SERVER
        lacks = lacks or metafunc.definition.get_closest_marker("beyond_mlflow") is not None
        metafunc.parametrize("mode", [name for name in _OPENERS if name != "rest" or not lacks])


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    """Journals of stores on servers go to the user's data folder: here one for each test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def opened(mode, tmp_path):
    """Open the same store anew at each call, as another process would."""
    stores = []
    with _OPENERS[mode](tmp_path) as opener:

        def again():
            stores.append(opener())
            return stores[-1]

        yield again
        for store in stores:
            store.close()


@pytest.fixture
def store(opened):
    return opened()


@pytest.fixture
def experiment(store):
    return store.create_experiment("churn")


@pytest.fixture
def new_run(store, experiment):
    """Make a run with params, metrics and tags given as dicts; a later one starts a second later."""
    made = []

    def make(name=None, *, metrics=None, params=None, tags=None, start_time=None, experiment_id=experiment):
        start = 1_700_000_000_000 + 1000 * len(made) if start_time is None else start_time
        run_id = store.create_run(experiment_id, "alice", start, tags, name).info.run_id
        made.append(run_id)
        if metrics or params:
            with_values(store, run_id, metrics or {}, params or {})
        return run_id

    return make


def with_values(store, run_id, metrics, params):
    from jupyter_tracker.entities import Metric, Param

    store.log_batch(
        run_id,
        metrics=[Metric(key, value, 1, 0) for key, value in metrics.items()],
        params=[Param(key, value) for key, value in params.items()],
    )
