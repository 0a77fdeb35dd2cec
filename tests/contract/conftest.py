"""The store contract, run against every place that can keep runs: one mode each.

To add a mode: an opener in `_OPENERS`. Every test of this folder then runs against it. Databases are on real servers
that the tests start (`tests/servers.py`), and so are our two hosts (`many_stores`).
`-k "not postgresql and not mysql"` is the quick way.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest

from jupyter_tracker.store.rest import open_rest
from jupyter_tracker.store.rest.store import RestStore
from jupyter_tracker.store.sql import open_server, open_sqlite
from tests import hosts, servers
from tests.contract import mlflow_differences, mlflow_server
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


@cache
def _host(kind):
    """A host of `many_stores`, started by the first test of this process that asks."""
    folder = Path(tempfile.mkdtemp(prefix=f"jt-{kind}-"))
    if kind == "standalone":
        command, token = ["-m", "tests.contract.many_stores"], None
    else:
        command = ["-m", "jupyter", "server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
        command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={hosts.TOKEN}"]
        command += ["--ServerApp.jpserver_extensions", "tests.contract.many_stores=True"]
        token = hosts.TOKEN
    host = hosts.Host(command, folder, token)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(host.kill)
    return host.wait("/api" if token else "/none")


@contextmanager
def _through_a_host(kind, _folder):
    """A store of its own on one of our hosts, over HTTP."""
    host, name = _host(kind), f"s{next(_numbers)}"
    path = f"/many/{name}" if host.token else f"/{name}"
    if host.token:
        assert host.ask(path, method="POST")[0] == 200
    with pytest.MonkeyPatch.context() as patch:
        if host.token:
            patch.setenv("MLFLOW_TRACKING_TOKEN", host.token)
        yield lambda: open_rest(host.url + path)
    assert host.ask(path, method="DELETE")[0] == 200


@contextmanager
def _through_mlflow(_folder):
    """MLflow's own server, with an empty store."""
    yield partial(open_rest, mlflow_server.emptied())


_numbers = count()
_OPENERS = {
    "sqlite": _sqlite,
    **{kind: partial(_on_server, kind) for kind in servers.KINDS},
    "rest": _through_a_server,
    "standalone": partial(_through_a_host, "standalone"),
    "jupyter": partial(_through_a_host, "jupyter"),
    **({"mlflow": _through_mlflow} if mlflow_server.COMMAND else {}),
}
_OURS = ("rest", "standalone", "jupyter")
# The other files are gone through in Jupyter by `.ci/beyond-contract`: what differs between our two hosts is little.
_IN_JUPYTER = {"test_corrections", "test_importing", "test_inputs", "test_logging", "test_runs", "test_trash"}
# What no server but ours does: another says so (tests/unit/store/rest), and is not asked here.
_NOT_THROUGH_MLFLOW = {"test_corrections", "test_importing", "test_registry_history", "test_trash"}
_ALL = bool(os.environ.get("JUPYTER_TRACKER_TEST_ALL_MODES"))


def _lacking(module, definition):
    """The modes that a test is not run in."""
    if definition.get_closest_marker("beyond_mlflow") is not None:
        return {*_OURS, "mlflow"}
    lacking = set() if module in _IN_JUPYTER or _ALL else {"jupyter"}
    if definition.get_closest_marker("files") is not None:
        lacking.add("rest")  # no network, and so no files
    ours_only = module in _NOT_THROUGH_MLFLOW or definition.get_closest_marker("ours") is not None
    return {*lacking, "mlflow"} if ours_only else lacking


def pytest_collection_modifyitems(items):
    """Expect the known differences of MLflow's server, in its mode only: one that is none any more fails the run."""
    through_mlflow = [
        item for item in items if getattr(item, "callspec", None) and "mlflow" in item.callspec.id.split("-")
    ]
    for item in through_mlflow:
        reason = mlflow_differences.reason(item.nodeid)
        if reason is not None:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def pytest_generate_tests(metafunc):
    if "mode" in metafunc.fixturenames:
        lacking = _lacking(metafunc.module.__name__.rpartition(".")[2], metafunc.definition)
        metafunc.parametrize("mode", [name for name in _OPENERS if name not in lacking])


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
