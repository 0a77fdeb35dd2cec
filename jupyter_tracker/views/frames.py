"""Runs, metric histories and tables as DataFrames: the one place where pandas is imported for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
import pandas as pd

from jupyter_tracker.entities import LoggedModel, MetricSeries, RunColumns
from jupyter_tracker.entities.registry_event import RegistryEvent
from jupyter_tracker.entities.run_columns import by_key
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.comparison import ComparisonView
from jupyter_tracker.views.comparison_rows import ComparisonGroup
from jupyter_tracker.wire.numbers import number_from_json

# What pandas itself makes of texts: `str` from version 3 on, `object` before.
_TEXT: Final = pd.Series(["text"]).dtype

_INFO = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")
# What nanoseconds of 64 bits reach.
_LAST_MS: Final = pd.Timestamp.max.value // 1_000_000
_TIMES = ("start_time", "end_time")


def runs_frame(runs: RunColumns) -> pd.DataFrame:
    """Return one row per run, in the order given, with MLflow's columns.

    ``run_id experiment_id status artifact_uri`` as text, ``start_time end_time`` as ``datetime64[ns, UTC]`` (missing
    where that cannot be a date, beyond the year 2262), then
    ``metrics.*`` (float64, NaN where missing), ``params.*`` and ``tags.*`` (text, missing where a run has none).
    Columns of a kind come by key.
    """
    columns: dict[str, Any] = {name: getattr(runs, name) for name in _INFO}
    for name in _TIMES:
        columns[name] = _moments(columns[name])
    for name in ("run_id", "experiment_id", "status", "artifact_uri"):
        columns[name] = _texts(columns[name])
    columns |= {f"metrics.{key}": np.array(values, dtype=np.float64) for key, values in sorted(runs.metrics.items())}
    columns |= {f"params.{key}": _texts(values) for key, values in sorted(runs.params.items())}
    columns |= {f"tags.{key}": _texts(values) for key, values in sorted(runs.tags.items())}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(runs)))


def logged_models_frame(models: Sequence[LoggedModel]) -> pd.DataFrame:
    """Return one row per logged model, in the order given.

    ``model_id name experiment_id source_run_id status model_type artifact_location`` as text, ``creation_timestamp``
    and ``last_updated_timestamp`` as ``datetime64[ns, UTC]``, then ``metrics.*`` (float64, NaN where missing),
    ``params.*`` and ``tags.*`` (text).
    """
    texts = ("model_id", "name", "experiment_id", "source_run_id", "status", "model_type", "artifact_location")
    columns: dict[str, Any] = {name: _texts([getattr(model, name) for model in models]) for name in texts}
    for name in ("creation_timestamp", "last_updated_timestamp"):
        columns[name] = _moments([getattr(model, name) for model in models])
    metrics = [{metric.key: metric.value for metric in model.metrics} for model in models]
    for key, values in by_key(metrics, float("nan")).items():
        columns[f"metrics.{key}"] = np.array(values, dtype=np.float64)
    for kind in ("params", "tags"):
        for key, values in by_key([getattr(model, kind) for model in models], None).items():
            columns[f"{kind}.{key}"] = _texts(values)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(models)))


def _moments(times_ms: Sequence[int | None]) -> pd.Series[Any]:
    times = pd.Series(times_ms, dtype="Int64")
    # One run whose start was given in nanoseconds must not hide all others.
    times = times.where(times.between(-_LAST_MS, _LAST_MS))
    return pd.to_datetime(times, unit="ms", utc=True).dt.as_unit("ns")


def _texts(values: Sequence[str | None]) -> Any:
    return pd.array(values, dtype=_TEXT)


def series_frame(series: MetricSeries) -> pd.DataFrame:
    """Return a metric's points: ``step`` (int64), ``timestamp`` (int64, ms UTC) and ``value`` (float64)."""
    return pd.DataFrame({"step": series.step, "timestamp": series.timestamp, "value": series.value}, copy=False)


def histories_frame(store: Store, run_ids: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    """Return all points of some metrics of some runs, one row a point.

    ``run_id run_name metric`` as text, ``step`` (int64), ``timestamp`` (int64, ms UTC) and ``value`` (float64); runs
    and metrics in the order given, points by step.
    """
    names = {run_id: store.get_run(run_id).info.run_name or run_id for run_id in run_ids}
    series = [(run_id, store.metric_series(run_id, key)) for run_id in run_ids for key in metrics]
    counts = [len(item) for _, item in series]
    texts = {
        "run_id": [run_id for run_id, _ in series],
        "run_name": [names[run_id] for run_id, _ in series],
        "metric": [item.key for _, item in series],
    }
    columns: dict[str, Any] = {
        name: pd.Series(np.repeat(np.array(values, object), counts), dtype="str") for name, values in texts.items()
    }
    for name, dtype in (("step", np.int64), ("timestamp", np.int64), ("value", np.float64)):
        columns[name] = np.concatenate([np.empty(0, dtype), *(getattr(item, name) for _, item in series)])
    return pd.DataFrame(columns)


def comparison_frame(view: ComparisonView, *more: ComparisonGroup, only_differing: bool = False) -> pd.DataFrame:
    """Return a comparison with a column per run and a row per value, under its group and key.

    `more` are groups that were asked for apart.

    Metrics are floats, everything else is text, None where a run has no such value.
    """
    rows: dict[tuple[str, str], list[Any]] = {}
    for group in [view.groups[0], None, *view.groups[1:], *more]:  # the metrics stand behind the params
        if group is None:
            for metric in view.metrics:
                if metric.differs or not only_differing:
                    values = [None if cell is None else number_from_json(cell.value) for cell in metric.cells]
                    rows["metrics", metric.key] = values
            continue
        for row in group.rows:
            if row.differs or not only_differing:
                rows[group.id, row.key] = row.cells if row.differs else row.cells * len(view.runs)
    index = pd.MultiIndex.from_tuples(rows, names=["group", "key"])
    return pd.DataFrame(list(rows.values()), index=index, columns=_labels(view), dtype=object)


def _labels(view: ComparisonView) -> list[str]:
    """Return a name for each run; where runs have the same, with the start of the id."""
    names = [run.name for run in view.runs]
    return [
        name if names.count(name) == 1 else f"{name} ({run.run_id[:8]})"
        for name, run in zip(names, view.runs, strict=True)
    ]


def table_frame(tables: Sequence[tuple[tuple[list[str], list[list[Any]]], Mapping[str, Any]]]) -> pd.DataFrame:
    """Return the rows of several tables (columns and rows each) together, with constant columns for each table."""
    frames = [pd.DataFrame(rows, columns=columns).assign(**extra) for (columns, rows), extra in tables]
    return pd.concat(frames, ignore_index=True)


def events_frame(events: Sequence[RegistryEvent]) -> pd.DataFrame:
    """Return one row per event of the registry, in the order given; `timestamp` as ``datetime64[ns, UTC]``."""
    names = [field.name for field in fields(RegistryEvent)]
    columns: dict[str, Any] = {name: [getattr(event, name) for event in events] for name in names}
    columns["timestamp"] = pd.to_datetime(pd.Series(columns["timestamp"], dtype="Int64"), unit="ms", utc=True)
    columns["timestamp"] = columns["timestamp"].dt.as_unit("ns")
    return pd.DataFrame(columns, index=pd.RangeIndex(len(events)))
