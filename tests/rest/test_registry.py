"""The registry through real servers: one winner of several clients, whole histories, and whom a server vouches for."""

import json
import os
import subprocess
import sys
import threading

import pytest

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.one_store import OneStore
from jupyter_tracker.errors import PermissionDeniedError, ResourceConflictError
from jupyter_tracker.promotion.history import at, history, verify
from jupyter_tracker.promotion.policy import Policy
from jupyter_tracker.promotion.promoting import promote_run
from jupyter_tracker.server.users import Users
from jupyter_tracker.store import acting
from jupyter_tracker.store.registry import Seen
from jupyter_tracker.store.rest import open_rest
from tests import hosts
from tests.trained import trained

OURS = "/api/2.0/jupyter-tracker/registry"
POLICY = Policy("f1", 0.02)


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def opened(host, monkeypatch):
    """Open the store of a host, as a client of its own at each call."""
    if host.token:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", host.token)
    stores = []

    def again():
        stores.append(open_rest(host.url))
        return stores[-1]

    yield again
    for store in stores:
        store.close()


def at_once(work, *arguments):
    """Do it in as many threads as there are arguments, all at the same moment; return what came of each."""
    barrier, outcomes = threading.Barrier(len(arguments)), [None] * len(arguments)

    def do(number, argument):
        barrier.wait(60)
        outcomes[number] = work(*argument)

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(arguments)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_of_several_promotions_at_once_the_best_is_there(opened):
    store = opened()
    assert promote_run(store, trained(store, 0.5), "promoted", POLICY).outcome == "promoted"
    runs = [trained(store, f1) for f1 in (0.70, 0.705, 0.71, 0.80)]
    jobs = [(opened(), run) for run in runs]
    found = at_once(lambda other, run: promote_run(other, run, "promoted", POLICY), *jobs)
    assert found[3].outcome == "promoted"
    assert sum(one.outcome == "promoted" for one in found[:3]) <= 1
    assert {one.note for one in found} == {""}
    (version,) = store.get_latest_versions("promoted", ["Production"])
    assert version.run_id == runs[3].info.run_id
    assert at(store, "promoted", 2**52).versions("Production") == [version.version]
    assert verify(store).problems == ()
    assert verify(store, found[3].head).is_whole


def test_of_several_moves_at_once_one_is_made(opened):
    store = opened()
    store.create_registered_model("moved")
    jobs = [(opened(), store.create_model_version("moved", f"s3://{n}").version) for n in range(4)]

    def move(other, version):
        try:
            seen = Seen("None", [])
            other.transition_model_version_stage(
                "moved", version, "Production", archive_existing_versions=True, seen=seen
            )
        except ResourceConflictError:
            return "refused"
        return version

    outcomes = at_once(move, *jobs)
    assert outcomes.count("refused") == 3
    (winner,) = store.get_latest_versions("moved", ["Production"])
    assert winner.version in outcomes
    assert len(history(store, "moved")) == 1 + 4 + 1
    assert verify(store).problems == ()


def test_what_a_client_says_of_itself(opened):
    store = opened()
    with acting.acting(user="alice", source_type="NOTEBOOK", source_name="a.ipynb", cell="c1", comment="why"):
        store.create_registered_model("told")
    (event,) = history(store, "told")
    assert (event.user, event.verified, event.source_type, event.source_name, event.cell, event.comment) == (
        "alice", False, "NOTEBOOK", "a.ipynb", "c1", "why")  # fmt: skip


def test_the_command_line_and_http_say_the_same(host, opened, tmp_path):
    store = opened()
    first, better = trained(store, 0.8), trained(store, 0.9)

    def command(*words):
        environment = {**os.environ, "PYTHONPATH": str(hosts.ROOT), "JUPYTER_TRACKER_URI": host.url, "CI": "true"}
        return subprocess.run(
            [sys.executable, "-m", "jupyter_tracker", *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    words = ("promote", "--model", "commanded", "--metric", "f1", "--threshold", "0.02", "--json", "--run-id")
    done = command(*words, first.info.run_id)
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "promoted"), done.stderr
    dry = json.loads(command(*words, better.info.run_id, "--dry-run").stdout)
    asked = {"model": "commanded", "metric": "f1", "threshold": 0.02, "run": better.info.run_id, "dry_run": True}
    over_http = host.json(f"{OURS}/promote", asked)
    assert dry == {name: value for name, value in over_http.items() if name != "headline"}
    verified = command("registry", "verify", "--expect", json.loads(done.stdout)["head"])
    assert (verified.returncode, "is whole" in verified.stdout) == (0, True), verified.stdout
    assert history(store, "commanded")[-1].source_type == "JOB"


def test_the_board_of_a_notebook_whose_store_is_on_a_server(opened):
    store = opened()
    store.create_registered_model("boarded")
    for run in (trained(store, 0.8), trained(store, 0.9)):
        store.create_model_version("boarded", "s3://x", run.info.run_id)

    def ask(method, path, **fields):
        given = {"store": store.store_id, "model": "boarded", **fields}
        query, body = (given, {}) if method == "GET" else ({}, given)
        answer = dispatch(OneStore(lambda: store), method, path, query, body)
        return answer.status, answer.body

    assert ask("POST", "/registry/transition", version="1", stage="Production", comment="the first")[0] == 200
    status, view = ask("GET", "/views/registry-move", version="2", stage="Production")
    assert (status, view["archives"], view["rules"][0]["outcome"]) == (200, ["1"], "passed")
    assert ask("POST", "/registry/transition", version="2", stage="Production", archives="")[0] == 409
    assert ask("POST", "/registry/transition", version="2", stage="Production", archives="1")[0] == 200
    status, board = ask("POST", "/registry/set-alias", version="2", alias="champion", comment="serves")
    assert status == 200
    assert [event["text"] for event in board["events"][:2]] == [
        "alias champion set to version 2", "version 1 moved from Production to Archived"]  # fmt: skip
    assert (board["events"][0]["comment"], board["head"]) == ("serves", store.registry_head())


# whom a server vouches for ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server that knows alice, who may write, and bob, who may read; and their tokens."""
    folder = tmp_path_factory.mktemp("guarded")
    users = Users(folder / "users.json")
    users.add("alice", "editor")
    users.add("bob", "viewer")
    tokens = {name: users.new_token(name)[1] for name in ("alice", "bob")}
    host = hosts.standalone(folder, "--auth", "users", "--users-file", str(users.path))
    yield host, tokens
    assert host.stop() == 0


def test_the_authenticated_user_is_who_did_it(guarded, monkeypatch):
    host, tokens = guarded
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", tokens["alice"])
    store = open_rest(host.url)
    with acting.acting(user="somebody-else", source_name="train.py", comment="the first"):
        assert promote_run(store, trained(store, 0.8), "churn", POLICY).promoted
    events = history(store, "churn")
    assert {(event.user, event.verified) for event in events} == {("alice", True)}
    assert (events[-1].source_name, events[-1].comment is not None) == ("train.py", True)
    # A client of MLflow's says nothing of itself, and is known all the same.
    body = {"name": "churn", "alias": "champion", "version": "1"}
    headers = {"Authorization": f"Bearer {tokens['alice']}"}
    assert host.ask("/api/2.0/mlflow/registered-models/alias", body, headers=headers)[0] == 200
    last = history(store, "churn")[-1]
    assert (last.user, last.verified, last.source_type) == ("alice", True, "API")
    assert verify(store).is_whole
    store.close()


def test_who_may_only_read_reads_the_history_and_promotes_nothing(guarded, monkeypatch):
    host, tokens = guarded
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", tokens["alice"])
    editor = open_rest(host.url)
    run = trained(editor, 0.9)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", tokens["bob"])
    store = open_rest(host.url)
    assert verify(store).is_whole
    with pytest.raises(PermissionDeniedError, match="may not write"):
        promote_run(store, store.get_run(run.info.run_id), "other", POLICY)
    headers = {"Authorization": f"Bearer {tokens['bob']}"}
    for operation in ("transition", "promote-candidate", "promote"):
        assert host.ask(f"{OURS}/{operation}", {"name": "churn"}, headers=headers)[0] == 403
    assert store.search_registered_models("name = 'other'") == []
    editor.close()
    store.close()
