"""The trash: names that are used again, and what is removed for good."""

import pytest

from jupyter_tracker.entities import Dataset, DatasetInput, LoggedModelOutput, Metric, ViewType
from jupyter_tracker.errors import InvalidParameterError, ResourceAlreadyExistsError, ResourceDoesNotExistError


def named(store, kind=None, **filters):
    return {entry.name: entry for entry in store.trash(**filters) if kind in (None, entry.kind)}


def test_a_deleted_experiments_name_stays_taken_until_it_is_freed(store):
    old = store.create_experiment("churn2")
    assert store.free_experiment_name("churn2") is None
    store.delete_experiment(old)
    with pytest.raises(ResourceAlreadyExistsError):
        store.create_experiment("churn2")
    assert store.free_experiment_name("churn2") == old
    new = store.create_experiment("churn2")
    assert store.get_experiment_by_name("churn2").experiment_id == new
    assert store.get_experiment(old).name == f"churn2 (deleted, id {old})"
    assert store.free_experiment_name("nobody has it") is None


def test_a_restored_experiment_gets_its_name_back_where_it_is_free(store, new_run, experiment):
    run_id = new_run()
    store.delete_experiment(experiment)
    store.free_experiment_name("churn")
    other = store.create_experiment("churn")
    with pytest.raises(ResourceAlreadyExistsError, match=rf"rename_experiment\('{other}'"):
        store.restore_experiment(experiment)
    assert store.get_run(run_id).info.lifecycle_stage == "deleted"
    store.rename_experiment(other, "churn 2")
    store.restore_experiment(experiment)
    restored = store.get_experiment(experiment)
    assert (restored.name, restored.tags, restored.lifecycle_stage) == ("churn", {}, "active")
    assert store.get_run(run_id).info.lifecycle_stage == "active"


def test_of_two_deleted_ones_the_restored_gets_the_name(store):
    first = store.create_experiment("twice")
    store.delete_experiment(first)
    store.free_experiment_name("twice")
    second = store.create_experiment("twice")
    store.delete_experiment(second)
    store.restore_experiment(first)
    assert store.get_experiment(first).name == "twice"
    assert store.get_experiment(second).name == f"twice (deleted, id {second})"


def test_a_name_of_full_length_can_be_freed(store):
    name = "x" * 500
    old = store.create_experiment(name)
    store.delete_experiment(old)
    store.free_experiment_name(name)
    assert len(store.get_experiment(old).name) <= 500
    store.restore_experiment(old)
    assert store.get_experiment(old).name == name


def test_the_trash_lists_what_was_deleted(store, new_run, experiment):
    kept, gone = new_run("kept"), new_run("gone", metrics={"f1": 0.5})
    store.delete_run(gone)
    (entry,) = store.trash()
    assert (entry.kind, entry.id, entry.name, entry.needed_by) == ("run", gone, "gone", None)
    assert entry.artifact_uri == store.get_run(gone).info.artifact_uri
    assert entry.size_bytes > 0
    assert store.trash(deleted_before=1) == []
    store.delete_experiment(experiment)
    assert [entry.kind for entry in store.trash()] == ["run", "run", "experiment"]
    assert store.get_run(kept).info.run_id == kept


def test_purging_removes_all_that_a_run_had(store, opened, new_run, experiment):
    kept = new_run("kept", metrics={"f1": 0.5}, params={"a": "1"})
    gone = new_run("gone", metrics={"f1": 0.7}, params={"b": "2"}, tags={"c": "3"})
    store.log_inputs(gone, [DatasetInput(Dataset("iris", "d", "local", "{}"))])
    store.delete_run(gone)
    assert [entry.id for entry in store.purge(store.trash())] == [gone]
    for each in (store, opened()):
        with pytest.raises(ResourceDoesNotExistError):
            each.get_run(gone)
        found = each.search_runs([experiment], run_view_type=ViewType.ALL)
        assert [run.info.run_id for run in found] == [kept]
        keys = each.logged_keys([experiment])
        assert (keys["metrics"], keys["params"]) == (["f1"], ["a"])
        assert "c" not in keys["tags"]
        assert each.trash() == []


def test_what_was_restored_in_the_meantime_stays(store, new_run):
    run_id = new_run()
    store.delete_run(run_id)
    entries = store.trash()
    store.restore_run(run_id)
    assert store.purge(entries) == []
    assert store.get_run(run_id).info.lifecycle_stage == "active"


def test_an_experiment_goes_with_its_runs_and_models(store, new_run, experiment):
    run_id = new_run()
    model = store.create_logged_model(experiment, "net", run_id, {"a": "b"}, {"depth": "8"})
    store.log_outputs(run_id, [LoggedModelOutput(model.model_id)])
    store.log_metric(run_id, Metric("f1", 0.9, 1, 0, model.model_id))
    store.delete_experiment(experiment)
    entries = store.trash()
    assert [entry.kind for entry in entries] == ["model", "run", "experiment"]
    assert store.purge(entries) == entries
    with pytest.raises(ResourceDoesNotExistError):
        store.get_experiment(experiment)
    with pytest.raises(ResourceDoesNotExistError):
        store.get_logged_model(model.model_id)
    assert store.get_experiment_by_name("churn") is None


def test_a_run_that_was_deleted_later_keeps_its_experiment(store, new_run, experiment):
    new_run()
    store.delete_experiment(experiment)
    moment = store.get_experiment(experiment).last_update_time
    assert store.trash(deleted_before=moment) == []
    assert len(store.trash(deleted_before=moment + 1)) == 2
    only_the_experiment = [entry for entry in store.trash() if entry.kind == "experiment"]
    assert store.purge(only_the_experiment) == []


@pytest.mark.parametrize("named_by", ["run_id", "model_id", "source"])
def test_what_a_registered_version_needs_is_refused(store, new_run, experiment, named_by):
    run_id = new_run("trained")
    model = store.create_logged_model(experiment, "net", run_id)
    store.create_registered_model("churn-model")
    if named_by == "model_id":
        store.create_model_version("churn-model", model.model_uri)
    elif named_by == "run_id":
        store.create_model_version("churn-model", "somewhere", run_id)
    else:
        store.create_model_version("churn-model", f"runs:/{run_id}/model")
    store.delete_experiment(experiment)
    entries = named(store)
    assert entries["trained"].needed_by == "version 1 of model churn-model"
    assert "trained" in entries["churn"].needed_by or "net" in entries["churn"].needed_by
    store.purge(store.trash())
    assert store.get_run(run_id).info.lifecycle_stage == "deleted"
    store.delete_model_version("churn-model", "1")
    store.purge(store.trash())
    assert store.trash() == []


def test_a_model_that_a_living_run_reads_stays(store, new_run, experiment):
    source, reader = new_run("source"), new_run("reader")
    model = store.create_logged_model(experiment, "net", source)
    store.log_inputs(reader, model_ids=[model.model_id])
    store.delete_run(source)
    assert named(store, "model")["net"].needed_by == "run reader"
    assert [entry.kind for entry in store.purge(store.trash())] == ["run"]
    assert store.get_logged_model(model.model_id).name == "net"


def test_a_deleted_model_goes_alone(store, new_run, experiment):
    run_id = new_run()
    model = store.create_logged_model(experiment, "net", run_id)
    store.delete_logged_model(model.model_id)
    (entry,) = store.trash()
    assert (entry.kind, entry.artifact_uri) == ("model", model.artifact_location)
    assert store.purge([entry]) == [entry]
    assert store.get_run(run_id).info.lifecycle_stage == "active"


def test_the_default_experiment_is_never_removed(store):
    store.delete_experiment("0")
    assert store.trash() == []
    store.restore_experiment("0")


def test_known_runs(store, new_run):
    run_id, gone = new_run(), new_run()
    store.delete_run(gone)
    assert store.known_runs([run_id, gone, "f" * 32]) == {run_id, gone}
    assert store.known_runs([]) == set()


def test_a_purged_run_takes_no_more_values(store, new_run):
    run_id = new_run()
    writer = store.writer(run_id)
    writer.log_metric("f1", 0.5)
    store.delete_run(run_id)
    store.purge(store.trash())
    with pytest.raises((ResourceDoesNotExistError, InvalidParameterError)):
        writer.log_metric("f1", 0.6)
    store.flush()


def test_no_journal_brings_a_purged_run_back(store, opened, experiment):
    run, writer = store.start_run(experiment, "alice", run_name="short")
    writer.log_metric("f1", 0.5)
    writer.end("FINISHED")
    store.delete_run(run.info.run_id)
    assert len(store.purge(store.trash())) == 1
    other = opened()
    other.flush()
    assert other.known_runs([run.info.run_id]) == set()
    assert other.count_runs([experiment], "", ViewType.ALL) == 0
