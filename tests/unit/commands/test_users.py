"""Roles in single experiments and models, as the command line gives, shows and takes them back."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_tracker.errors import StoreError
from jupyter_tracker.server.users import Users
from jupyter_tracker.store.sql import open_sqlite


@pytest.fixture
def users(tmp_path, call):
    """Ask `jupyter tracker users …` about a store with the experiment `churn`."""
    store = open_sqlite(tmp_path / "tracker.db")
    store.create_experiment("churn")
    store.close()

    def users(*words):
        return call("users", *words, "--backend-store-uri", f"sqlite:///{tmp_path / 'tracker.db'}")

    added = users("add", "ann", "--role", "none", "--no-password")
    assert f"now, on servers of sqlite:///{tmp_path / 'tracker.db'} (in {tmp_path}" in added[1]
    return users


def test_roles_are_granted_shown_and_taken_back(users, tmp_path):
    done = [
        users("grant", "ann", "--experiment", "churn", "--role", "viewer"),
        users("grant", "ann", "--experiment", "churn", "--role", "editor"),
        users("grant", "ann", "--model", "churn-classifier", "--role", "admin"),
    ]
    assert [text for _, text, _ in done] == [
        f"ann is a viewer of the experiment 'churn' in sqlite:///{tmp_path / 'tracker.db'} now.",
        f"ann is an editor of the experiment 'churn' in sqlite:///{tmp_path / 'tracker.db'} now.",
        "ann is an admin of the registered model 'churn-classifier' now.",
    ]
    assert users("list")[1].split(None, 2) == ["ann", "none", "editor of churn; admin of model churn-classifier"]
    assert json.loads(users("list", "--json")[1]) == [
        {
            "name": "ann",
            "role": "none",
            "experiments": [{"experiment_id": "1", "name": "churn", "role": "editor"}],
            "models": [{"name": "churn-classifier", "role": "admin"}],
            "tokens": [],
        }
    ]
    assert users("ungrant", "ann", "--experiment", "churn")[0] == 0
    assert users("grant", "ann", "--model", "churn-classifier", "--role", "none")[0] == 0
    assert users("list")[1].split() == ["ann", "none"]
    kept = json.loads((tmp_path / "tracker.db.users.json").read_text())["users"]["ann"]
    assert not {"experiments", "models"} & set(kept)


def test_what_cannot_be_granted_says_why(users):
    for words, why in (
        (("grant", "ann", "--experiment", "chrn", "--role", "editor"), "There is no experiment 'chrn'"),
        (("grant", "bob", "--experiment", "churn", "--role", "editor"), "There is no user 'bob'"),
        (("ungrant", "ann", "--experiment", "churn"), "has no role of its own in experiment '1'"),
    ):
        status, _, error = users(*words)
        assert status != 0
        assert why in error


def test_where_there_is_no_store_yet_the_place_is_named(project, call):
    status, _, told = call("users", "grant", "ann", "--experiment", "churn", "--role", "editor")
    assert status != 0
    assert f"There is no store at {project / '.jupyter_tracker' / 'tracker.db'} yet" in told


def test_a_role_that_does_not_exist_lets_nobody_in(tmp_path):
    users = Users(tmp_path / "users.json")
    users.add("ann", "none")
    users.grant("ann", "models", "m", "viewer")
    users.path.write_text(users.path.read_text().replace('"viewer"', '"owner"'))
    with pytest.raises(StoreError, match="cannot be read: Invalid role 'owner'"):
        Users(users.path).all()


def test_an_experiment_is_named_by_its_id_too_and_after_it_is_gone(users):
    assert users("grant", "ann", "--experiment", "1", "--role", "viewer")[1].startswith("ann is a viewer of the exp")
    assert users("ungrant", "ann", "--experiment", "1")[0] == 0
    assert users("grant", "ann", "--experiment", "77", "--role", "viewer")[0] != 0


def test_a_file_of_users_says_not_which_store_an_experiment_is_in(users, call, tmp_path, monkeypatch):
    elsewhere = open_sqlite(tmp_path / "elsewhere.db")  # this project's, and not the server's
    for name in ("pricing", "churn"):
        elsewhere.create_experiment(name)
    elsewhere.close()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", elsewhere.uri)
    file = ("--users-file", str(tmp_path / "tracker.db.users.json"))
    for words in (
        ("grant", "ann", "--experiment", "churn", "--role", "viewer"),
        ("ungrant", "ann", "--experiment", "1"),
    ):
        status, _, error = call("users", *words, *file)
        assert status != 0
        assert "--backend-store-uri" in error
    assert users("grant", "ann", "--experiment", "churn", "--role", "viewer", *file)[0] == 0
    assert call("users", "grant", "ann", "--model", "churn-classifier", "--role", "viewer", *file)[0] == 0
    assert "viewer of experiment 1;" in call("users", "list", *file)[1]
    assert "viewer of churn;" in users("list", *file)[1]


def test_of_changes_at_once_none_is_lost(tmp_path):
    path = tmp_path / "users.json"
    Users(path).add("ann", "none")

    def grant(number):
        users = Users(path)  # as another process has them
        for each in range(5):
            users.grant("ann", "models", f"{number}-{each}", "viewer")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(grant, range(4)))
    assert len(Users(path).get("ann").models) == 20
