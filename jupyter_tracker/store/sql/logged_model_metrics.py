"""Metrics of logged models: the latest point of each (model, metric, run, data set)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.search.tree import Name
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.constructs import exact
from jupyter_tracker.store.sql.fetching import by_owner, float_of, owned
from jupyter_tracker.store.sql.schema import logged_model_metrics, logged_models

_METRICS = owned(
    sa.select(
        logged_model_metrics.c.model_id,
        logged_model_metrics.c.key,
        exact(logged_model_metrics.c.value),
        logged_model_metrics.c.timestamp,
        logged_model_metrics.c.step,
        logged_model_metrics.c.dataset_name,
        logged_model_metrics.c.dataset_digest,
        logged_model_metrics.c.run_id,
    ).order_by(logged_model_metrics.c.model_id, logged_model_metrics.c.key, logged_model_metrics.c.run_id)
)


def check_known(store: SqlAccess, metrics: Sequence[Metric]) -> None:
    """Raise ResourceDoesNotExistError where a point names a logged model that is not there."""
    wanted = sorted({str(metric.model_id) for metric in metrics})
    with store.read() as connection:
        query = sa.select(logged_models.c.model_id).where(logged_models.c.model_id.in_(wanted))
        known = set(connection.execute(query).scalars())
    for model_id in wanted:
        if model_id not in known:
            raise no_model(model_id)


def log_model_metrics(store: SqlAccess, run_id: str, metrics: Sequence[Metric]) -> None:
    """Keep the latest point of each (model, metric, run, data set)."""
    new = insert(logged_model_metrics)
    table = logged_model_metrics.c
    changes = {name: new.excluded[name] for name in ("value", "is_nan", "step", "timestamp")}
    put = new.on_conflict_do_update(set_=changes, where=_rank(new.excluded) > _rank(table))
    rows = [
        {
            "model_id": metric.model_id,
            "key": metric.key,
            "run_id": run_id,
            "dataset_name": metric.dataset_name or "",
            "dataset_digest": metric.dataset_digest or "",
            "value": None if math.isnan(metric.value) else float(metric.value),
            "is_nan": math.isnan(metric.value),
            "step": int(metric.step),
            "timestamp": int(metric.timestamp),
        }
        for metric in metrics
    ]
    with store.write() as connection:
        connection.execute(put, rows)


def latest_of(name: Name, entry: Mapping[str, object], column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """Return a column of the point that stands for a model's metric in an `order_by` entry.

    A model has a metric once per run and data set: it is the newest of those that the entry's data set fits.
    """
    metric = logged_model_metrics.c
    query = sa.select(column).where(metric.model_id == logged_models.c.model_id, metric.key == name.key)
    for given in ("dataset_name", "dataset_digest"):
        if entry.get(given) is not None:
            query = query.where(metric[given] == str(entry[given]))
    newest = query.order_by(metric.step.desc(), metric.timestamp.desc(), metric.value.desc()).limit(1)
    return newest.correlate(logged_models).scalar_subquery()


def metrics_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[Metric]]:
    """Return the metrics of many models, by model id."""
    return {
        model_id: [
            Metric(key, float_of(value), timestamp, step, model_id, name or None, digest or None, run_id)
            for key, value, timestamp, step, name, digest, run_id in rows
        ]
        for model_id, rows in by_owner(connection, _METRICS, ids).items()
    }


def no_model(model_id: str) -> ResourceDoesNotExistError:
    """Return the error for a logged model that is not there."""
    return ResourceDoesNotExistError(f"Logged model with id={model_id!r} not found in this store.")


def _rank(point: Any) -> sa.Tuple:
    # NaN is below every number.
    return sa.tuple_(point.step, point.timestamp, sa.not_(point.is_nan), sa.func.coalesce(point.value, 0.0))
