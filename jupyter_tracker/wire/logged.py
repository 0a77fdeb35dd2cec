"""Params, metrics and tags, one at a time, as MLflow's REST 2.0 has them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.wire.numbers import number_to_json
from jupyter_tracker.wire.reading import Fields

_NUMBER = (float, int)
_OF_MODEL = ("model_id", "dataset_name", "dataset_digest", "run_id")


def metric_to_json(metric: Metric) -> dict[str, Any]:
    """Return a point; what belongs to a model only where it does."""
    found: dict[str, Any] = {
        "key": metric.key,
        "value": number_to_json(metric.value),
        "timestamp": metric.timestamp,
        "step": metric.step,
    }
    for name in _OF_MODEL:
        value = getattr(metric, name)
        if value is not None:
            found[name] = value
    return found


def metric_from_json(fields: Fields) -> Metric:
    """Return the point that an object holds; InvalidParameterError where something is missing or of a wrong kind."""
    return Metric(
        key=fields.text("key"),
        value=fields.number("value"),
        timestamp=fields.integer("timestamp"),
        step=fields.integer("step", 0),
        **{name: fields.optional(name) or None for name in _OF_MODEL},
    )


def metrics_of(fields: Fields, name: str) -> list[Metric]:
    """Return a list of points. Thousands come at once: what is as it should be is not looked at field by field."""
    found = []
    for index, item in enumerate(fields.listed(name)):
        metric = _plain_metric(item) if isinstance(item, dict) and len(item) == 4 else None
        found.append(metric or metric_from_json(fields.object_at(name, index)))
    return found


def _plain_metric(item: dict[str, Any]) -> Metric | None:
    try:
        key, value, timestamp, step = item["key"], item["value"], item["timestamp"], item["step"]
    except KeyError:
        return None
    if type(key) is str and key and type(value) in _NUMBER and type(timestamp) is int and type(step) is int:
        with contextlib.suppress(OverflowError):
            return Metric(key, float(value), timestamp, step)
    return None


def param_from_json(fields: Fields) -> Param:
    """Return the param that an object holds; a value that is left out is empty."""
    return Param(fields.text("key"), fields.optional("value") or "")


def tag_from_json(fields: Fields) -> RunTag:
    """Return the tag that an object holds; a value that is left out is empty."""
    return RunTag(fields.text("key"), fields.optional("value") or "")


def entries_to_json(entries: Mapping[str, str]) -> list[dict[str, str]]:
    """Return params or tags as a list of ``{"key", "value"}``."""
    return [{"key": key, "value": value} for key, value in entries.items()]


def entries_from_json(items: Iterable[Fields]) -> dict[str, str]:
    """Return a list of ``{"key", "value"}`` as a mapping; of two with one key the later stands."""
    return {item.text("key"): item.optional("value") or "" for item in items}


def without_empty(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is not None, not empty text and no empty list, as MLflow's JSON leaves those out."""
    return {name: value for name, value in found.items() if value is not None and value not in ([], "")}
