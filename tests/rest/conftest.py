"""Real servers, each started once per file."""

import pytest

from jupyter_tracker.tracking import active, location
from tests import hosts


# Each file has hosts of its own: what one leaves in a store is not there for the next.
@pytest.fixture(scope="module")
def standalone(tmp_path_factory):
    host = hosts.standalone(tmp_path_factory.mktemp("standalone"))
    yield host
    assert host.stop() == 0


@pytest.fixture(scope="module")
def in_jupyter(tmp_path_factory):
    host = hosts.in_jupyter(tmp_path_factory.mktemp("jupyter"))
    yield host
    host.stop()


@pytest.fixture(params=["standalone", "in_jupyter"])
def host(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def own_project(tmp_path, monkeypatch):
    """A folder of its own, with a user's data below it; nothing stays open."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    yield
    active.close_all()
    location.forget()
