import contextlib
import json

import pytest

from jupyter_tracker.api.board_reader import FRESH_S, BoardReader
from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.store.sql import open_sqlite
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


def test_it_is_built_again_only_where_the_store_has_changed(registry, seeded, monkeypatch):
    reader, built = BoardReader(registry, 0.0), []
    build = reader._built
    monkeypatch.setattr(reader, "_built", lambda *asked: built.append(asked) or build(*asked))
    first = reader.view("churn")
    assert reader.view("churn") is first
    assert reader.view(None) == first
    assert len(built) == 2
    registry.log_batch(seeded.forest, metrics=[Metric("f1", 0.123, 9, 99)])
    with contextlib.closing(open_sqlite(registry.path)) as other:
        other.set_registered_model_alias("churn", "best", "2")
    view = reader.view("churn")
    assert any(metric.text == "0.123" for column in view.columns for card in column.cards for metric in card.metrics)
    assert any(card.aliases == ["best"] for column in view.columns for card in column.cards)
    assert len(built) == 3
    registry.delete_registered_model("churn")
    with pytest.raises(ResourceDoesNotExistError):
        reader.view("churn")


def test_it_is_built_again_after_a_while_all_the_same(registry):
    now = [0.0]
    reader = BoardReader(registry, 0.0, lambda: now[0])
    first = reader.view("churn")
    now[0] = FRESH_S - 1
    assert reader.view("churn") is first
    now[0] = FRESH_S
    assert reader.view("churn") is not first
