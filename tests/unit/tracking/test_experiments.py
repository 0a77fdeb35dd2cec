"""Experiments, and which one new runs go to."""

import subprocess
import sys

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.entities import ViewType
from jupyter_tracker.errors import InvalidParameterError, ResourceAlreadyExistsError, ResourceDoesNotExistError


def experiment_of_new_run():
    with tracker.start_run() as run:
        pass
    return tracker.get_experiment(run.info.experiment_id).name


def test_the_default_experiment():
    assert experiment_of_new_run() == "Default"


def test_set_experiment_creates_and_chooses():
    experiment = tracker.set_experiment("churn")
    assert (experiment.name, experiment.lifecycle_stage) == ("churn", "active")
    assert tracker.set_experiment("churn").experiment_id == experiment.experiment_id
    assert experiment_of_new_run() == "churn"
    other = tracker.create_experiment("other")
    assert experiment_of_new_run() == "churn"
    tracker.set_experiment(experiment_id=other)
    assert experiment_of_new_run() == "other"


def test_what_set_experiment_refuses():
    with pytest.raises(InvalidParameterError):
        tracker.set_experiment()
    with pytest.raises(InvalidParameterError):
        tracker.set_experiment("a", experiment_id="0")
    with pytest.raises(ResourceDoesNotExistError):
        tracker.set_experiment(experiment_id="77")
    with pytest.raises(InvalidParameterError):
        tracker.set_experiment(" ")
    with pytest.raises(InvalidParameterError, match=r"at most 500 are allowed\. Shorten it\.$"):
        tracker.set_experiment("x" * 501)
    gone = tracker.create_experiment("gone")
    tracker.delete_experiment(gone)
    with pytest.raises(InvalidParameterError, match="Cannot set a deleted experiment 'gone'"):
        tracker.set_experiment(experiment_id=gone)
    assert experiment_of_new_run() == "Default"


def test_the_name_of_a_deleted_experiment_can_be_used_again():
    gone = tracker.create_experiment("churn")
    tracker.delete_experiment(gone)
    new = tracker.set_experiment("churn")
    assert new.experiment_id != gone
    assert experiment_of_new_run() == "churn"
    assert tracker.get_experiment(gone).name == f"churn (deleted, id {gone})"
    tracker.delete_experiment(new.experiment_id)
    third = tracker.create_experiment("churn")
    client = tracker.TrackerClient()
    other = client.create_experiment("other")
    client.delete_experiment(third)
    client.rename_experiment(other, "churn")
    assert tracker.get_experiment_by_name("churn").experiment_id == other
    with pytest.raises(ResourceAlreadyExistsError):
        client.create_experiment("churn")


def test_another_store_forgets_the_experiment():
    tracker.set_experiment("churn")
    tracker.set_tracking_uri("other.db")
    assert experiment_of_new_run() == "Default"
    tracker.set_tracking_uri(None)
    assert experiment_of_new_run() == "Default"
    tracker.set_experiment("churn")
    tracker.set_tracking_uri(tracker.get_tracking_uri())
    assert experiment_of_new_run() == "churn", "it is the same store"


def test_another_store_by_the_environment_forgets_it_too(monkeypatch):
    tracker.set_experiment("churn")
    monkeypatch.setenv("JUPYTER_TRACKER_URI", "other.db")
    assert experiment_of_new_run() == "Default"


def test_the_environment_names_the_experiment(monkeypatch):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "from-environment")
    assert experiment_of_new_run() == "from-environment"
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", tracker.create_experiment("by-id"))
    assert experiment_of_new_run() == "by-id"
    tracker.set_experiment("chosen")
    assert experiment_of_new_run() == "chosen"


def test_the_environment_names_an_experiment_that_is_not_there(monkeypatch):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "77")
    with pytest.raises(ResourceDoesNotExistError, match="MLFLOW_EXPERIMENT_ID='77'"):
        tracker.start_run()


def test_create_get_search_delete():
    tags = {"team": "blue", "year": 2026}
    experiment_id = tracker.create_experiment("churn", tags=tags)
    with pytest.raises(ResourceAlreadyExistsError):
        tracker.create_experiment("churn")
    assert tracker.get_experiment(experiment_id).tags == {"team": "blue", "year": "2026"}
    assert tracker.get_experiment_by_name("churn").experiment_id == experiment_id
    assert tracker.get_experiment_by_name("nothing") is None
    assert [found.name for found in tracker.search_experiments(order_by=["name ASC"])] == ["Default", "churn"]
    assert [found.name for found in tracker.search_experiments(filter_string="name = 'churn'")] == ["churn"]
    assert len(tracker.search_experiments(max_results=1)) == 1
    tracker.delete_experiment(experiment_id)
    assert [found.name for found in tracker.search_experiments()] == ["Default"]
    assert [found.name for found in tracker.search_experiments(ViewType.DELETED_ONLY)] == ["churn"]


def test_tags_of_the_experiment_in_use():
    experiment = tracker.set_experiment("churn")
    tracker.set_experiment_tag("team", "blue")
    tracker.set_experiment_tags({"year": 2026, "draft": True})
    assert tracker.get_experiment(experiment.experiment_id).tags == {"draft": "True", "team": "blue", "year": "2026"}


def test_reading_an_empty_project_makes_nothing(project):
    assert [found.name for found in tracker.search_experiments()] == ["Default"]
    assert tracker.get_experiment("0").name == "Default"
    assert tracker.search_runs(output_format="list") == []
    assert tracker.search_runs().empty
    with pytest.raises(ResourceDoesNotExistError):
        tracker.get_run("0" * 32)
    assert tracker.get_tracking_uri() == f"sqlite:///{project}/.jupyter_tracker/tracker.db"
    assert list(project.iterdir()) == []


CHILD = """
import jupyter_tracker as tracker
with tracker.start_run() as run:
    pass
print(tracker.get_experiment(run.info.experiment_id).name)
"""


def test_a_child_process_has_what_was_chosen():
    def experiment_of_child():
        return subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True).stdout.strip()

    tracker.set_experiment("churn")
    assert experiment_of_child() == "churn"
    tracker.set_tracking_uri("other.db")
    assert experiment_of_child() == "Default"
    # Of another store than the child's own it says nothing.
    tracker.set_experiment("elsewhere")
    tracker.set_tracking_uri(None)
    assert experiment_of_child() == "Default"


def test_the_store_is_chosen_or_the_projects_own(monkeypatch):
    assert not tracker.is_tracking_uri_set()
    tracker.set_tracking_uri("other.db")
    assert tracker.is_tracking_uri_set()
    tracker.set_tracking_uri(None)
    assert not tracker.is_tracking_uri_set()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "third.db")
    assert tracker.is_tracking_uri_set()
