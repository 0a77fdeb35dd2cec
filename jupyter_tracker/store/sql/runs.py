"""Runs: read, search, count, and the trash. Creating and logging is the hot path's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import LifecycleStage, PagedList, Run, RunColumns, ViewType, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.search.paging import newest_of, offset_of, token_of
from jupyter_tracker.store.sql import run_search
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.experiments import numbers_of, stages_of
from jupyter_tracker.store.sql.fetching import Query, fetched
from jupyter_tracker.store.sql.rows import runs_of
from jupyter_tracker.store.sql.run_columns import joined
from jupyter_tracker.store.sql.schema import experiments, latest_metrics, params, runs, tags


def delete_run(store: SqlAccess, run_id: str) -> None:
    """See `Store.delete_run`."""
    with store.write() as connection:
        run, stage = run_key(connection, run_id)
        if stage == LifecycleStage.ACTIVE:
            _set(connection, run, lifecycle_stage=LifecycleStage.DELETED, deleted_time=now_ms())
    store.park_deleted()


def restore_run(store: SqlAccess, run_id: str) -> None:
    """See `Store.restore_run`."""
    with store.write() as connection:
        run, stage = run_key(connection, run_id)
        if stage == LifecycleStage.ACTIVE:
            return
        home = sa.select(experiments.c.lifecycle_stage).join(runs).where(runs.c.run == run)
        if connection.execute(home).scalar_one() != LifecycleStage.ACTIVE:
            raise InvalidParameterError(f"The run {run_id!r} is in a deleted experiment. Restore the experiment first.")
        _set(connection, run, lifecycle_stage=LifecycleStage.ACTIVE, deleted_time=None)


def delete_tag(store: SqlAccess, run_id: str, key: str) -> None:
    """See `Store.delete_tag`."""
    with store.write() as connection:
        run = active_run(connection, run_id)
        gone = connection.execute(sa.delete(tags).where(tags.c.run == run, tags.c.key == key))
        if not gone.rowcount:
            raise ResourceDoesNotExistError(f"No tag with name {key!r} in run with id {run_id!r}.")


def search_runs(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 1000,
    order_by: Sequence[str] | None = None,
    page_token: str | None = None,
) -> PagedList[Run]:
    """See `Store.search_runs`."""
    asked = question(store, experiment_ids, filter_string, run_view_type, order_by)
    page = _page(experiment_ids, max_results, page_token)
    with store.read() as connection:
        rows, newest = run_search.found(connection, asked, page)
    return PagedList(runs_of(store.root, rows[:max_results]), _next(page, len(rows), newest))


def search_run_columns(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 1000,
    order_by: Sequence[str] | None = None,
    page_token: str | None = None,
) -> tuple[RunColumns, str | None]:
    """See `Store.search_run_columns`."""
    asked = question(store, experiment_ids, filter_string, run_view_type, order_by)
    page = _page(experiment_ids, max_results, page_token)
    with store.read() as connection:
        parts, newest = run_search.found_columns(connection, asked, page)
    return joined(parts), _next(page, sum(map(len, parts)), newest)


def count_runs(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
) -> int:
    """See `Store.count_runs`."""
    asked = question(store, experiment_ids, filter_string, run_view_type)
    with store.read() as connection:
        return run_search.count(connection, asked, run_search.Page(numbers_of(experiment_ids), 0, 0))


def logged_keys(store: SqlAccess, experiment_ids: Sequence[str]) -> dict[str, list[str]]:
    """See `Store.logged_keys`."""
    numbers = numbers_of(experiment_ids)
    kinds = {"metrics": latest_metrics, "params": params, "tags": tags}
    with store.read() as connection:
        return {
            kind: sorted(key for (key,) in fetched(connection, _keys(table, numbers))) for kind, table in kinds.items()
        }


def active_run(connection: sa.Connection, run_id: str) -> int:
    """Return the key of an active run; InvalidParameterError where it is deleted."""
    run, stage = run_key(connection, run_id)
    if stage != LifecycleStage.ACTIVE:
        raise InvalidParameterError(
            f"The run {run_id} must be in the 'active' state, but it is {stage!r}. Restore it first."
        )
    return run


def run_key(connection: sa.Connection, run_id: str) -> tuple[int, str]:
    """Return a run's key and lifecycle stage; ResourceDoesNotExistError where there is no such run."""
    query = sa.select(runs.c.run, runs.c.lifecycle_stage).where(runs.c.run_id == run_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise _no_run(run_id)
    return row[0], row[1]


def _no_run(run_id: str) -> ResourceDoesNotExistError:
    return ResourceDoesNotExistError(f"Run with id={run_id} not found in this store.")


def _set(connection: sa.Connection, run: int, **values: Any) -> None:
    connection.execute(sa.update(runs).where(runs.c.run == run).values(**values))


def _keys(table: sa.Table, experiment_numbers: Sequence[int]) -> Query:
    """Return the query for the keys in use: from key to key by the index, never over all rows."""
    key = sa.select(sa.func.min(table.c.key).label("key")).cte("keys", recursive=True)
    following = sa.select(sa.func.min(table.c.key)).where(table.c.key > key.c.key).correlate(key).scalar_subquery()
    key = key.union_all(sa.select(following).where(key.c.key.is_not(None)))
    # Not EXISTS, which PostgreSQL turns into a join of all rows: one row of each key is enough.
    one = (
        sa.select(sa.literal_column("1"))
        .where(table.c.key == key.c.key, table.c.run == runs.c.run, runs.c.experiment_id.in_(experiment_numbers))
        .limit(1)
        .correlate(key)
        .scalar_subquery()
    )
    return sa.select(key.c.key).where(key.c.key.is_not(None), one.is_not(None))


def _page(experiment_ids: Sequence[str], max_results: int, page_token: str | None) -> run_search.Page:
    """Return which rows are wanted: one more than asked is looked at."""
    limits.check_max_results(max_results)
    return run_search.Page(numbers_of(experiment_ids), offset_of(page_token), max_results + 1, newest_of(page_token))


def _next(page: run_search.Page, found: int, newest: int) -> str | None:
    """Return the token of the next page, None where this is the last."""
    return token_of(page.offset + page.limit - 1, page.newest or newest) if found >= page.limit else None


def question(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str,
    run_view_type: int,
    order_by: Sequence[str] | None = None,
) -> run_search.Question:
    """Return what a search asks; InvalidFilterError where its filter or order cannot be read."""
    tree = parse_filter(filter_string, fields.RUNS, lambda: logged_keys(store, experiment_ids))
    return run_search.question(tree, parse_order(order_by, fields.RUNS), stages_of(run_view_type), store.root)
