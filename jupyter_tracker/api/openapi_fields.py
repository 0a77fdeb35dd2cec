"""What the fields of requests are: their JSON schemas, by name. A name means the same in every operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_WHOLE: Final[Schema] = {"type": "integer", "format": "int64"}
_FLAG: Final[Schema] = {"type": "boolean"}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_NUMBER: Final[Schema] = {"oneOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}
_RUN_ID: Final[Schema] = {"type": "string", "pattern": "^[a-zA-Z0-9][a-zA-Z0-9_-]{0,255}$"}
_MS: Final[Schema] = {"type": "integer", "format": "int64", "minimum": 0, "description": "ms UTC"}


def _object(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": properties}


_PAIR: Final = _object(("key",), key=_TEXT, value=_TEXT)
_PAIRS: Final[Schema] = {"type": "array", "items": _PAIR}
_POINT: Final = _object(
    ("key", "value", "timestamp"),
    key=_TEXT, value=_NUMBER, timestamp=_MS, step=_WHOLE, model_id=_TEXT, dataset_name=_TEXT, dataset_digest=_TEXT,
)  # fmt: skip
_DATASET: Final = _object(
    ("name", "digest", "source_type", "source"),
    name=_TEXT, digest=_TEXT, source_type=_TEXT, source=_TEXT, schema=_TEXT, profile=_TEXT,
)  # fmt: skip
_MODEL: Final = _object(("model_id",), model_id=_TEXT, step=_WHOLE)

FIELDS: Final[Mapping[str, Schema]] = {
    "archive_existing_versions": _FLAG,
    "datasets": {"type": "array", "items": _object(("dataset",), dataset=_DATASET, tags=_PAIRS)},
    "end_time": _MS,
    "expected": _TEXTS,
    "experiment_ids": _TEXTS,
    "limit": {"type": "integer", "minimum": 0},
    "max_results": {"type": "integer", "minimum": 1},
    "metrics": {"type": "array", "items": _POINT, "maxItems": 1000},
    "models": {"type": "array", "items": _MODEL},
    "offset": {"type": "integer", "minimum": 0},
    "order_by": _TEXTS,
    "params": {"type": "array", "items": _PAIR, "maxItems": 100},
    "position": {"type": "integer", "minimum": 0},
    "run_id": _RUN_ID,
    "run_ids": _TEXTS,
    "seen_others": _TEXTS,
    "run_view_type": {"enum": ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]},
    "stages": _TEXTS,
    "start_time": _MS,
    "status": {"type": "string"},
    "step": _WHOLE,
    "tags": _PAIRS,
    "timestamp": _MS,
    "version": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    "view_type": {"enum": ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]},
}
"""Fields that are more than text."""

REQUIRED: Final = frozenset(
    {"alias", "experiment_id", "experiment_name", "key", "metric_key", "model_json", "name", "new_name", "run_id",
     "source", "stage", "timestamp", "version"}
)  # fmt: skip
"""Fields that an operation which knows them cannot do without, but for those of `OPTIONAL`."""

OPTIONAL: Final[Mapping[str, frozenset[str]]] = {
    "/api/2.0/mlflow/runs/create": frozenset({"experiment_id"}),
    "/api/2.0/mlflow/logged-models": frozenset({"name"}),
    "/api/2.0/mlflow/model-versions/create": frozenset({"run_id"}),
}


def schema_of(name: str, *, in_query: bool) -> dict[str, Any]:
    """Return the schema of a field; lists of our own pages' questions are comma-separated there."""
    schema = FIELDS.get(name, {} if not in_query else _TEXT)
    if in_query and schema.get("type") == "array" and schema.get("items") is not _TEXT:
        return dict(_TEXT)
    return dict(schema)
