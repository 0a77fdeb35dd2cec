"""Points that say which logged model, or which data set, they measured: a series of each beside the run's own."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from jupyter_tracker.entities import Metric
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.column_types import flagged
from jupyter_tracker.store.sql.constructs import exact
from jupyter_tracker.store.sql.fetching import float_of
from jupyter_tracker.store.sql.schema import measured_points, runs


def log_measured_points(store: SqlAccess, run_id: str, metrics: Sequence[Metric]) -> None:
    """Keep points of a run that the store has."""
    with store.write() as connection:
        run = connection.execute(sa.select(runs.c.run).where(runs.c.run_id == run_id)).scalar_one()
        rows = []
        for metric in metrics:
            value, is_nan = flagged(float(metric.value), connection.dialect.name)
            row = {"run": run, "key": metric.key, "value": value, "is_nan": is_nan, "step": int(metric.step)}
            of = {"model_id": metric.model_id or "", "dataset_name": metric.dataset_name or ""}
            more = {"dataset_digest": metric.dataset_digest or "", "timestamp": int(metric.timestamp)}
            rows.append({**row, **of, **more})
        connection.execute(sa.insert(measured_points), rows)


def measured_series(
    store: SqlAccess,
    run_id: str,
    key: str,
    model_id: str | None = None,
    dataset_name: str | None = None,
    dataset_digest: str | None = None,
) -> list[Metric]:
    """See `Store.measured_series`."""
    store.flush()
    point = measured_points.c
    query = (
        sa.select(
            point.step,
            point.timestamp,
            exact(point.value, point.is_nan),
            point.model_id,
            point.dataset_name,
            point.dataset_digest,
        )
        .join(runs, runs.c.run == point.run)
        .where(runs.c.run_id == run_id, point.key == key)
        .distinct()
    )
    for column, given in (
        (point.model_id, model_id),
        (point.dataset_name, dataset_name),
        (point.dataset_digest, dataset_digest),
    ):
        if given is not None:
            query = query.where(column == given)
    with store.read() as connection:
        rows = sorted(
            (step, timestamp, float_of(value), model or None, name or None, digest or None)
            for step, timestamp, value, model, name, digest in connection.execute(query)
        )
    return [
        Metric(key, value, timestamp, step, model, name, digest, run_id)
        for step, timestamp, value, model, name, digest in rows
    ]
