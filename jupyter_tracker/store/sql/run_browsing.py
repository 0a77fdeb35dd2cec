"""What tables of very many runs ask for. See `store.browsing.Browsing` for each."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import Run, ViewType, limits
from jupyter_tracker.search import fields as known
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.store.browsing import RunGroup, RunKeys, RunKeyUses
from jupyter_tracker.store.sql import run_grouping, run_keys, run_search
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.experiments import numbers_of
from jupyter_tracker.store.sql.fetching import Query, loaded
from jupyter_tracker.store.sql.rows import RUN_COLUMNS, runs_in_json, runs_of
from jupyter_tracker.store.sql.runs import question
from jupyter_tracker.store.sql.schema import runs


def search_run_rows(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 100,
    order_by: Sequence[str] | None = None,
    offset: int = 0,
    keys: RunKeys | None = None,
) -> list[Run]:
    """See `Browsing.search_run_rows`."""
    limits.check_max_results(max_results)
    asked = question(store, experiment_ids, filter_string, run_view_type, order_by)
    page = run_search.Page(numbers_of(experiment_ids), offset, max_results)
    with store.read() as connection:
        if keys is None:
            rows, _ = run_search.found(connection, asked, page)
        else:
            rows, _ = run_search.found(connection, asked, page, "keyed", asdict(keys))
    return runs_of(store.root, rows)


def search_run_order(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    order_by: Sequence[str] | None = None,
) -> Sequence[int]:
    """See `Browsing.search_run_order`."""
    asked = question(store, experiment_ids, filter_string, run_view_type, order_by)
    with store.read() as connection:
        return array("q", run_search.ordered(connection, asked, numbers_of(experiment_ids)))


def search_run_keys(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 100,
    order_by: Sequence[str] | None = None,
) -> RunKeyUses:
    """See `Browsing.search_run_keys`."""
    limits.check_max_results(max_results)
    asked = question(store, experiment_ids, filter_string, run_view_type, order_by)
    with store.read() as connection:
        numbers = run_search.ordered(connection, asked, numbers_of(experiment_ids), max_results)
        return run_keys.uses_of(connection, numbers)


def run_rows(store: SqlAccess, numbers: Sequence[int], keys: RunKeys) -> list[Run]:
    """See `Browsing.run_rows`."""
    with store.read() as connection:
        text = connection.execute(_by_number(), {"numbers": list(numbers), **asdict(keys)}).scalar_one()
    rows = {row[0]: row for row in loaded(text)}
    return runs_of(store.root, [rows[number] for number in numbers if number in rows])


def search_run_values(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    fields: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """See `Browsing.search_run_values`."""
    names = tuple(ordering.name for field in fields for ordering in parse_order([field], known.RUNS))
    asked = question(store, experiment_ids, filter_string, run_view_type)
    with store.read() as connection:
        rows = run_search.values(connection, asked, numbers_of(experiment_ids), names)
    if not rows:
        return []
    columns = iter(zip(*rows, strict=True))
    read = [_floats(next(columns), next(columns)) if name.entity == "metric" else next(columns) for name in names]
    return list(zip(*read, strict=True))


def search_run_groups(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    group_by: str = "",
    metrics: Mapping[str, float] | None = None,
) -> list[RunGroup] | None:
    """See `Browsing.search_run_groups`."""
    asked = question(store, experiment_ids, filter_string, run_view_type, [group_by])
    near = [(parse_order([field], known.RUNS)[0].name, value) for field, value in (metrics or {}).items()]
    with store.read() as connection:
        return run_grouping.grouped(connection, asked, numbers_of(experiment_ids), near)


def _floats(values: Sequence[Any], are_nan: Sequence[Any]) -> list[float | None]:
    # The flag alone is not enough: MySQL's marks infinity too.
    return [
        float(value) if value is not None else math.nan if is_nan else None
        for value, is_nan in zip(values, are_nan, strict=True)
    ]


@cache
def _by_number() -> Query:
    few = sa.select(*RUN_COLUMNS).where(runs.c.run.in_(sa.bindparam("numbers", expanding=True)))
    return runs_in_json(few, "keyed")
