"""Logged models as MLflow's REST 2.0 has them."""

from __future__ import annotations

from typing import Any, Final

from jupyter_tracker.entities import LoggedModel, LoggedModelStatus
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.wire.logged import (
    entries_from_json,
    entries_to_json,
    metric_from_json,
    metric_to_json,
    without_empty,
)
from jupyter_tracker.wire.reading import Fields

_STATUS: Final = {
    LoggedModelStatus.UNSPECIFIED: "LOGGED_MODEL_STATUS_UNSPECIFIED",
    LoggedModelStatus.PENDING: "LOGGED_MODEL_PENDING",
    LoggedModelStatus.READY: "LOGGED_MODEL_READY",
    LoggedModelStatus.FAILED: "LOGGED_MODEL_UPLOAD_FAILED",
}
_STATUS_FROM: Final = {text: status for status, text in _STATUS.items()}


def status_to_json(status: str) -> str:
    """Return what the protocol calls a status."""
    return _STATUS[status]


def status_from_json(text: str) -> str:
    """Return the status that the protocol calls so; InvalidParameterError for another word."""
    try:
        return _STATUS_FROM[text]
    except KeyError:
        raise InvalidParameterError(
            f"Invalid value {text[:60]!r} for parameter 'status' supplied: one of {sorted(_STATUS_FROM)} is expected."
        ) from None


def logged_model_to_json(model: LoggedModel) -> dict[str, Any]:
    """Return a logged model."""
    info = {
        "model_id": model.model_id,
        "experiment_id": model.experiment_id,
        "name": model.name,
        "creation_timestamp_ms": model.creation_timestamp,
        "last_updated_timestamp_ms": model.last_updated_timestamp,
        "artifact_uri": model.artifact_location,
        "status": status_to_json(model.status),
        "status_message": model.status_message,
        "model_type": model.model_type,
        "source_run_id": model.source_run_id,
        "tags": entries_to_json(model.tags),
    }
    data = {
        "params": entries_to_json(model.params),
        "metrics": [metric_to_json(metric) for metric in model.metrics],
    }
    return {"info": without_empty(info), "data": without_empty(data)}


def logged_model_from_json(fields: Fields) -> LoggedModel:
    """Return the logged model that an object holds."""
    info = fields.nested("info")
    data = fields.nested("data") if "data" in fields else Fields({})
    return LoggedModel(
        experiment_id=info.text("experiment_id"),
        model_id=info.text("model_id"),
        name=info.optional("name") or "",
        artifact_location=info.optional("artifact_uri") or "",
        creation_timestamp=info.integer("creation_timestamp_ms", 0),
        last_updated_timestamp=info.integer("last_updated_timestamp_ms", 0),
        model_type=info.optional("model_type"),
        source_run_id=info.optional("source_run_id"),
        status=status_from_json(info.optional("status") or _STATUS[LoggedModelStatus.UNSPECIFIED]),
        status_message=info.optional("status_message"),
        tags=entries_from_json(info.objects("tags")),
        params=entries_from_json(data.objects("params")),
        metrics=[metric_from_json(metric) for metric in data.objects("metrics")],
    )
