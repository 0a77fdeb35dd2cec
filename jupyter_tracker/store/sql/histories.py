"""The series of many runs in one query each thousand: an export asks for those of every run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa

from jupyter_tracker.entities import MetricSeries
from jupyter_tracker.store.sql import chunks
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.schema import latest_metrics, metric_chunks, runs

_RUNS_AT_ONCE = 1000


def short_histories(store: SqlAccess, run_ids: Sequence[str], most_points: int) -> dict[str, list[MetricSeries]]:
    """See `Store.short_histories`."""
    store.flush()
    found: dict[str, list[MetricSeries]] = {}
    with store.read() as connection:
        for start in range(0, len(run_ids), _RUNS_AT_ONCE):
            found.update(_some(connection, run_ids[start : start + _RUNS_AT_ONCE], most_points))
    return found


def _some(connection: sa.Connection, run_ids: Sequence[str], most_points: int) -> dict[str, list[MetricSeries]]:
    latest, chunk = latest_metrics.c, metric_chunks.c
    counts = sa.select(runs.c.run, runs.c.run_id).outerjoin(latest_metrics, latest.run == runs.c.run)
    counts = counts.where(runs.c.run_id.in_(run_ids)).group_by(runs.c.run, runs.c.run_id)
    short = counts.having(sa.func.coalesce(sa.func.sum(latest.count), 0) <= most_points)
    ids = dict(map(tuple, connection.execute(short)))
    found: dict[str, list[MetricSeries]] = {run_id: [] for run_id in ids.values()}
    query = sa.select(chunk.run, chunk.key, chunk.data).where(chunk.run.in_(list(ids)))
    rows = connection.execute(query.order_by(chunk.run, chunk.key, chunk.chunk)).all()
    for (run, key), some in groupby(rows, itemgetter(0, 1)):
        found[ids[run]].append(MetricSeries(key, *chunks.joined([data for _, _, data in some])))
    return found
