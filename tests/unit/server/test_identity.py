"""Whose name stands in the registry's history where a Jupyter server hosts it."""

import getpass
import json

import pytest
from jupyter_server.auth import User

from jupyter_tracker.tracking import provenance

CREATE = "jupyter-tracker/api/2.0/mlflow/registered-models/create"


@pytest.fixture(autouse=True)
def _no_job(monkeypatch):
    for variable, _ in provenance._JOBS:
        monkeypatch.delenv(variable, raising=False)


async def _created(jp_fetch, at_root, name, **more):
    body = json.dumps({"name": name, **more})
    await jp_fetch(CREATE, method="POST", body=body, headers={"Content-Type": "application/json"})
    return at_root.store.registry_events()[-1]


async def test_a_token_says_who_may_come_in_and_not_who_it_is(jp_fetch, at_root):
    event = await _created(jp_fetch, at_root, "mine")
    assert (event.user, event.verified) == (getpass.getuser(), False)
    event = await _created(jp_fetch, at_root, "theirs", provenance={"user": "alice"})
    assert (event.user, event.verified) == ("alice", False)


async def test_the_name_that_an_identity_provider_vouches_for(jp_fetch, jp_serverapp, at_root, monkeypatch):
    # What comes with the token is somebody whom the provider knows, as on a hub.
    monkeypatch.setattr(jp_serverapp.identity_provider, "generate_anonymous_user", lambda _handler: User("carol"))
    event = await _created(jp_fetch, at_root, "hers", provenance={"user": "alice", "source_name": "a.ipynb"})
    assert (event.user, event.verified, event.source_name) == ("carol", True, "a.ipynb")
    at_root.store.create_model_version("hers", "s3://x")
    body = {"store": at_root.store.store_id, "model": "hers", "version": "1", "stage": "Staging"}
    await jp_fetch("jupyter-tracker/registry/transition", method="POST", body=json.dumps(body))
    event = at_root.store.registry_events()[-1]
    assert (event.user, event.verified, event.source_name) == ("carol", True, "registry board")
