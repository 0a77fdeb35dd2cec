"""A board over a tracking server: what it is asked for every two seconds."""

import pytest

from jupyter_tracker.api.board_reader import BoardReader, board_reader
from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.store.rest.store import RestStore
from tests.trained import trained

HEAD = "/api/2.0/jupyter-tracker/registry/head"
EVENTS = "/api/2.0/jupyter-tracker/registry/events"


@pytest.fixture
def runs(store):
    store.create_registered_model("churn")
    made = [trained(store, f1) for f1 in (0.8, 0.9)]
    for number, run in enumerate(made):
        # Files in a place that nobody here can ask.
        store.create_model_version("churn", f"dbfs:/models/{number}", run.info.run_id)
    return made


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def asked(way):
    """Return what was asked for since the last time."""

    def asked():
        calls = way.calls[:]
        way.calls.clear()
        return calls

    return asked


def events_of(view):
    return [event.text for event in view.events]


def test_where_nothing_has_changed_only_the_head_is_asked_for(store, runs, asked):
    clock = Clock()
    reader = BoardReader(store, 30.0, clock)
    for model in (None, "churn"):
        first = reader.view(model)
        asked()
        for _ in range(5):
            assert reader.view(model) is first
        assert asked() == [HEAD] * 5
    # A metric is logged to a run of it: seen when the board is no longer taken for fresh.
    store.log_batch(runs[0].info.run_id, [Metric("f1", 0.85, 2, 1)])
    clock.now = 29.0
    assert reader.view("churn") is first
    clock.now = 61.0
    assert "0.85" in str(reader.view("churn"))
    assert EVENTS in asked(), "the history is asked for what is new"


def test_after_a_change_only_what_is_new_is_read(store, runs, way, asked):
    reader = BoardReader(store, 30.0, Clock())
    before = reader.view("churn")
    RestStore(way).transition_model_version_stage("churn", "2", "Production")  # by somebody else
    asked()
    after = reader.view("churn")
    calls = asked()
    assert events_of(after) == ["version 2 moved from None to Production", *events_of(before)]
    assert (after.incumbent, after.head) == ("2", store.registry_head())
    assert calls.count(EVENTS) == 1
    assert not [path for path in calls if "runs/get" in path or "download-uri" in path], calls
    assert reader._events["churn"] == BoardReader(store, 0.0)._history("churn")


def test_a_renamed_and_a_deleted_model(store, runs):
    reader = BoardReader(store, 30.0, Clock())
    reader.view("churn")
    store.rename_registered_model("churn", "leavers")
    assert len(reader.view("leavers").events) == 4
    with pytest.raises(ResourceDoesNotExistError):
        reader.view("churn")
    store.create_registered_model("churn")
    assert events_of(reader.view("churn")) == ["model created"]
    store.delete_registered_model("churn")
    with pytest.raises(ResourceDoesNotExistError):
        reader.view("churn")


def test_a_server_without_a_history_is_not_asked_for_each_run_again(store, way, runs, asked):
    way.is_mlflow = True
    foreign = RestStore(way)
    reader = BoardReader(foreign, 30.0, Clock())
    reader.view("churn")
    asked()
    foreign.set_registered_model_alias("churn", "champion", "1")
    view = reader.view("churn")
    assert [card.aliases for card in view.columns[0].cards] == [[], ["champion"]]
    assert view.head == ""
    assert not [path for path in asked() if "runs/get" in path or "download-uri" in path]


def test_a_store_of_this_machine_is_read_each_time(store, way, runs):
    local = way.store
    assert board_reader(local) is board_reader(local)
    assert "0.85" not in str(board_reader(local).view("churn"))
    local.log_batch(runs[0].info.run_id, [Metric("f1", 0.85, 2, 1)])
    assert "0.85" in str(board_reader(local).view("churn"))
