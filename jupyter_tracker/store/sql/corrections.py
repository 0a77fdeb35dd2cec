"""Corrections of what a run has logged: metrics cut back to a checkpoint, params that were wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.store.journal.checks import checked_value
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.sql import chunks
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.column_types import flagged
from jupyter_tracker.store.sql.encoding import CHUNK_COLUMNS, LATEST_COLUMNS, encoded
from jupyter_tracker.store.sql.logged_model_metrics import renew_cut_back
from jupyter_tracker.store.sql.runs import active_run
from jupyter_tracker.store.sql.schema import latest_metrics, measured_points, metric_chunks, params, tags

CORRECTED_TAG = "jupyter_tracker.corrected."


def truncate_metric(store: SqlAccess, run_id: str, key: str | None, from_step: int) -> int:
    """See `Store.truncate_metric`."""
    step = limits.check_step(from_step)
    with store.write() as connection:
        run = active_run(connection, run_id)
        table = latest_metrics.c
        keys = [key] if key is not None else connection.execute(sa.select(table.key).where(table.run == run)).scalars()
        names = list(keys)
        removed = sum(_truncate(connection, run, name, step) for name in names)
        for name in names:
            renew_cut_back(connection, run, run_id, name, step)
        return removed


def update_param(store: SqlAccess, run_id: str, key: str, value: str) -> None:
    """See `Store.update_param`."""
    limits.check_key(key, "Param")
    text = checked_value(str(value), limits.MAX_PARAM_VALUE, f"The value of param {key!r}")
    with store.write() as connection:
        run = active_run(connection, run_id)
        old = _put(connection, params, run, key, text)
        if old is not None and old != text:
            _record(connection, run, key, old)
    # This process remembers params, so as to refuse other values at once.
    store.writer(run_id).refresh_params()


def _truncate(connection: sa.Connection, run: int, key: str, step: int) -> int:
    """Rewrite the chunks that reach beyond `step`, one at a time, and the latest point."""
    measured = measured_points.c
    connection.execute(
        sa.delete(measured_points).where(measured.run == run, measured.key == key, measured.step >= step)
    )
    table = metric_chunks.c
    of_metric = sa.and_(table.run == run, table.key == key)
    reaching = sa.select(table.chunk).where(of_metric, table.max_step >= step).order_by(table.chunk)
    removed = 0
    for chunk in connection.execute(reaching).scalars().all():
        data = connection.execute(sa.select(table.data).where(table.chunk == chunk)).scalar_one()
        steps, timestamps, values = chunks.decode(data)
        kept = steps < step
        removed += int((~kept).sum())
        if kept.any():
            row = encoded(Points(key, steps[kept], timestamps[kept], values[kept]))[0]
            new = dict(zip(CHUNK_COLUMNS, row, strict=True))
            connection.execute(sa.update(metric_chunks).where(table.chunk == chunk).values(**new))
        else:
            connection.execute(sa.delete(metric_chunks).where(table.chunk == chunk))
    if removed:
        _renew_latest(connection, run, key, of_metric)
    return removed


def _renew_latest(connection: sa.Connection, run: int, key: str, of_metric: sa.ColumnElement[bool]) -> None:
    table, latest = metric_chunks.c, latest_metrics.c
    count, last = connection.execute(
        sa.select(sa.func.sum(table.count), sa.func.max(table.max_step)).where(of_metric)
    ).one()
    its_row = sa.and_(latest.run == run, latest.key == key)
    if count is None:
        connection.execute(sa.delete(latest_metrics).where(its_row))
        return
    data: Sequence[Any] = (
        connection.execute(sa.select(table.data).where(of_metric, table.max_step == last)).scalars().all()
    )
    point = dict(zip(LATEST_COLUMNS, encoded(Points(key, *chunks.joined(data)))[1], strict=True))
    point["value"], point["is_nan"] = flagged(point["value"], connection.dialect.name)
    connection.execute(sa.update(latest_metrics).where(its_row).values(**{**point, "count": int(count)}))


def _record(connection: sa.Connection, run: int, key: str, old: str) -> None:
    """Keep a replaced value in the param's tag; the oldest go where a tag has no room for all."""
    name = (CORRECTED_TAG + key)[: limits.MAX_KEY]
    stored = connection.execute(sa.select(tags.c.value).where(tags.c.run == run, tags.c.key == name)).scalar()
    history = [*json.loads(stored or "[]"), {"value": old, "replaced_ms": now_ms()}]
    while len(text := json.dumps(history, ensure_ascii=False)) > limits.MAX_TAG_VALUE and len(history) > 1:
        history.pop(0)
    if len(text) > limits.MAX_TAG_VALUE:  # one long value, and many of its characters escaped
        text = json.dumps([{**history[0], "value": old[: limits.MAX_TAG_VALUE // 8]}], ensure_ascii=False)
    _put(connection, tags, run, name, text)


def _put(connection: sa.Connection, table: sa.Table, run: int, key: str, value: str) -> str | None:
    """Set a param or tag and return the value it had; None for a new one."""
    row = sa.and_(table.c.run == run, table.c.key == key)
    old: str | None = connection.execute(sa.select(table.c.value).where(row)).scalar()
    if old is None:
        connection.execute(sa.insert(table).values(run=run, key=key, value=value))
    elif old != value:
        connection.execute(sa.update(table).where(row).values(value=value))
    return old
