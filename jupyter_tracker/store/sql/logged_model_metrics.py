"""Metrics of logged models: the latest point of each (model, metric, run, data set)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.search.tree import Name
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.column_types import flagged
from jupyter_tracker.store.sql.constructs import exact
from jupyter_tracker.store.sql.dialects import put
from jupyter_tracker.store.sql.fetching import by_owner, float_of, owned
from jupyter_tracker.store.sql.schema import logged_model_metrics, logged_models, measured_points

_VALUE = ("value", "is_nan")
_METRICS = owned(
    sa.select(
        logged_model_metrics.c.model_id,
        logged_model_metrics.c.key,
        exact(logged_model_metrics.c.value, logged_model_metrics.c.is_nan),
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
    latest: dict[tuple[str, str, str], dict[str, Any]] = {}
    for metric in metrics:
        row = _row(run_id, metric)
        key = row["model_id"], row["key"], row["origin"]
        if key not in latest or _rank(row) > _rank(latest[key]):
            latest[key] = row
    table = logged_model_metrics.c
    known = sa.select(table.model_id, table.key, table.origin, table.step, table.timestamp, table.value).where(
        table.model_id.in_({model_id for model_id, _, _ in latest})
    )
    with store.write() as connection:
        dialect = connection.dialect.name
        for stored in connection.execute(known).mappings():
            key = stored["model_id"], stored["key"], stored["origin"]
            if key in latest and _rank(latest[key]) <= _rank(stored):
                del latest[key]
        rows = [{**row, **dict(zip(_VALUE, flagged(row["value"], dialect), strict=True))} for row in latest.values()]
        put(connection, logged_model_metrics, rows)


def renew_cut_back(connection: sa.Connection, run: int, run_id: str, key: str, from_step: int) -> None:
    """Make the latest values of models right where they lie among the points of a run that were just removed.

    One of which no point is left is gone.
    """
    table = logged_model_metrics.c
    of_run = sa.and_(table.run_id == run_id, table.key == key)
    stale = sa.select(table.model_id, table.origin, table.dataset_name, table.dataset_digest)
    for model_id, origin, *data_set in connection.execute(stale.where(of_run, table.step >= from_step)).all():
        its_row = sa.and_(table.model_id == model_id, table.key == key, table.origin == origin)
        left = connection.execute(_latest_left(run, key, model_id, *data_set)).mappings().first()
        if left is None:
            connection.execute(sa.delete(logged_model_metrics).where(its_row))
        else:
            connection.execute(sa.update(logged_model_metrics).where(its_row).values(**left))


def _latest_left(run: int, key: str, model_id: str, name: str, digest: str) -> sa.Select[Any]:
    point = measured_points.c
    # NaN is below every number.
    newest = (point.step.desc(), point.timestamp.desc(), point.value.is_(None), point.value.desc())
    of = (point.model_id == model_id, point.dataset_name == name, point.dataset_digest == digest)
    columns = (point.value, point.is_nan, point.step, point.timestamp)
    return sa.select(*columns).where(point.run == run, point.key == key, *of).order_by(*newest).limit(1)


def origin_of(run_id: str, dataset_name: str, dataset_digest: str) -> str:
    """Return the digest that stands for run and data set in the table's key: 32 hex digits."""
    return hashlib.sha256(f"{run_id}\0{dataset_name}\0{dataset_digest}".encode()).hexdigest()[:32]


def _row(run_id: str, metric: Metric) -> dict[str, Any]:
    name, digest = metric.dataset_name or "", metric.dataset_digest or ""
    return {
        "model_id": metric.model_id,
        "key": metric.key,
        "origin": origin_of(run_id, name, digest),
        "run_id": run_id,
        "dataset_name": name,
        "dataset_digest": digest,
        "value": None if math.isnan(metric.value) else float(metric.value),
        "step": int(metric.step),
        "timestamp": int(metric.timestamp),
    }


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


def _rank(point: Any) -> tuple[Any, ...]:
    # NaN is below every number.
    value = point["value"]
    return point["step"], point["timestamp"], value is not None, value or 0.0
