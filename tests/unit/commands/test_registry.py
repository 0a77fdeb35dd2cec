"""`jupyter tracker registry …` as a user calls it."""

import json

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.tracking import active


@pytest.fixture(autouse=True)
def no_ci(monkeypatch):
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def churn(project):
    client = tracker.TrackerClient()
    client.create_registered_model("churn")
    client.create_model_version("churn", "s3://1", "a" * 32)
    client.transition_model_version_stage("churn", 1, "Production", comment="the first of all")
    client.set_registered_model_alias("churn", "champion", 1)
    return client


def test_history(call, churn):
    status, text, _ = call("registry", "history", "churn")
    assert status == 0
    lines = text.splitlines()
    assert len(lines) == 5
    assert "version 1 moved from None to Production" in lines[3]
    assert "the first of all" in lines[3]
    assert "(unverified)" in lines[3]
    events = json.loads(call("registry", "history", "--json")[1])
    assert [event["number"] for event in events] == [1, 2, 3, 4]
    assert events[2]["comment"] == "the first of all"


def test_an_unknown_model(call, churn):
    status, _, error = call("registry", "history", "x")
    assert status == 1
    assert "ever called 'x'" in error


def test_at(call, churn):
    status, text, _ = call("registry", "at", "churn", "2100-01-01")
    assert status == 0
    assert "Production" in text
    assert "@champion" in text
    state = json.loads(call("registry", "at", "churn", "2100-01-01T12:00", "--json")[1])
    assert (state["stages"], state["aliases"]) == ({"1": "Production"}, {"champion": "1"})
    assert "there was no model" in call("registry", "at", "churn", "2001-01-01")[1]
    status, _, error = call("registry", "at", "churn", "yesterday")
    assert status == 1
    assert "'yesterday' is no moment" in error


def test_verify(call, churn):
    status, text, _ = call("registry", "verify")
    assert status == 0
    head = text.splitlines()[-1].removeprefix("head ")
    assert call("registry", "verify", "--expect", head)[0] == 0
    with active.store().write() as connection:
        connection.exec_driver_sql("UPDATE registry_events SET user = 'mallory' WHERE number = 2")
    status, _, error = call("registry", "verify", "--expect", head)
    assert status == 1
    assert "event 2 was changed" in error
    assert "Compare it with a backup" in error
    status, text, error = call("registry", "verify", "--json")
    assert status == 1
    assert len(json.loads(text)["problems"]) == 1


def test_what_cannot_be_verified_is_told_apart(call, churn, tmp_path):
    status, text, error = call("registry", "verify", "--expect", "17")
    assert (status, text) == (2, "")
    assert "'17' is no head of a history" in error
    status, _, error = call("registry", "verify", "--store", str(tmp_path / "nowhere.db"))
    assert status == 2
    assert "There is no store at" in error


def test_what_a_command_does_is_recorded_as_that(churn, call, tmp_path):
    from jupyter_tracker.tracking import provenance

    with provenance.command("jupyter tracker promote"):
        churn.set_registered_model_alias("churn", "best", 1)
    event = tracker.registry.history("churn", output_format="list")[-1]
    assert (event.source_type, event.source_name) == ("COMMAND", "jupyter tracker promote")
