"""Points that say which logged model, or which data set, they measured: a series of each beside the run's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import Metric
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.column_types import flagged
from jupyter_tracker.store.sql.constructs import exact
from jupyter_tracker.store.sql.fetching import float_of


def log_measured_points(store: SqlAccess, run_id: str, metrics: Sequence[Metric]) -> None:
    """Keep points of a run that the store has."""
    with store.write() as connection:
        run = connection.execute(sa.select(s.runs.c.run).where(s.runs.c.run_id == run_id)).scalar_one()
        rows = [row_of(run, metric, connection.dialect.name) for metric in metrics]
        connection.execute(sa.insert(s.measured_points), rows)


def row_of(run: int, metric: Metric, dialect: str) -> dict[str, Any]:
    """Return the row of a point of a run."""
    value, is_nan = flagged(float(metric.value), dialect)
    return {
        "run": run,
        "key": metric.key,
        "value": value,
        "is_nan": is_nan,
        "step": int(metric.step),
        "timestamp": int(metric.timestamp),
        "model_id": metric.model_id or "",
        "dataset_name": metric.dataset_name or "",
        "dataset_digest": metric.dataset_digest or "",
    }


def measured_points(store: SqlAccess, run_id: str) -> list[Metric]:
    """See `Store.measured_points`."""
    return _series(store, run_id, [])


def measured_series(
    store: SqlAccess,
    run_id: str,
    key: str,
    model_id: str | None = None,
    dataset_name: str | None = None,
    dataset_digest: str | None = None,
) -> list[Metric]:
    """See `Store.measured_series`."""
    point = s.measured_points.c
    given = ((point.model_id, model_id), (point.dataset_name, dataset_name), (point.dataset_digest, dataset_digest))
    conditions = [column == value for column, value in given if value is not None]
    return _series(store, run_id, [point.key == key, *conditions])


def _series(store: SqlAccess, run_id: str, conditions: Sequence[sa.ColumnElement[bool]]) -> list[Metric]:
    store.flush()
    point = s.measured_points.c
    query = (
        sa.select(
            point.key,
            point.step,
            point.timestamp,
            exact(point.value, point.is_nan),
            point.model_id,
            point.dataset_name,
            point.dataset_digest,
        )
        .join(s.runs, s.runs.c.run == point.run)
        .where(s.runs.c.run_id == run_id, *conditions)
        .distinct()
    )
    with store.read() as connection:
        rows = sorted(
            (key, step, timestamp, float_of(value), *of)
            for key, step, timestamp, value, *of in connection.execute(query)
        )
    return [
        Metric(key, value, timestamp, step, model or None, name or None, digest or None, run_id)
        for key, step, timestamp, value, model, name, digest in rows
    ]
