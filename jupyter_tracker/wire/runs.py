"""Runs as MLflow's REST 2.0 has them."""

from __future__ import annotations

from typing import Any

from jupyter_tracker.entities import Run, RunData, RunInfo, RunInputs, RunOutputs
from jupyter_tracker.wire.datasets import inputs_from_json, inputs_to_json, outputs_from_json, outputs_to_json
from jupyter_tracker.wire.logged import (
    entries_to_json,
    metric_from_json,
    metric_to_json,
    param_from_json,
    tag_from_json,
    without_empty,
)
from jupyter_tracker.wire.reading import Fields


def run_info_to_json(info: RunInfo) -> dict[str, Any]:
    """Return a run's own attributes; its id under the older name too."""
    return without_empty(
        {
            "run_uuid": info.run_id,
            "run_id": info.run_id,
            "experiment_id": info.experiment_id,
            "run_name": info.run_name,
            "user_id": info.user_id,
            "status": info.status,
            "start_time": info.start_time,
            "end_time": info.end_time,
            "artifact_uri": info.artifact_uri,
            "lifecycle_stage": info.lifecycle_stage,
        }
    )


def run_info_from_json(fields: Fields) -> RunInfo:
    """Return a run's own attributes."""
    return RunInfo(
        run_id=fields.first_of("run_id", "run_uuid"),
        experiment_id=fields.text("experiment_id"),
        user_id=fields.optional("user_id") or "",
        status=fields.optional("status") or "RUNNING",
        start_time=fields.integer("start_time", 0),
        end_time=fields.integer("end_time", 0) or None,
        lifecycle_stage=fields.optional("lifecycle_stage") or "active",
        artifact_uri=fields.optional("artifact_uri"),
        run_name=fields.optional("run_name"),
    )


def run_to_json(run: Run) -> dict[str, Any]:
    """Return a whole run."""
    found = {
        "info": run_info_to_json(run.info),
        "data": without_empty(
            {
                "metrics": [metric_to_json(metric) for metric in run.data.latest_metrics],
                "params": entries_to_json(run.data.params),
                "tags": entries_to_json(run.data.tags),
            }
        ),
        "inputs": inputs_to_json(run.inputs),
    }
    outputs = outputs_to_json(run.outputs)
    return {**found, "outputs": outputs} if outputs else found


def run_from_json(fields: Fields) -> Run:
    """Return a whole run."""
    data = fields.nested("data") if "data" in fields else Fields({})
    return Run(
        run_info_from_json(fields.nested("info")),
        RunData(
            [metric_from_json(metric) for metric in data.objects("metrics")],
            [param_from_json(param) for param in data.objects("params")],
            [tag_from_json(tag) for tag in data.objects("tags")],
        ),
        inputs_from_json(fields.nested("inputs")) if "inputs" in fields else RunInputs(),
        outputs_from_json(fields.nested("outputs")) if "outputs" in fields else RunOutputs(),
    )
