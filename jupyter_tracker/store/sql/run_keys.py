"""What runs have logged, counted where it lies: the columns of a table are chosen by it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.store.browsing import KeyUse, RunKeyUses
from jupyter_tracker.store.sql.fetching import Query, in_json, loaded
from jupyter_tracker.store.sql.schema import latest_metrics, params, tags

# Rows of one table that are looked at: a run of 12,000 metrics must not make a table wait for two hundred such runs.
_MOST_ROWS = 40_000


def uses_of(connection: sa.Connection, numbers: Sequence[int]) -> RunKeyUses:
    """Return what the runs of these numbers have logged."""
    found = [
        tuple(KeyUse(key, count, bool(varies)) for key, count, varies in _rows(connection, table, numbers))
        for table in (latest_metrics, params, tags)
    ]
    return RunKeyUses(len(numbers), *found)


def _rows(connection: sa.Connection, table: sa.Table, numbers: Sequence[int]) -> list[list[Any]]:
    rows: list[list[Any]] = loaded(connection.execute(_counting(table), {"numbers": list(numbers)}).scalar_one())
    return rows


@cache
def _counting(table: sa.Table) -> Query:
    few = sa.select(table.c.key, table.c.value).where(table.c.run.in_(sa.bindparam("numbers", expanding=True)))
    some = few.limit(sa.literal_column(str(_MOST_ROWS))).subquery()
    low, high, present = sa.func.min(some.c.value), sa.func.max(some.c.value), sa.func.count(some.c.value)
    # NaN is NULL: beside numbers it is another value.
    varies = sa.case((low < high, 1), (sa.and_(present > 0, present < sa.func.count()), 1), else_=0)
    query = sa.select(some.c.key, sa.func.count().label("runs"), varies.label("varies")).group_by(some.c.key)
    return in_json(query.order_by(sa.func.count().desc(), some.c.key))
