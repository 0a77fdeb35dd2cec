"""Fixtures of a real Jupyter server, with our extension in it."""

import json
import os

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403 - these are the fixtures

from jupyter_tracker import artifact_store
from tests.unit.seed import seed


@pytest.fixture(autouse=True)
def unconfined():
    """A server's store confines its process to its own files; tests that come later are another's."""
    yield
    artifact_store._confined_to = None


@pytest.fixture
def jp_server_config():
    return {"ServerApp": {"jpserver_extensions": {"jupyter_tracker.server": True}}}


@pytest.fixture
def elsewhere(tmp_path, jp_runtime_dir):
    """A store outside of the root, which a kernel of this user recorded."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    seeded = seed(folder / "tracker.db")
    record(jp_runtime_dir, seeded.store.store_id, f"sqlite:///{folder / 'tracker.db'}")
    yield seeded
    seeded.store.close()


@pytest.fixture
def at_root(jp_root_dir):
    """The store of the project at the server's root."""
    folder = jp_root_dir / ".jupyter_tracker"
    folder.mkdir()
    seeded = seed(folder / "tracker.db")
    yield seeded
    seeded.store.close()


def record(runtime_dir, store_id, uri):
    folder = runtime_dir / "jupyter_tracker"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"{store_id}.json"
    file.write_text(json.dumps({"store_id": store_id, "uri": uri, "kernel_id": "k", "pid": os.getpid(), "time": 1}))
    file.chmod(0o600)
    return file
