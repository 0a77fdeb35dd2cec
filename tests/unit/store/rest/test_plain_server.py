"""The registry on a server that knows MLflow's operations only: what works, and what it is said to lack."""

import pytest

from jupyter_tracker.errors import ResourceConflictError, TrackerError
from jupyter_tracker.promotion.policy import Policy
from jupyter_tracker.promotion.promoting import promote_run
from jupyter_tracker.store.registry import Candidate, Seen
from jupyter_tracker.store.rest.store import RestStore
from jupyter_tracker.store.sql import open_sqlite
from tests.in_process import InProcess
from tests.trained import trained


@pytest.fixture(autouse=True)
def _plain(way):
    way.is_mlflow = True


def test_a_promotion_works_and_says_what_it_lacks(store, way):
    runs = [trained(store, f1) for f1 in (0.80, 0.81, 0.90, 0.90)]
    found = [promote_run(store, run, "churn", Policy("f1", 0.02)) for run in (*runs, runs[2])]
    assert [one.outcome for one in found] == ["promoted", "refused", "promoted", "refused", "already"]
    assert [version.version for version in store.get_latest_versions("churn", ["Production"])] == ["2"]
    assert store.get_model_version("churn", "1").current_stage == "Archived"
    for one in found:
        assert one.head == ""
        assert f"the server at {store.uri} is not jupyter_tracker's" in one.note
        assert "keeps no history" in str(one)
    assert sum("/jupyter-tracker/" in path for path in way.calls) == 1, "it is asked once what it knows"
    assert "provenance" not in way.sent, "no foreign server is told who acts"


def test_the_history_is_said_to_be_lacking(store):
    for ask in (store.registry_head, store.registry_events):
        with pytest.raises(TrackerError, match="Reading the history of the registry is not possible") as error:
            ask()
        assert error.value.error_code == "NOT_IMPLEMENTED"


def test_what_was_seen_is_looked_up_before_a_move(store):
    store.create_registered_model("churn")
    for number in (1, 2):
        store.create_model_version("churn", f"s3://{number}")
    store.transition_model_version_stage("churn", "1", "Production", seen=Seen("None", []))
    for seen in (Seen("None", []), Seen("Staging")):
        with pytest.raises(ResourceConflictError):
            store.transition_model_version_stage("churn", "2", "Production", seen=seen)
    with pytest.raises(ResourceConflictError):
        store.promote_candidate("churn", Candidate("s3://2"), "Production", [])
    moved = store.promote_candidate("churn", Candidate("s3://2"), "Production", ["1"])
    assert (moved.version, moved.current_stage) == ("2", "Production")


def test_changes_behind_the_back_of_a_server_are_found_through_it(tmp_path, monkeypatch):
    from jupyter_tracker.promotion.history import verify

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    served = open_sqlite(tmp_path / "tracker.db")
    store = RestStore(InProcess(served))
    store.create_registered_model("churn")
    store.create_model_version("churn", "s3://x")
    head = store.registry_head()
    assert verify(store, head).is_whole
    with served.write() as connection:
        connection.exec_driver_sql("UPDATE registry_events SET user = 'mallory' WHERE number = 2")
        connection.exec_driver_sql("UPDATE model_versions SET current_stage = 'Production'")
    changed, moved = verify(store, head).problems
    assert changed.startswith("event 2 was changed: churn, version 1 registered, by mallory")
    assert "1 is Production, not None" in moved
    store.close()
    served.close()
