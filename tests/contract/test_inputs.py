import pytest

from jupyter_tracker.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
)
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError


def entry(name="iris", digest="abc", context="train", **more):
    return DatasetInput(Dataset(name, digest, "local", "{}", **more), [InputTag("mlflow.data.context", context)])


class TestDatasets:
    def test_they_come_back_with_all_their_fields(self, store, new_run):
        run_id = new_run()
        entries = [entry(schema='{"columns": []}', profile='{"rows": 150}'), entry("wine")]
        store.log_inputs(run_id, entries)
        assert store.get_run(run_id).inputs.dataset_inputs == entries

    def test_the_same_one_twice_is_one_input_and_its_tags_are_joined(self, store, new_run):
        run_id = new_run()
        store.log_inputs(run_id, [entry(), entry()])
        store.log_inputs(run_id, [DatasetInput(entry().dataset, [InputTag("split", "1")])])
        (found,) = store.get_run(run_id).inputs.dataset_inputs
        assert {tag.key: tag.value for tag in found.tags} == {"mlflow.data.context": "train", "split": "1"}

    def test_another_digest_is_another_data_set(self, store, new_run):
        run_id = new_run()
        store.log_inputs(run_id, [entry(digest="1"), entry(digest="2")])
        assert len(store.get_run(run_id).inputs.dataset_inputs) == 2

    def test_runs_share_a_data_set_but_not_its_tags(self, store, new_run):
        first, second = new_run(), new_run()
        store.log_inputs(first, [entry(context="train")])
        store.log_inputs(second, [entry(context="test")])
        assert store.get_run(first).inputs.dataset_inputs == [entry(context="train")]
        assert store.get_run(second).inputs.dataset_inputs == [entry(context="test")]

    @pytest.mark.parametrize(
        "bad",
        [
            entry(name=""),
            entry(name="x" * 501),
            entry(digest="x" * 37),
            DatasetInput(Dataset("a", "b", "local", "x" * 65_536)),
            entry(schema="x" * 1_048_576),
            DatasetInput(entry().dataset, [InputTag("k" * 256, "v")]),
            DatasetInput(entry().dataset, [InputTag("k", "v" * 501)]),
        ],
    )
    def test_limits_and_one_bad_entry_logs_nothing(self, store, new_run, bad):
        run_id = new_run()
        with pytest.raises(InvalidParameterError):
            store.log_inputs(run_id, [entry("good"), bad])
        assert store.get_run(run_id).inputs.dataset_inputs == []

    def test_at_most_a_thousand(self, store, new_run):
        with pytest.raises(InvalidParameterError, match="1000"):
            store.log_inputs(new_run(), [entry()] * 1001)

    def test_an_unknown_run(self, store):
        with pytest.raises(ResourceDoesNotExistError):
            store.log_inputs("f" * 32, [entry()])


class TestModels:
    def test_inputs_and_outputs(self, store, new_run):
        run_id = new_run()
        store.log_inputs(run_id, model_ids=["m-2", "m-1", "m-2"])
        store.log_outputs(run_id, [LoggedModelOutput("m-3", 7), LoggedModelOutput("m-1")])
        run = store.get_run(run_id)
        assert run.inputs.model_inputs == [LoggedModelInput("m-1"), LoggedModelInput("m-2")]
        assert run.outputs.model_outputs == [LoggedModelOutput("m-1", 0), LoggedModelOutput("m-3", 7)]

    def test_a_later_step_replaces_the_earlier_one(self, store, new_run):
        run_id = new_run()
        store.log_outputs(run_id, [LoggedModelOutput("m-1", 1)])
        store.log_outputs(run_id, [LoggedModelOutput("m-1", 5)])
        assert store.get_run(run_id).outputs.model_outputs == [LoggedModelOutput("m-1", 5)]

    def test_a_bad_step(self, store, new_run):
        with pytest.raises(InvalidParameterError, match="step"):
            store.log_outputs(new_run(), [LoggedModelOutput("m-1", "soon")])
