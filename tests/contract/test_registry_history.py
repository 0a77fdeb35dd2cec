"""The registry's history: who did what, when and from where; the state at a moment; the chain that shows changes."""

import threading

import pytest
import sqlalchemy as sa

from jupyter_tracker.entities.registry_event import EMPTY_HEAD, Action
from jupyter_tracker.errors import InvalidParameterError, ResourceConflictError, ResourceDoesNotExistError
from jupyter_tracker.promotion.history import at, history, replayed, verify
from jupyter_tracker.store import acting
from jupyter_tracker.store.registry import Candidate, Seen
from jupyter_tracker.store.sql.schema import registry_events, store_info


@pytest.fixture
def model(store):
    store.create_registered_model("churn", {"team": "growth"}, "first")
    for number in (1, 2, 3):
        store.create_model_version("churn", f"s3://bucket/{number}", "a" * 32)
    return "churn"


def last(store, count=1):
    found = [(event.action, event.name, event.version, event.key, event.before, event.after)
             for event in store.registry_events()[-count:]]  # fmt: skip
    return found[0] if count == 1 else found


def change(store, statement):
    """Change rows behind the store's back."""
    with store.write() as connection:
        connection.execute(statement)


class TestEvents:
    def test_an_empty_history(self, store):
        assert store.registry_events() == []
        assert store.registry_head() == EMPTY_HEAD
        assert verify(store).is_whole

    def test_every_change_is_an_event(self, store, model):
        # name, version, key, before, after
        steps = [
            (lambda: store.update_registered_model(model, "text"), Action.UPDATE_MODEL,
             (model, None, None, "first", "text")),
            (lambda: store.set_registered_model_tag(model, "team", "risk"), Action.SET_MODEL_TAG,
             (model, None, "team", "growth", "risk")),
            (lambda: store.delete_registered_model_tag(model, "team"), Action.DELETE_MODEL_TAG,
             (model, None, "team", "risk", None)),
            (lambda: store.set_registered_model_alias(model, "champion", "1"), Action.SET_ALIAS,
             (model, "1", "champion", None, "1")),
            (lambda: store.set_registered_model_alias(model, "champion", "2"), Action.SET_ALIAS,
             (model, "2", "champion", "1", "2")),
            (lambda: store.delete_registered_model_alias(model, "champion"), Action.DELETE_ALIAS,
             (model, "2", "champion", "2", None)),
            (lambda: store.update_model_version(model, "1", "good"), Action.UPDATE_VERSION,
             (model, "1", None, None, "good")),
            (lambda: store.set_model_version_tag(model, "1", "a", "b"), Action.SET_VERSION_TAG,
             (model, "1", "a", None, "b")),
            (lambda: store.delete_model_version_tag(model, "1", "a"), Action.DELETE_VERSION_TAG,
             (model, "1", "a", "b", None)),
            (lambda: store.transition_model_version_stage(model, "1", "staging"), Action.TRANSITION,
             (model, "1", None, "None", "Staging")),
            (lambda: store.delete_model_version(model, "1"), Action.DELETE_VERSION,
             (model, "1", None, "Staging", None)),
            (lambda: store.rename_registered_model(model, "kept"), Action.RENAME_MODEL,
             ("kept", None, None, model, "kept")),
            (lambda: store.delete_registered_model("kept"), Action.DELETE_MODEL,
             ("kept", None, None, "2 (None), 3 (None)", None)),
        ]  # fmt: skip
        for step, action, expected in steps:
            before = store.registry_head()
            step()
            assert last(store) == (action, *expected)
            assert store.registry_head() != before
        events = store.registry_events()
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert verify(store).problems == ()
        assert store.registry_head() == f"{len(events)}:{events[-1].digest}"

    def test_registrations_say_tags_source_and_run(self, store, model):
        version = store.create_model_version(model, "s3://b", "b" * 32, {"x": "y"})
        made, tagged = store.registry_events()[-2:]
        assert (made.action, made.version, made.after, made.run_id) == (
            Action.CREATE_VERSION, version.version, "s3://b", "b" * 32)  # fmt: skip
        assert (tagged.action, tagged.key, tagged.after) == (Action.SET_VERSION_TAG, "x", "y")

    def test_what_changes_nothing_or_fails_is_no_event(self, store, model):
        head = store.registry_head()
        store.delete_registered_model_tag(model, "nothing")
        store.delete_registered_model_alias(model, "nothing")
        store.delete_model_version_tag(model, "1", "nothing")
        store.rename_registered_model(model, model)
        for attempt in (
            lambda: store.transition_model_version_stage(model, "99", "Staging"),
            lambda: store.set_registered_model_alias(model, "a", "99"),
            lambda: store.create_model_version(model, ""),
            lambda: store.rename_registered_model("unknown", "x"),
            lambda: store.delete_registered_model("unknown"),
        ):
            with pytest.raises((InvalidParameterError, ResourceDoesNotExistError)):
                attempt()
        assert store.registry_head() == head

    def test_who_where_and_why(self, store, model):
        with acting.acting(user="alice", source_type="NOTEBOOK", source_name="a.ipynb", cell="c1"):
            with acting.acting(comment="passed review"):
                store.transition_model_version_stage(model, "1", "Production")
            store.set_model_version_tag(model, "1", "a", "b")
        moved, tagged = store.registry_events()[-2:]
        assert (moved.user, moved.verified, moved.source_type, moved.source_name, moved.cell, moved.comment) == (
            "alice", False, "NOTEBOOK", "a.ipynb", "c1", "passed review")  # fmt: skip
        assert (tagged.user, tagged.comment) == ("alice", None)
        assert verify(store).is_whole

    def test_places_are_called_by_ids_and_not_by_folders(self, store, model, experiment, new_run):
        run_id = new_run()
        logged = store.create_logged_model(experiment, "model", run_id)
        of_run = f"{store.get_run(run_id).info.artifact_uri}/other"
        for source, model_id, called in (
            (of_run, None, f"runs:/{run_id}/other"),
            (logged.artifact_location, logged.model_id, f"models:/{logged.model_id}"),
            (f"models:/{logged.model_id}", None, f"models:/{logged.model_id}"),
            ("s3://elsewhere/model", None, "s3://elsewhere/model"),
        ):
            store.create_model_version(model, source, run_id, model_id=model_id)
            assert store.registry_events()[-1].after == called
        assert verify(store).is_whole

    def test_each_change_says_why(self, store, model):
        """However a store carries it: a comment around any change is in its event."""
        changes = [
            lambda: store.create_registered_model("other"),
            lambda: store.create_model_version("other", "s3://x"),
            lambda: store.update_registered_model("other", "text"),
            lambda: store.update_model_version("other", "1", "text"),
            lambda: store.set_registered_model_tag("other", "a", "b"),
            lambda: store.delete_registered_model_tag("other", "a"),
            lambda: store.set_model_version_tag("other", "1", "a", "b"),
            lambda: store.delete_model_version_tag("other", "1", "a"),
            lambda: store.set_registered_model_alias("other", "champion", "1"),
            lambda: store.delete_registered_model_alias("other", "champion"),
            lambda: store.transition_model_version_stage("other", "1", "Staging"),
            lambda: store.transition_model_version_stage("other", "1", "Production", seen=Seen("Staging", [])),
            lambda: store.promote_candidate("other", Candidate("s3://y"), "Staging", []),
            lambda: store.delete_model_version("other", "2"),
            lambda: store.rename_registered_model("other", "last"),
            lambda: store.delete_registered_model("last"),
        ]
        for number, change_it in enumerate(changes):
            with acting.acting(user="bob", comment=f"reason {number}"):
                change_it()
            event = store.registry_events()[-1]
            assert (event.user, event.comment) == ("bob", f"reason {number}")

    @pytest.mark.beyond_mlflow  # through a server, only the server can say so (tests/rest/test_registry.py)
    def test_whom_a_server_vouches_for(self, store, model):
        with acting.acting(user="alice", verified=True):
            store.set_model_version_tag(model, "1", "a", "b")
        store.set_model_version_tag(model, "1", "a", "c")
        assert [event.verified for event in store.registry_events()[-2:]] == [True, False]
        assert verify(store).is_whole

    def test_texts_that_databases_treat_differently(self, store, model):
        for value in ("", "Größe 東京 😀", "a\0b", "  x  ", "tab\t\nline", "x" * 100_000, '"\\'):
            store.set_model_version_tag(model, "1", "a", value)
        store.update_registered_model(model, "A\0" * 10)
        assert verify(store).problems == ()

    def test_pages(self, store, model):
        everything = store.registry_events()
        assert store.registry_events(max_results=2) == everything[:2]
        assert store.registry_events(after=2) == everything[2:]
        assert store.registry_events("other") == []


class TestHistory:
    def test_it_follows_a_model_through_its_names(self, store, model):
        store.transition_model_version_stage(model, "1", "Production")
        store.rename_registered_model(model, "retention")
        store.create_registered_model(model, description="another")
        store.create_model_version(model, "s3://other")
        store.transition_model_version_stage("retention", "2", "Production", archive_existing_versions=True)
        first = history(store, "retention")
        assert [event.action for event in first[-4:]] == [
            Action.TRANSITION, Action.RENAME_MODEL, Action.TRANSITION, Action.TRANSITION]  # fmt: skip
        assert first[0].action == Action.CREATE_MODEL
        assert first[0].name == "churn"
        second = history(store, model)
        assert [(event.action, event.after) for event in second] == [
            (Action.CREATE_MODEL, "another"), (Action.CREATE_VERSION, "s3://other")]  # fmt: skip
        assert len(first) + len(second) == len(history(store)) == len(store.registry_events())
        # And back: the first model's own events stay apart from those of the one that had its name meanwhile.
        store.rename_registered_model(model, "second")
        store.rename_registered_model("retention", model)
        assert len(history(store, model)) == len(first) + 1
        assert len(history(store, "second")) == len(second) + 1
        assert verify(store).problems == ()

    def test_a_deleted_models_history_stays(self, store, model):
        store.delete_registered_model(model)
        assert history(store, model)[-1].action == Action.DELETE_MODEL
        store.create_registered_model(model)
        assert history(store, model)[-2].action == Action.DELETE_MODEL

    def test_an_unknown_model(self, store):
        with pytest.raises(ResourceDoesNotExistError, match="ever called 'x'"):
            history(store, "x")

    def test_the_state_at_a_moment(self, store, model):
        store.transition_model_version_stage(model, "1", "Production")
        store.set_registered_model_alias(model, "champion", "1")
        times = [event.timestamp for event in history(store, model)]
        store.transition_model_version_stage(model, "2", "Production", archive_existing_versions=True)
        store.rename_registered_model(model, "retention")
        # Everything happened within a few ms here: moments are counted in events.
        events = history(store, "retention")
        then = replayed(events[: len(times)], times[-1])
        assert (then.name, then.versions("production"), then.aliases) == ("churn", ["1"], {"champion": "1"})
        assert then.run_ids["1"] == "a" * 32
        now = at(store, "retention", 2**52)
        assert (now.name, now.stages) == ("retention", {"1": "Archived", "2": "Production", "3": "None"})
        before = at(store, "retention", times[0] - 1)
        assert (before.name, before.stages) == (None, {})
        store.delete_registered_model("retention")
        assert at(store, "retention", 2**52).name is None


class TestVerification:
    @pytest.mark.beyond_mlflow  # it changes rows behind the store's back
    def test_a_changed_event_is_named(self, store, model):
        where = registry_events.c.number == 3
        change(store, sa.update(registry_events).where(where).values(user="mallory"))
        (problem,) = verify(store).problems
        assert problem.startswith("event 3 was changed: churn, version 1 registered, by mallory")

    @pytest.mark.beyond_mlflow  # it changes rows behind the store's back
    def test_missing_events_are_named(self, store, model):
        count = len(store.registry_events())
        change(store, sa.delete(registry_events).where(registry_events.c.number.in_([2, 3])))
        assert "events 2 to 3 are missing" in verify(store).problems
        change(store, sa.delete(registry_events).where(registry_events.c.number == count))
        assert f"event {count} is missing at the end: the store has counted {count}" in verify(store).problems

    @pytest.mark.beyond_mlflow  # it changes rows behind the store's back
    def test_an_expected_head(self, store, model):
        head = store.registry_head()
        store.transition_model_version_stage(model, "1", "Production")
        assert verify(store, head).is_whole
        # The last event is taken away, head and stage with it: only who has noted a head can tell.
        later = store.registry_head()
        number = int(later.partition(":")[0])
        change(store, sa.delete(registry_events).where(registry_events.c.number == number))
        change(store, sa.update(store_info).where(store_info.c.key == "registry_head").values(value=head))
        with store.write() as connection:
            connection.execute(sa.text("UPDATE model_versions SET current_stage = 'None'"))
        assert verify(store).is_whole
        assert verify(store, later).problems == (
            f"event {number}, which ended the history that was expected, is missing",
        )
        store.update_registered_model(model, "else")
        (problem,) = verify(store, later).problems
        assert problem.startswith(f"event {number} is another one than the expected head says")
        with pytest.raises(InvalidParameterError, match="no head"):
            verify(store, "nonsense")

    @pytest.mark.beyond_mlflow  # it changes rows behind the store's back
    def test_a_stage_that_was_changed_without_an_event(self, store, model):
        with store.write() as connection:
            connection.execute(sa.text("UPDATE model_versions SET current_stage = 'Production' WHERE version = 2"))
        assert verify(store).problems == ("churn: the stages are not those of the history: 2 is Production, not None",)

    def test_stores_that_write_at_once_make_one_chain(self, opened, store, model):
        stores = [opened() for _ in range(4)]

        def work(other, worker):
            for number in range(5):
                other.set_model_version_tag(model, "1", f"w{worker}", str(number))

        threads = [threading.Thread(target=work, args=(other, worker)) for worker, other in enumerate(stores)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        found = verify(store)
        assert found.problems == ()
        assert found.count == 4 + 1 + 20


class TestPromotion:
    CANDIDATE = Candidate("s3://bucket/new", "b" * 32, None, {"by": "ci"})

    def test_the_first_version(self, store):
        version = store.promote_candidate("fresh", self.CANDIDATE, "production", [])
        assert (version.version, version.current_stage, version.run_id, version.tags) == (
            "1", "Production", "b" * 32, {"by": "ci"})  # fmt: skip
        actions = [event.action for event in store.registry_events()]
        assert actions == [Action.CREATE_MODEL, Action.CREATE_VERSION, Action.SET_VERSION_TAG, Action.TRANSITION]

    def test_the_incumbent_is_archived_along(self, store, model):
        store.transition_model_version_stage(model, "1", "Production")
        assert store.promote_candidate(model, self.CANDIDATE, "Production", ["1"]).version == "4"
        assert last(store, 2) == [
            (Action.TRANSITION, model, "4", None, "None", "Production"),
            (Action.TRANSITION, model, "1", None, "Production", "Archived"),
        ]
        # A version of the same files is taken, and none is made.
        again = store.promote_candidate(model, self.CANDIDATE, "Staging", [])
        assert (again.version, again.current_stage) == ("4", "Staging")

    def test_somebody_was_there_first(self, store, model):
        store.transition_model_version_stage(model, "1", "Production")
        head = store.registry_head()
        for expected in ([], ["2"], ["1", "2"]):
            with pytest.raises(ResourceConflictError, match="is version 1 by now"):
                store.promote_candidate(model, self.CANDIDATE, "Production", expected)
        with pytest.raises(InvalidParameterError):
            store.promote_candidate(model, self.CANDIDATE, "Prod", ["1"])
        with pytest.raises(InvalidParameterError):
            store.promote_candidate(model, Candidate("models:/m-unknown"), "Production", ["1"])
        assert store.registry_head() == head
        assert len(store.search_model_versions()) == 3

    def test_of_two_at_once_one_wins(self, opened, store, model):
        outcomes = []

        def work(other, number):
            try:
                outcomes.append(other.promote_candidate(model, Candidate(f"s3://n/{number}"), "Production", []).version)
            except ResourceConflictError:
                outcomes.append("refused")

        threads = [threading.Thread(target=work, args=(opened(), number)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(outcomes)[1:] == ["refused"] * 3
        assert [version.version for version in store.get_latest_versions(model, ["Production"])] == ["4"]
        assert len(store.search_model_versions()) == 4
        assert verify(store).problems == ()


class TestMoves:
    def test_as_it_was_seen(self, store, model):
        store.transition_model_version_stage(model, "1", "Production")
        head = store.registry_head()
        for seen, said in (
            (Seen("Staging"), "version 2 is in stage None by now, and not Staging"),
            (Seen("None", []), "is version 1 by now, and not none"),
            (Seen(None, ["1", "3"]), "is version 1 by now, and not 1, 3"),
        ):
            with pytest.raises(ResourceConflictError, match=said):
                store.transition_model_version_stage(
                    model, "2", "production", archive_existing_versions=True, seen=seen
                )
        assert store.registry_head() == head
        moved = store.transition_model_version_stage(
            model, "2", "production", archive_existing_versions=True, seen=Seen("None", ["1"])
        )
        assert moved.current_stage == "Production"
        # Where it is already, the others are those beside it.
        store.transition_model_version_stage(model, "2", "Production", seen=Seen("Production", []))
        assert store.get_model_version(model, "1").current_stage == "Archived"

    @pytest.mark.parametrize("seen", [Seen("None", []), Seen(None, []), None], ids=["both", "others", "unseen"])
    def test_of_several_at_once_one_is_there_in_the_end(self, opened, store, model, seen):
        store.create_model_version(model, "s3://bucket/4")
        stores = [opened() for _ in range(4)]
        barrier, outcomes = threading.Barrier(len(stores)), []

        def work(other, version):
            barrier.wait(60)
            try:
                other.transition_model_version_stage(
                    model, version, "Production", archive_existing_versions=True, seen=seen
                )
                outcomes.append("moved")
            except ResourceConflictError:
                outcomes.append("refused")

        threads = [threading.Thread(target=work, args=(other, str(n))) for n, other in enumerate(stores, start=1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(outcomes) == (["moved"] * 4 if seen is None else ["moved", *["refused"] * 3])
        (winner,) = store.get_latest_versions(model, ["Production"])
        moves = [event for event in history(store, model) if event.action == Action.TRANSITION]
        assert len(moves) == (7 if seen is None else 1), "each move, and each archiving that came of one"
        assert [event.version for event in moves if event.after == "Production"][-1] == winner.version
        assert verify(store).problems == ()


def test_an_import_is_told_too(store):
    from jupyter_tracker.entities import ModelVersion, RegisteredModel
    from jupyter_tracker.store.upkeep import RegistryRecord, VersionRecord

    version = ModelVersion("old", "7", 1, current_stage="Production", source="s3://x", tags={"a": "b"})
    record = RegistryRecord(
        RegisteredModel("old", 1, aliases={"champion": "7"}, tags={"k": "v"}), [VersionRecord(version)]
    )
    store.import_registered_models([record])
    assert at(store, "old", 2**52).stages == {"7": "Production"}
    assert verify(store).problems == ()
    count = len(store.registry_events())
    store.import_registered_models([record])
    assert len(store.registry_events()) == count
