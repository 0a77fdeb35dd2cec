"""What runs log: params, metrics, tags, inputs and outputs.

What these answer to survives a kill of the server: it is in the store, or in a journal that the next one replays.
"""

from __future__ import annotations

import json
from typing import Any, Final

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY, cut_param, run_id_of, tags_of
from jupyter_tracker.entities import RunTag
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.wire.datasets import dataset_input_from_json, output_from_json
from jupyter_tracker.wire.logged import metric_from_json, metrics_of, param_from_json
from jupyter_tracker.wire.reading import Fields

_MODEL_HISTORY: Final = "mlflow.log-model.history"
_MODEL_KEYS: Final = ("artifact_path", "flavors", "utc_time_created", "run_id")


def metric(request: Request) -> Response:
    """Log one point. Fields: ``run_id``, ``key``, ``value``, ``timestamp`` (ms UTC), ``step``."""
    point = metric_from_json(request.fields)
    request.own.log_batch_soon(run_id_of(request.fields), metrics=[point])
    return EMPTY


def param(request: Request) -> Response:
    """Log one param. Fields: ``run_id``, ``key``, ``value``."""
    request.own.log_batch_soon(run_id_of(request.fields), params=[cut_param(param_from_json(request.fields))])
    return EMPTY


def batch(request: Request) -> Response:
    """Log many at once. Fields: ``run_id``, ``metrics``, ``params``, ``tags``."""
    fields = request.fields
    request.own.log_batch_soon(
        run_id_of(fields),
        metrics_of(fields, "metrics"),
        [cut_param(param_from_json(param)) for param in fields.objects("params")],
        tags_of(fields.objects("tags")),
    )
    return EMPTY


def set_tag(request: Request) -> Response:
    """Set a tag. Fields: ``run_id``, ``key``, ``value``."""
    request.own.log_batch_soon(run_id_of(request.fields), tags=tags_of([request.fields]))
    return EMPTY


def delete_tag(request: Request) -> Response:
    """Remove a tag. Fields: ``run_id``, ``key``."""
    request.own.delete_tag(run_id_of(request.fields), request.fields.text("key"))
    return EMPTY


def inputs(request: Request) -> Response:
    """Record what a run read. Fields: ``run_id``, ``datasets``, ``models``."""
    fields = request.fields
    request.own.log_inputs(
        run_id_of(fields),
        [dataset_input_from_json(entry) for entry in fields.objects("datasets")],
        [model.text("model_id") for model in fields.objects("models")],
    )
    return EMPTY


def outputs(request: Request) -> Response:
    """Record what a run wrote. Fields: ``run_id``, ``models``."""
    fields = request.fields
    request.own.log_outputs(run_id_of(fields), [output_from_json(model) for model in fields.objects("models")])
    return EMPTY


def model(request: Request) -> Response:
    """Note a model among the run's files, as clients of MLflow 2 do. Fields: ``run_id``, ``model_json``."""
    run_id, added = run_id_of(request.fields), _model(request.fields)
    known = _noted(request.own.get_run(run_id).data.tags.get(_MODEL_HISTORY) or "[]")
    request.own.set_tag(run_id, RunTag(_MODEL_HISTORY, json.dumps([*known, added])))
    return EMPTY


def _noted(text: str) -> list[Any]:
    """Return the models that a run's tag notes; the tag may have been set by anybody, to anything."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise InvalidParameterError(
            f"The tag {_MODEL_HISTORY!r} of this run is no list of models in JSON: {text[:60]!r}. Remove it, and log "
            "the model again."
        )
    return found


def _model(fields: Fields) -> dict[str, Any]:
    text = fields.text("model_json")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise fields.invalid("model_json", text, "JSON is expected") from None
    missing = [key for key in _MODEL_KEYS if not isinstance(found, dict) or key not in found]
    if missing:
        raise fields.invalid("model_json", text, f"an object with {', '.join(missing)} is expected")
    return dict(found)
