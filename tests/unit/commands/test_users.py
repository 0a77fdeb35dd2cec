"""Roles in single experiments and models, as the command line gives, shows and takes them back."""

import json

import pytest

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

    assert users("add", "ann", "--role", "none", "--no-password")[0] == 0
    return users


def test_roles_are_granted_shown_and_taken_back(users, tmp_path):
    done = [
        users("grant", "ann", "--experiment", "churn", "--role", "viewer"),
        users("grant", "ann", "--experiment", "churn", "--role", "editor"),
        users("grant", "ann", "--model", "churn-classifier", "--role", "admin"),
    ]
    assert [text for _, text, _ in done] == [
        "ann is a viewer of the experiment 'churn' now.",
        "ann is an editor of the experiment 'churn' now.",
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


def test_a_role_that_does_not_exist_lets_nobody_in(tmp_path):
    users = Users(tmp_path / "users.json")
    users.add("ann", "none")
    users.grant("ann", "models", "m", "viewer")
    users.path.write_text(users.path.read_text().replace('"viewer"', '"owner"'))
    with pytest.raises(Exception, match="Invalid role 'owner'"):
        Users(users.path).all()


def test_an_experiment_is_named_by_its_id_too_and_after_it_is_gone(users):
    assert users("grant", "ann", "--experiment", "1", "--role", "viewer")[1].startswith("ann is a viewer of the exp")
    assert users("ungrant", "ann", "--experiment", "1")[0] == 0
    assert users("grant", "ann", "--experiment", "77", "--role", "viewer")[0] != 0
