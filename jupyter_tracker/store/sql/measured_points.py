"""Points that say which logged model, or which data set, they measured: a series of each beside the run's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import Metric
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.column_types import flagged
from jupyter_tracker.store.sql.constructs import exact
from jupyter_tracker.store.sql.fetching import by_owner, float_of, owned

_POINT = s.measured_points.c
_COLUMNS = (
    _POINT.key,
    _POINT.step,
    _POINT.timestamp,
    exact(_POINT.value, _POINT.is_nan),
    _POINT.model_id,
    _POINT.dataset_name,
    _POINT.dataset_digest,
)
_OF_RUNS = owned(
    sa.select(s.runs.c.run_id, *_COLUMNS).select_from(s.measured_points).join(s.runs, s.runs.c.run == _POINT.run)
)


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


def measured_points_of(store: SqlAccess, run_ids: Sequence[str]) -> dict[str, list[Metric]]:
    """See `Store.measured_points_of`."""
    store.flush()
    with store.read() as connection:
        found = by_owner(connection, _OF_RUNS, run_ids)
    return {run_id: _metrics(run_id, {tuple(row) for row in rows}) for run_id, rows in found.items()}


def _series(store: SqlAccess, run_id: str, conditions: Sequence[sa.ColumnElement[bool]]) -> list[Metric]:
    store.flush()
    query = (
        sa.select(*_COLUMNS)
        .join(s.runs, s.runs.c.run == s.measured_points.c.run)
        .where(s.runs.c.run_id == run_id, *conditions)
        .distinct()
    )
    with store.read() as connection:
        return _metrics(run_id, connection.execute(query))


def _metrics(run_id: str, rows: Iterable[Sequence[Any]]) -> list[Metric]:
    points = sorted((key, step, timestamp, float_of(value), *of) for key, step, timestamp, value, *of in rows)
    return [
        Metric(key, value, timestamp, step, model or None, name or None, digest or None, run_id)
        for key, step, timestamp, value, model, name, digest in points
    ]
