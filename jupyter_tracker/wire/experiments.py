"""Experiments as MLflow's REST 2.0 has them."""

from __future__ import annotations

from typing import Any

from jupyter_tracker.entities import Experiment
from jupyter_tracker.wire.logged import entries_from_json, entries_to_json, without_empty
from jupyter_tracker.wire.reading import Fields


def experiment_to_json(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment."""
    return without_empty(
        {
            "experiment_id": experiment.experiment_id,
            "name": experiment.name,
            "artifact_location": experiment.artifact_location,
            "lifecycle_stage": experiment.lifecycle_stage,
            "last_update_time": experiment.last_update_time,
            "creation_time": experiment.creation_time,
            "tags": entries_to_json(experiment.tags),
        }
    )


def experiment_from_json(fields: Fields) -> Experiment:
    """Return the experiment that an object holds."""
    return Experiment(
        experiment_id=fields.text("experiment_id"),
        name=fields.text("name"),
        artifact_location=fields.optional("artifact_location") or "",
        lifecycle_stage=fields.optional("lifecycle_stage") or "active",
        tags=entries_from_json(fields.objects("tags")),
        creation_time=fields.integer("creation_time", 0) or None,
        last_update_time=fields.integer("last_update_time", 0) or None,
    )
