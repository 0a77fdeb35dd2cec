"""The board's requests: what it shows, what a move would do, the move, and who is told that they were too late."""

import pytest

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.promotion.history import verify
from tests.unit.api.test_dispatch import Host


@pytest.fixture(autouse=True)
def no_job(monkeypatch):
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def registry(seeded, store):
    store.create_registered_model("churn")
    for number, run_id in enumerate((seeded.forest, seeded.running, seeded.failed), start=1):
        store.create_model_version("churn", f"s3://models/{number}", run_id)
    store.transition_model_version_stage("churn", "1", "Production")
    return store


@pytest.fixture
def get(registry):
    def get(path, **query):
        response = dispatch(Host(registry), "GET", path, {"store": registry.store_id, **query})
        return response.status, response.body

    return get


@pytest.fixture
def move(registry):
    def move(version, stage, **body):
        whole = {"store": registry.store_id, "model": "churn", "version": version, "stage": stage, **body}
        response = dispatch(Host(registry), "POST", "/registry/transition", {}, whole)
        return response.status, response.body

    return move


@pytest.fixture
def policy(registry, tmp_path):
    def write(text):
        (tmp_path / "promotion.yaml").write_text(text, encoding="utf-8")

    return write


def stages(view):
    return {card["version"]: column["stage"] for column in view["columns"] for card in column["cards"]}


def test_the_board(get):
    status, view = get("/views/registry-board")
    assert status == 200
    assert stages(view) == {"1": "Production", "2": "None", "3": "None"}
    assert view["events"][0]["text"] == "version 1 moved from None to Production"
    assert get("/views/registry-board", model="nobody")[0] == 404


def test_a_move_without_a_policy(get, move, registry):
    status, view = get("/views/registry-move", model="churn", version="2", stage="Production")
    assert (status, view["refusal"], view["archives"], view["policy"]) == (200, None, ["1"], None)
    status, view = move("2", "Production", comment="  because  ", archives="1")
    assert status == 200
    assert stages(view) == {"1": "Archived", "2": "Production", "3": "None"}
    events = registry.registry_events()
    assert [event.comment for event in events[-2:]] == ["because", "because"]
    assert events[-1].source_name == "registry board"
    assert verify(registry).is_whole


def test_a_move_that_makes_no_sense(get, move):
    assert get("/views/registry-move", model="churn", version="1", stage="Production")[1]["refusal"] == (
        "It is there already."
    )
    status, body = move("1", "Production")
    assert status == 500
    assert "It is there already." in body["message"]
    assert move("99", "Staging")[0] == 404
    assert move("2", "Prod")[0] == 400


def test_a_policy_refuses_and_allows(get, move, registry, policy, seeded):
    policy("metric: f1\nthreshold: 0.02\n")
    status, view = get("/views/registry-move", model="churn", version="2", stage="Production")
    assert view["refusal"] == "promotion.yaml refuses it."
    assert view["rules"][0]["outcome"] == "failed"
    assert view["verdict"].startswith("Refused version 2")
    status, body = move("2", "Production", archives="1")
    assert status == 500
    assert "promotion.yaml refuses it." in body["message"]
    # It is about Production alone.
    assert move("2", "Staging")[0] == 200
    assert get("/views/registry-move", model="churn", version="3", stage="Production")[1]["refusal"] == (
        "promotion.yaml cannot tell."
    )
    policy("metric: f1\nthreshold: 0.02\nlower_is_better: true\n")
    status, view = get("/views/registry-move", model="churn", version="2", stage="Production")
    assert (view["refusal"], view["policy"]) == (None, "promotion.yaml")
    assert view["verdict"].startswith("Would promote version 2")
    assert move("2", "Production", archives="1")[0] == 200
    policy("model: other\nmetric: f1\n")
    assert get("/views/registry-move", model="churn", version="1", stage="Production")[1]["policy"] is None
    policy("nonsense: 1\n")
    status, body = get("/views/registry-move", model="churn", version="1", stage="Production")
    assert status == 400
    assert "unknown key 'nonsense'" in body["message"]


def test_who_was_too_late_is_told(move, registry):
    registry.transition_model_version_stage("churn", "2", "Production", archive_existing_versions=True)
    status, body = move("3", "Production", archives="1")
    assert (status, body["error_code"]) == (409, "RESOURCE_CONFLICT")
    assert registry.get_model_version("churn", "3").current_stage == "None"
