"""Tests against real servers of PostgreSQL and MariaDB (`tests/servers.py`)."""

import pytest

from tests import servers


@pytest.fixture(params=servers.KINDS)
def kind(request):
    return request.param


@pytest.fixture
def server(kind):
    return servers.server(kind)


@pytest.fixture
def url(kind):
    """An empty database."""
    servers.server(kind)
    return servers.new_database(kind)


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def open_store():
    """Open stores that are closed at the end."""
    from jupyter_tracker.store.sql import open_server

    opened = []

    def again(url):
        opened.append(open_server(url))
        return opened[-1]

    yield again
    for store in opened:
        store.close()
