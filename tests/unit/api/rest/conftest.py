import json

import pytest

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.places import Places
from jupyter_tracker.store.sql import open_sqlite


class Host:
    """A host with one store, whose files it hands on."""

    def __init__(self, store):
        self.store = store
        self.places = Places(store.artifact_root, is_hidden=True)

    def own(self):
        return self.store


@pytest.fixture
def store(tmp_path):
    store = open_sqlite(tmp_path / "tracker.db")
    yield store
    store.close()


@pytest.fixture
def call(store):
    """Ask an operation of MLflow's protocol by the end of its path; return status and body."""

    def call(method, path, body=None, /, *, content=None, repeated=None, **query):
        path = path if path.startswith("/") else f"/api/2.0/mlflow/{path}"
        texts = {name: str(value) for name, value in query.items()}
        response = dispatch(Host(store), method, path, texts, body, content=content, repeated=repeated)
        if response.opened is not None:
            with response.opened as file:
                return response.status, file.read()
        return response.status, json.loads(response.json_text())

    return call


@pytest.fixture
def ok(call):
    def ok(*args, **kwargs):
        status, body = call(*args, **kwargs)
        assert status == 200, body
        return body

    return ok


@pytest.fixture
def refused(call):
    """Ask for what cannot be; return the error's code and message."""

    def refused(*args, **kwargs):
        status, body = call(*args, **kwargs)
        assert 400 <= status < 500, body
        assert body.keys() == {"error_code", "message"}
        return body["error_code"], body["message"]

    return refused


@pytest.fixture
def run_id(ok):
    return ok("POST", "runs/create", {"experiment_id": "0", "start_time": 1000})["run"]["info"]["run_id"]
