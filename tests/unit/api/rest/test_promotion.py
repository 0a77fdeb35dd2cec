"""Promotion and the registry's history over HTTP: the same function, and the same verdict, as everywhere."""

import pytest

from jupyter_tracker.promotion.policy import Policy
from jupyter_tracker.promotion.promoting import promote_run
from tests.trained import trained as new_trained

OURS = "/api/2.0/jupyter-tracker/registry"
RULE = {"model": "churn", "metric": "f1", "threshold": 0.02}


@pytest.fixture
def trained(store):
    return lambda f1: new_trained(store, f1).info.run_id


def test_the_verdict_is_that_of_everywhere(ok, store, trained):
    first, equal, better = trained(0.8), trained(0.81), trained(0.9)
    found = ok("POST", f"{OURS}/promote", {**RULE, "run": first, "comment": "the first"})
    assert (found["outcome"], found["version"], found["head"]) == ("promoted", "1", store.registry_head())
    assert store.registry_events()[-1].comment == "the first"
    head = store.registry_head()
    for run_id, outcome in ((equal, "refused"), (better, "would promote")):
        asked = {"run": run_id, "dry_run": True}
        found = ok("POST", f"{OURS}/promote", {**RULE, **asked})
        same = promote_run(store, store.get_run(run_id), "churn", Policy("f1", 0.02), dry_run=True)
        assert found == {**same.to_dict(), "headline": same.headline}
        assert found["outcome"] == outcome
        policy = {"model": "churn", "metric": "f1", "threshold": 0.02}
        assert ok("POST", f"{OURS}/promote", {"policy": policy, **asked}) == found
    assert store.registry_head() == head
    found = ok("POST", f"{OURS}/promote", {**RULE, "run": better[:8]})
    assert (found["outcome"], found["version"], found["incumbent"]) == ("promoted", "2", "1")


def test_the_policy_beside_the_store(ok, refused, trained, tmp_path):
    run = {"run": trained(0.8)}
    assert "There is no promotion.yaml beside the store" in refused("POST", f"{OURS}/promote", run)[1]
    (tmp_path / "promotion.yaml").write_text("metric: f1\nrequired_metrics: {f1: {min: 0.9}}\n", encoding="utf-8")
    assert "'model'" in refused("POST", f"{OURS}/promote", run)[1]
    found = ok("POST", f"{OURS}/promote", {**run, "model": "churn"})
    failed = [rule["rule"] for rule in found["rules"] if rule["outcome"] == "failed"]
    assert (found["outcome"], failed) == ("refused", ["required_metrics"])


def test_what_cannot_be_told(refused, trained):
    for body, said in (
        ({**RULE}, "'run'"),
        ({**RULE, "run": "nobody"}, "nobody"),
        ({**RULE, "run": "RUN", "threshold": "much"}, "threshold"),
        ({"run": "RUN", "policy": {"metrik": "f1"}}, "did you mean 'metric'"),
        ({"run": "RUN", "policy": ["f1"]}, "not keys such as"),
    ):
        run_id = trained(0.5)
        given = {name: run_id if value == "RUN" else value for name, value in body.items()}
        assert said in refused("POST", f"{OURS}/promote", given)[1]


def test_the_history(ok, refused, store, trained):
    ok("POST", f"{OURS}/promote", {**RULE, "run": trained(0.8)})
    noted = ok("GET", f"{OURS}/head")["head"]
    ok("POST", "registered-models/rename", {"name": "churn", "new_name": "retention"})
    assert len(ok("GET", f"{OURS}/events", max_results=2, after=1)["events"]) == 2
    actions = [event["action"] for event in ok("GET", f"{OURS}/history", name="retention")["events"]]
    assert actions == ["create_registered_model", "create_model_version", "transition_model_version_stage",
                       "rename_registered_model"]  # fmt: skip
    assert ok("GET", f"{OURS}/history")["events"] == ok("GET", f"{OURS}/events")["events"]
    moment = store.registry_events()[2].timestamp
    state = ok("GET", f"{OURS}/at", name="retention", when=moment)
    assert (state["stages"], state["when"]) == ({"1": "Production"}, moment)
    assert ok("GET", f"{OURS}/at", name="retention", when="2020-01-01")["stages"] == {}
    assert "no moment" in refused("GET", f"{OURS}/at", name="retention", when="yesterday")[1]
    found = ok("GET", f"{OURS}/verify", expect=noted)
    assert (found["is_whole"], found["count"], found["problems"]) == (True, 4, [])
    assert "no head" in refused("GET", f"{OURS}/verify", expect="x")[1]
    assert "ever called 'x'" in refused("GET", f"{OURS}/history", name="x")[1]


def test_a_move_as_it_was_seen(ok, call, trained):
    for f1 in (0.8, 0.9):
        ok("POST", f"{OURS}/promote", {**RULE, "run": trained(f1)})
    move = {"name": "churn", "version": 1, "stage": "Production", "archive_existing_versions": True}
    status, body = call("POST", f"{OURS}/transition", {**move, "seen_stage": "Archived", "seen_others": []})
    assert (status, body["error_code"]) == (409, "RESOURCE_CONFLICT")
    assert call("POST", f"{OURS}/transition", {**move, "seen_stage": "None"})[0] == 409
    seen = {"seen_stage": "Archived", "seen_others": ["2"], "comment": "back"}
    assert ok("POST", f"{OURS}/transition", {**move, **seen})["model_version"]["current_stage"] == "Production"
    last = ok("GET", f"{OURS}/events")["events"][-1]
    assert (last["version"], last["after"], last["comment"]) == ("2", "Archived", "back")


def test_a_candidate(ok, call):
    body = {"name": "churn", "source": "s3://x", "stage": "Production", "expected": [],
            "tags": [{"key": "by", "value": "ci"}]}  # fmt: skip
    made = ok("POST", f"{OURS}/promote-candidate", body)["model_version"]
    assert (made["version"], made["tags"]) == ("1", [{"key": "by", "value": "ci"}])
    status, found = call("POST", f"{OURS}/promote-candidate", {**body, "source": "s3://y"})
    assert (status, found["error_code"]) == (409, "RESOURCE_CONFLICT")
    assert call("POST", f"{OURS}/promote-candidate", {**body, "source": "file:///a/../b"})[0] == 400
