import pytest

from jupyter_tracker.entities import Metric, Param, RunTag, ViewType
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError


class TestCreateAndGet:
    def test_a_new_run_is_running_and_has_a_place_for_artifacts(self, store, experiment):
        run = store.create_run(experiment, "alice", 1_700_000_000_000, {"team": "growth"}, "rf-baseline")
        info = run.info
        assert (info.status, info.lifecycle_stage, info.start_time, info.end_time) == (
            "RUNNING",
            "active",
            1_700_000_000_000,
            None,
        )
        assert (info.user_id, info.run_name, info.experiment_id) == ("alice", "rf-baseline", experiment)
        assert len(info.run_id) == 32
        assert info.artifact_uri == f"{store.get_experiment(experiment).artifact_location}/{info.run_id}/artifacts"
        assert run.data.tags == {"team": "growth", "mlflow.runName": "rf-baseline"}
        assert store.get_run(info.run_id) == run

    def test_a_run_without_a_name_gets_one(self, store, experiment):
        run = store.create_run(experiment)
        assert run.info.run_name
        assert run.data.tags["mlflow.runName"] == run.info.run_name

    def test_the_name_may_come_as_a_tag(self, store, experiment):
        assert store.create_run(experiment, tags={"mlflow.runName": "mine"}).info.run_name == "mine"

    def test_start_time_defaults_to_now(self, store, experiment):
        import time

        assert abs(store.create_run(experiment).info.start_time - time.time() * 1000) < 60_000

    def test_unknown_ids(self, store):
        with pytest.raises(ResourceDoesNotExistError, match="99"):
            store.create_run("99")
        with pytest.raises(ResourceDoesNotExistError, match="f" * 32):
            store.get_run("f" * 32)

    def test_bad_tags_create_nothing(self, store, experiment):
        with pytest.raises(InvalidParameterError):
            store.create_run(experiment, tags={"a/../b": "x"})
        assert store.count_runs([experiment]) == 0

    def test_everything_logged_comes_back_sorted_by_key(self, store, new_run):
        run_id = new_run()
        store.log_batch(
            run_id,
            [Metric("f1", 0.5, 10, 0), Metric("auc", 0.7, 10, 0), Metric("f1", 0.6, 11, 1)],
            [Param("lr", "0.1"), Param("depth", "8")],
            [RunTag("team", "growth")],
        )
        data = store.get_run(run_id).data
        assert data.metrics == {"auc": 0.7, "f1": 0.6}
        assert data.latest_metrics == (Metric("auc", 0.7, 10, 0), Metric("f1", 0.6, 11, 1))
        assert list(data.params.items()) == [("depth", "8"), ("lr", "0.1")]
        assert data.tags["team"] == "growth"


class TestStart:
    def test_it_is_a_run_like_any_other(self, store, experiment):
        run, writer = store.start_run(experiment, "alice", 1_700_000_000_000, {"team": "growth"}, "rf-baseline")
        assert (run.info.status, run.info.run_name, run.info.user_id) == ("RUNNING", "rf-baseline", "alice")
        assert run.data.tags == {"team": "growth", "mlflow.runName": "rf-baseline"}
        assert store.get_run(run.info.run_id) == run
        writer.log_metric("f1", 0.9, 1, 10)
        writer.end("FINISHED", 1_700_000_001_000)
        ended = store.get_run(run.info.run_id)
        assert (ended.info.status, ended.info.end_time) == ("FINISHED", 1_700_000_001_000)
        assert ended.data.metrics == {"f1": 0.9}

    def test_whoever_asks_by_id_finds_it_at_once(self, opened, experiment):
        here, there = opened(), opened()
        for ask in (
            there.get_run,
            lambda run_id: there.writer(run_id).log_params({"lr": "0.1"}),
            lambda run_id: there.update_run(run_id, run_name="renamed"),
            lambda run_id: there.log_batch(run_id, tags=[RunTag("from", "there")]),
        ):
            run, writer = here.start_run(experiment)
            ask(run.info.run_id)
            writer.set_tags({"from": "here"})
            writer.end("FINISHED")
            there.flush()
            assert here.get_run(run.info.run_id).data.tags["from"] == "here"
        assert there.count_runs([experiment]) == 4

    def test_what_another_set_in_between_stays(self, opened, experiment):
        here, there = opened(), opened()
        run, writer = here.start_run(experiment, tags={"stage": "begun"}, run_name="first")
        there.log_batch(run.info.run_id, tags=[RunTag("stage", "changed")])
        there.update_run(run.info.run_id, run_name="second")
        writer.end("FINISHED")
        found = here.get_run(run.info.run_id)
        assert (found.data.tags["stage"], found.info.run_name) == ("changed", "second")

    def test_long_tags(self, store, experiment):
        note = "long " * 1500
        run, writer = store.start_run(experiment, tags={f"note{index}": note for index in range(20)})
        writer.close()
        assert store.get_run(run.info.run_id).data.tags["note19"] == note

    def test_bad_input_starts_nothing(self, store, experiment):
        with pytest.raises(InvalidParameterError):
            store.start_run(experiment, tags={"a/../b": "x"})
        with pytest.raises(ResourceDoesNotExistError, match="99"):
            store.start_run("99")
        store.delete_experiment(experiment)
        with pytest.raises(InvalidParameterError, match="deleted"):
            store.start_run(experiment)
        assert store.count_runs([experiment], run_view_type=ViewType.ALL) == 0


class TestUpdate:
    def test_status_and_end_time(self, store, new_run):
        run_id = new_run()
        info = store.update_run(run_id, status="FINISHED", end_time=1_800_000_000_000)
        assert (info.status, info.end_time) == ("FINISHED", 1_800_000_000_000)
        assert store.get_run(run_id).info == info

    def test_what_is_not_given_stays(self, store, new_run):
        run_id = new_run("first")
        store.update_run(run_id, status="FAILED", end_time=1_800_000_000_000)
        info = store.update_run(run_id, run_name="second")
        assert (info.status, info.end_time, info.run_name) == ("FAILED", 1_800_000_000_000, "second")

    def test_name_and_tag_mirror_each_other(self, store, new_run):
        run_id = new_run("first")
        store.update_run(run_id, run_name="second")
        assert store.get_run(run_id).data.tags["mlflow.runName"] == "second"
        store.set_tag(run_id, RunTag("mlflow.runName", "third"))
        assert store.get_run(run_id).info.run_name == "third"

    def test_an_empty_name_tag_does_not_blank_the_name(self, store, new_run):
        run_id = new_run("first")
        store.set_tag(run_id, RunTag("mlflow.runName", ""))
        assert store.get_run(run_id).info.run_name == "first"

    def test_a_run_that_goes_on_has_not_ended(self, store, new_run):
        run_id = new_run()
        store.update_run(run_id, status="FINISHED", end_time=1_800_000_000_000)
        assert store.update_run(run_id, status="RUNNING").end_time is None

    @pytest.mark.parametrize("status", ["DONE", "finished", 3, ""])
    def test_an_unknown_status_is_refused(self, store, new_run, status):
        with pytest.raises(InvalidParameterError, match="status"):
            store.update_run(new_run(), status=status)

    def test_a_deleted_or_unknown_run_is_refused(self, store, new_run):
        run_id = new_run()
        store.delete_run(run_id)
        with pytest.raises(InvalidParameterError, match="active"):
            store.update_run(run_id, status="FINISHED")
        with pytest.raises(ResourceDoesNotExistError):
            store.update_run("f" * 32, status="FINISHED")


class TestTrash:
    def test_delete_and_restore(self, store, experiment, new_run):
        run_id = new_run(metrics={"f1": 0.5})
        store.delete_run(run_id)
        assert store.get_run(run_id).info.lifecycle_stage == "deleted"
        assert store.count_runs([experiment]) == 0
        assert store.count_runs([experiment], run_view_type=ViewType.DELETED_ONLY) == 1
        store.restore_run(run_id)
        assert store.get_run(run_id).info.lifecycle_stage == "active"
        assert store.get_run(run_id).data.metrics == {"f1": 0.5}

    def test_both_may_be_done_twice(self, store, new_run):
        run_id = new_run()
        store.restore_run(run_id)
        store.delete_run(run_id)
        store.delete_run(run_id)
        store.restore_run(run_id)
        assert store.get_run(run_id).info.lifecycle_stage == "active"

    def test_unknown_runs(self, store):
        for method in (store.delete_run, store.restore_run):
            with pytest.raises(ResourceDoesNotExistError):
                method("f" * 32)

    def test_a_deleted_run_takes_nothing(self, store, new_run):
        run_id = new_run(tags={"a": "b"})
        store.delete_run(run_id)
        for attempt in (
            lambda: store.log_metric(run_id, Metric("f1", 1.0, 1, 0)),
            lambda: store.log_param(run_id, Param("a", "b")),
            lambda: store.set_tag(run_id, RunTag("a", "c")),
            lambda: store.delete_tag(run_id, "a"),
            lambda: store.log_inputs(run_id, []),
            lambda: store.log_outputs(run_id, []),
        ):
            with pytest.raises(InvalidParameterError, match="active"):
                attempt()
        assert store.get_run(run_id).data.tags["a"] == "b"


class TestDeleteTag:
    def test_it_is_gone(self, store, new_run):
        run_id = new_run(tags={"a": "1", "b": "2"})
        store.delete_tag(run_id, "a")
        assert "a" not in store.get_run(run_id).data.tags
        assert store.get_run(run_id).data.tags["b"] == "2"

    def test_it_may_be_set_again(self, store, new_run):
        run_id = new_run(tags={"a": "1"})
        store.delete_tag(run_id, "a")
        store.set_tag(run_id, RunTag("a", "2"))
        assert store.get_run(run_id).data.tags["a"] == "2"

    def test_a_missing_tag_is_an_error(self, store, new_run):
        with pytest.raises(ResourceDoesNotExistError, match="nothing"):
            store.delete_tag(new_run(), "nothing")
        with pytest.raises(ResourceDoesNotExistError):
            store.delete_tag("f" * 32, "a")


class TestLoggedKeys:
    def test_sorted_and_of_these_experiments_only(self, store, experiment, new_run):
        new_run(metrics={"f1": 1.0, "auc": 1.0}, params={"lr": "1"}, tags={"team": "x"})
        new_run(metrics={"f1": 1.0}, params={"depth": "1"})
        other = store.create_experiment("other")
        new_run(metrics={"loss": 1.0}, experiment_id=other)
        assert store.logged_keys([experiment]) == {
            "metrics": ["auc", "f1"],
            "params": ["depth", "lr"],
            "tags": ["mlflow.runName", "team"],
        }
        assert store.logged_keys([experiment, other])["metrics"] == ["auc", "f1", "loss"]
        assert store.logged_keys([]) == {"metrics": [], "params": [], "tags": []}
