import json

import pytest

from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.views.panel import MIME_TYPE
from jupyter_tracker.widgets import RegistryBoard

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def registry(seeded, store):
    store.create_registered_model("churn")
    store.create_model_version("churn", "s3://models/1", seeded.forest)
    store.create_model_version("churn", "s3://models/2", seeded.running)
    store.transition_model_version_stage("churn", "1", "Production")
    store.set_registered_model_alias("churn", "champion", "1")
    return store


@pytest.fixture
def board(registry):
    board = RegistryBoard(store=registry)
    yield board
    board.close()


def test_the_one_that_was_changed_last_is_shown(registry, board):
    assert (board.model, board.view["model"]) == ("churn", "churn")
    kept = {key: value for key, value in board.payload.items() if value not in (None, [], "")}
    assert kept == {
        "version": 1,
        "panel": "registry_board",
        "store_id": registry.store_id,
        "panel_id": board.panel_id,
        "model": "churn",
    }
    registry.create_registered_model("other")
    assert RegistryBoard(store=registry).model == "other"
    board.model = "other"
    assert board.payload["model"] == "other"
    with pytest.raises(ResourceDoesNotExistError, match="name=nobody"):
        RegistryBoard("nobody", store=registry)


def test_nothing_is_sent_again_that_has_not_changed(registry, board, monkeypatch):
    sent = []
    monkeypatch.setattr(board, "send", lambda answer, _buffers: sent.append(answer["body"]["responses"][0]))

    def ask(token):
        query = {"store": registry.store_id, "model": "churn"}
        part = {"path": "/views/registry-board", "query": query, "token": token}
        board._on_message(None, {"kind": "request", "id": str(len(sent)), "method": "POST", "path": "/views/batch",
                                 "body": {"requests": [part]}}, [])  # fmt: skip
        return sent[-1]

    first = ask("")
    assert first["body"]["model"] == "churn"
    assert ask(first["token"]) == {"status": 200, "token": first["token"], "unchanged": True}
    registry.set_registered_model_alias("churn", "best", "2")
    assert ask(first["token"])["body"]["events"][0]["text"] == "alias best set to version 2"


def test_where_no_script_runs(registry, board):
    registry.update_model_version("churn", "2", HOSTILE)
    registry.set_registered_model_alias("churn", "x", "2")
    registry.set_registered_model_tag("churn", "note", HOSTILE)
    bundle = board.mimebundle()
    assert bundle[MIME_TYPE] == board.payload
    html, text = bundle["text/html"], bundle["text/plain"]
    assert "<td>Production</td><td>1</td><td>@champion</td><td>rf-baseline</td>" in html
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html
    lines = text.splitlines()
    assert lines[0] == "churn"
    assert lines[3].split()[:4] == ["Production", "1", "@champion", "rf-baseline"]
    assert "version 1 moved from None to Production" in text
    assert len(json.dumps(bundle)) < 20_000


def test_nothing_is_registered_yet(store):
    board = RegistryBoard(store=store)
    assert board.model is None
    assert "No model is registered yet" in board.mimebundle()["text/html"]
    assert board.mimebundle()["text/plain"] == "No model is registered yet."
