"""A store on a server that is in this process."""

import pytest

from jupyter_tracker.store.rest.store import RestStore
from jupyter_tracker.store.sql import open_sqlite
from tests.in_process import InProcess


@pytest.fixture
def way(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    served = open_sqlite(tmp_path / "tracker.db")
    yield InProcess(served)
    served.close()


@pytest.fixture
def store(way):
    store = RestStore(way)
    yield store
    store.close()
