"""Runs, metric histories and tables as DataFrames: the one place where pandas is imported for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from jupyter_tracker.entities import MetricSeries, Run
from jupyter_tracker.store.base import Store

_INFO = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")
_TIMES = ("start_time", "end_time")


def runs_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Return one row per run, in the order given, with MLflow's columns.

    ``run_id experiment_id status artifact_uri`` as text, ``start_time end_time`` as ``datetime64[ns, UTC]``, then
    ``metrics.*`` (float64, NaN where missing), ``params.*`` and ``tags.*`` (text, missing where a run has none).
    Columns of a kind come in the order in which they first appear.
    """
    columns: dict[str, Any] = {name: [getattr(run.info, name) for run in runs] for name in _INFO}
    for name in _TIMES:
        columns[name] = pd.to_datetime(pd.Series(columns[name], dtype="Int64"), unit="ms", utc=True).dt.as_unit("ns")
    data = [run.data for run in runs]
    for key, values in _by_key([item.metrics for item in data], float("nan")).items():
        columns[f"metrics.{key}"] = pd.Series(values, dtype="float64")
    for key, values in _by_key([item.params for item in data], None).items():
        columns[f"params.{key}"] = values
    for key, values in _by_key([item.tags for item in data], None).items():
        columns[f"tags.{key}"] = values
    return pd.DataFrame(columns)


def _by_key(mappings: Sequence[Mapping[str, Any]], missing: Any) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for row, mapping in enumerate(mappings):
        for key, value in mapping.items():
            column = columns.get(key)
            if column is None:
                column = columns[key] = [missing] * len(mappings)
            column[row] = value
    return columns


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


def table_frame(tables: Sequence[tuple[tuple[list[str], list[list[Any]]], Mapping[str, Any]]]) -> pd.DataFrame:
    """Return the rows of several tables (columns and rows each) together, with constant columns for each table."""
    frames = [pd.DataFrame(rows, columns=columns).assign(**extra) for (columns, rows), extra in tables]
    return pd.concat(frames, ignore_index=True)
