"""What runs read and wrote, as MLflow's REST 2.0 has it."""

from __future__ import annotations

from typing import Any

from jupyter_tracker.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    RunInputs,
    RunOutputs,
)
from jupyter_tracker.wire.logged import without_empty
from jupyter_tracker.wire.reading import Fields

_DATASET = ("name", "digest", "source_type", "source", "schema", "profile")


def dataset_input_to_json(entry: DatasetInput) -> dict[str, Any]:
    """Return a data set as one run used it."""
    return without_empty(
        {
            "dataset": without_empty({name: getattr(entry.dataset, name) for name in _DATASET}),
            "tags": [{"key": tag.key, "value": tag.value} for tag in entry.tags],
        }
    )


def dataset_input_from_json(fields: Fields) -> DatasetInput:
    """Return a data set that a run used; name, digest, source and its type must be there."""
    dataset = fields.nested("dataset")
    return DatasetInput(
        Dataset(
            name=dataset.text("name"),
            digest=dataset.text("digest"),
            source_type=dataset.text("source_type"),
            source=dataset.text("source"),
            schema=dataset.optional("schema"),
            profile=dataset.optional("profile"),
        ),
        [InputTag(tag.text("key"), tag.optional("value") or "") for tag in fields.objects("tags")],
    )


def inputs_to_json(inputs: RunInputs) -> dict[str, Any]:
    """Return the inputs of a run."""
    return without_empty(
        {
            "dataset_inputs": [dataset_input_to_json(entry) for entry in inputs.dataset_inputs],
            "model_inputs": [{"model_id": model.model_id} for model in inputs.model_inputs],
        }
    )


def inputs_from_json(fields: Fields) -> RunInputs:
    """Return the inputs of a run."""
    return RunInputs(
        [dataset_input_from_json(entry) for entry in fields.objects("dataset_inputs")],
        [LoggedModelInput(model.text("model_id")) for model in fields.objects("model_inputs")],
    )


def outputs_to_json(outputs: RunOutputs) -> dict[str, Any]:
    """Return the outputs of a run."""
    return without_empty({"model_outputs": [output_to_json(model) for model in outputs.model_outputs]})


def outputs_from_json(fields: Fields) -> RunOutputs:
    """Return the outputs of a run."""
    return RunOutputs([output_from_json(model) for model in fields.objects("model_outputs")])


def output_to_json(model: LoggedModelOutput) -> dict[str, Any]:
    """Return a logged model that a run wrote."""
    return {"model_id": model.model_id, "step": model.step}


def output_from_json(fields: Fields) -> LoggedModelOutput:
    """Return a logged model that a run wrote."""
    return LoggedModelOutput(fields.text("model_id"), fields.integer("step", 0))
