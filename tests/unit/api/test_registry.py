"""The board's requests: what it shows, what a move would do, the move, and who is told that they were too late."""

import pytest

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.entities import Metric
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


def test_a_move_without_a_policy_is_advised_by_the_default_rule(get, move, registry):
    status, view = get("/views/registry-move", model="churn", version="2", stage="Production")
    assert (status, view["refusal"], view["archives"], view["policy"]) == (200, None, ["1"], None)
    assert "By the default rule" in view["verdict"]
    assert view["verdict"].endswith("You may move it all the same.")
    said = [(rule["rule"], rule["outcome"]) for rule in view["rules"]]
    assert said == [("improvement", "failed"), ("finished", "warning")]
    assert view["rules"][1]["text"].startswith("The run of version 2 has not ended")
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
    assert status == 409
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
    assert status == 409
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


def test_the_default_rule_takes_a_score_that_both_have(registry, seeded, get):
    def trained(**metrics):
        run_id = registry.create_run(seeded.experiment).info.run_id
        registry.log_batch(run_id, [Metric(key, value, 1, 0) for key, value in metrics.items()])
        return registry.create_model_version("churn", f"s3://more/{run_id}", run_id).version

    old = trained(train_f1=0.99, latency_ms=5.0, test_f1=0.8, accuracy=0.7, epoch=3.0)
    registry.transition_model_version_stage("churn", old, "Staging")

    def said(version):
        view = get("/views/registry-move", model="churn", version=version, stage="Staging")[1]
        return view["verdict"], [rule["text"] for rule in view["rules"]]

    verdict, rules = said(trained(test_f1=0.9, train_f1=0.9, latency_ms=9.0))
    assert (
        verdict == "No policy is about Staging. By the default rule (a higher test_f1 than there), it is good enough."
    )
    assert rules[0].startswith("test_f1: 0.9, and 0.8 of version")
    assert "(a lower latency_ms than there), it is not good enough" in said(trained(latency_ms=9.0, epoch=4.0))[0]
    assert "(a higher auc than there), nobody can tell" in said(trained(auc=0.5))[0]
    assert said(trained(epoch=3.0)) == ("", [])
    # Out of a stage, no rule is asked.
    assert get("/views/registry-move", model="churn", version=old, stage="None")[1]["rules"] == []


@pytest.fixture
def post(registry):
    def post(path, **body):
        whole = {"store": registry.store_id, "model": "churn", **body}
        response = dispatch(Host(registry), "POST", path, {}, whole, user="carol")
        return response.status, response.body

    return post


def aliases(view):
    return {card["version"]: card["aliases"] for column in view["columns"] for card in column["cards"]}


def test_aliases_are_set_moved_and_removed(post, registry):
    status, view = post("/registry/set-alias", version="2", alias=" @champion ", comment="  best  ")
    assert (status, aliases(view)) == (200, {"1": [], "2": ["champion"], "3": []})
    assert aliases(post("/registry/set-alias", version="3", alias="champion")[1])["3"] == ["champion"]
    status, view = post("/registry/delete-alias", alias="champion", comment="gone")
    assert aliases(view) == {"1": [], "2": [], "3": []}
    events = registry.registry_events()[-3:]
    assert [(event.comment, event.user, event.verified, event.source_name) for event in events] == [
        (comment, "carol", True, "registry board") for comment in ("best", None, "gone")
    ]
    for alias in ("", "latest", "v1", "a b"):
        assert post("/registry/set-alias", version="2", alias=alias)[0] == 400
    assert post("/registry/set-alias", version="99", alias="champion")[0] == 404
    assert verify(registry).is_whole


def tags(view):
    cards = {card["version"]: card["tags"] for column in view["columns"] for card in column["cards"]}
    every = {"model": view["tags"], **cards}
    return {whose: {tag["key"]: tag["value"] for tag in found} for whose, found in every.items() if found}


def test_tags_of_a_version_and_of_the_model(post, registry):
    registry.set_model_version_tag("churn", "2", "mlflow.source", "hidden")
    status, view = post("/registry/set-tag", version="2", key=" data ", value=" october ", comment="  late data  ")
    assert (status, tags(view)) == (200, {"2": {"data": "october"}})
    view = post("/registry/set-tag", key="team", value="growth")[1]
    assert tags(view) == {"model": {"team": "growth"}, "2": {"data": "october"}}
    assert tags(post("/registry/delete-tag", version="2", key="data", comment="gone")[1]) == {
        "model": {"team": "growth"}
    }
    assert tags(post("/registry/delete-tag", key="team")[1]) == {}
    events = registry.registry_events()[-4:]
    assert [(event.action, event.key, event.after, event.comment, event.user) for event in events] == [
        ("set_model_version_tag", "data", "october", "late data", "carol"),
        ("set_registered_model_tag", "team", "growth", None, "carol"),
        ("delete_model_version_tag", "data", None, "gone", "carol"),
        ("delete_registered_model_tag", "team", None, None, "carol"),
    ]
    assert verify(registry).is_whole


def test_tags_that_cannot_be(post):
    status, body = post("/registry/delete-tag", version="2", key="nothing")
    assert status == 404
    assert "There is no tag 'nothing' of version 2 of churn" in body["message"]
    assert post("/registry/delete-tag", key="nothing")[0] == 404
    assert post("/registry/set-tag", version="2", key="  ", value="x")[0] == 400
    assert post("/registry/set-tag", version="99", key="data", value="x")[0] == 404
    assert post("/registry/set-tag", version="2", key="data")[0] == 400


def test_descriptions(post, registry):
    view = post("/registry/describe", version="2", text="  deeper\ntrees ")[1]
    assert [card["description"] for column in view["columns"] for card in column["cards"]].count("deeper\ntrees") == 1
    assert post("/registry/describe", text="Who leaves")[1]["description"] == "Who leaves"
    assert post("/registry/describe", version="2", text="")[0] == 200
    assert registry.get_model_version("churn", "2").description is None


def test_the_policy_of_a_store_without_a_folder_is_that_of_the_working_directory(tmp_path, monkeypatch):
    from jupyter_tracker.promotion.policy_files import policy_beside

    class Remote:
        uri = "http://server:5000"

    inner = tmp_path / "project" / "src"
    (inner.parent / ".git").mkdir(parents=True)
    inner.mkdir()
    monkeypatch.chdir(inner)
    (tmp_path / "promotion.yaml").touch()
    assert policy_beside(Remote()) is None, "what is above the project is another's"
    (tmp_path / "project" / "promotion.yaml").touch()
    assert policy_beside(Remote()) == tmp_path / "project" / "promotion.yaml"


def test_who_was_too_late_is_told(move, registry):
    registry.transition_model_version_stage("churn", "2", "Production", archive_existing_versions=True)
    status, body = move("3", "Production", archives="1")
    assert (status, body["error_code"]) == (409, "RESOURCE_CONFLICT")
    assert registry.get_model_version("churn", "3").current_stage == "None"
