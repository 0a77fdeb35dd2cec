"""Bring batches of journals into a database on a server: `apply`'s sibling, one transaction, few statements.

Metrics go in by statements of many rows through the driver: a round trip for each of a thousand keys would take
longer than the training step that logged them. The run's row is locked first, so that writers of one run queue up
here and those of different runs do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from jupyter_tracker.errors import ResourceDoesNotExistError, warn_once
from jupyter_tracker.store.base import Batch, NewRun
from jupyter_tracker.store.journal.stored import is_stored
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.sql import chunks
from jupyter_tracker.store.sql.apply import _MERGE_AT, _MERGE_AT_END, CONFLICT_TAG, SMALL, _encoded, _pieces
from jupyter_tracker.store.sql.column_types import flagged
from jupyter_tracker.store.sql.dialects import insert_one, put
from jupyter_tracker.store.sql.new_runs import RUN_NAME_TAG
from jupyter_tracker.store.sql.schema import journals, latest_metrics, metric_chunks, params, runs, tags
from jupyter_tracker.store.sql.server_faults import TransientError, is_duplicate

Writing = Callable[[], AbstractContextManager[sa.Connection]]
# Of a run, a key and some points: the columns of their chunk and of their latest point.
Encoded: TypeAlias = tuple[int, str, tuple[Any, ...], tuple[Any, ...]]

# MySQL takes statements of 4 to 64 MB, by its settings.
_MOST_POINTS = 32_768
_MOST_BYTES = 1 << 20
# PostgreSQL counts a statement's parameters in 16 bits.
_MOST_ROWS = 1000

_CHUNK = ("run", "key", "count", "min_step", "max_step", "min_value", "max_value", "data")
_LATEST = ("run", "key", "count", "is_nan", "value", "timestamp", "step")


def apply_batches(writing: Writing, batches: Sequence[Batch], small: dict[tuple[int, str], int]) -> None:
    """Apply batches in one transaction, those left out whose journal's recorded position says that they have been.

    `small` counts the small chunks of each (run, key) since the last merge, in this process.
    """
    # In one order, so that no two processes wait for each other's runs.
    batches = sorted(batches, key=lambda batch: batch.run_id)
    encoded = [[(p.key, *_encoded(p)) for points in batch.metrics for p in _parts(points)] for batch in batches]
    with writing() as connection:
        found = [_found_or_made(connection, batch) for batch in batches]
        taken = [(*run, batch, points) for run, batch, points in zip(found, batches, encoded, strict=True) if run]
        positions = [
            {"journal_id": batch.journal_id, "run": run, "position": batch.position} for run, _, batch, _ in taken
        ]
        put(connection, journals, positions)
        _put_metrics(connection, [(run, *each) for run, _, _, points in taken for each in points])
        for run, _, batch, _ in taken:
            _put_params(connection, run, batch)
        put_tags(connection, [(run, *tag) for run, labels, _, _ in taken for tag in labels.items()])
    for run, _, batch, points in taken:
        for key, chunk, _ in points:
            if chunk[0] < SMALL:
                small[run, key] = small.get((run, key), 0) + 1
        _merge_due(writing, run, small, ended=batch.status is not None)


def insert_run(connection: sa.Connection, run_id: str, new: NewRun) -> None:
    """Insert a RUNNING run with its tags."""
    run = _insert_run(connection, run_id, new)
    put_tags(connection, [(run, *tag) for tag in new.tags.items()])


def make_run(connection: sa.Connection, run_id: str, new: NewRun) -> None:
    """Insert a RUNNING run with its tags, unless it is there."""
    if connection.execute(sa.select(runs.c.run).where(runs.c.run_id == run_id)).scalar() is None:
        insert_run(connection, run_id, new)


def put_tags(connection: sa.Connection, rows: Sequence[tuple[int, str, str]]) -> None:
    """Set tags: (run, key, value) each."""
    put(connection, tags, [{"run": run, "key": key[:250], "value": value} for run, key, value in rows])


def _insert_run(connection: sa.Connection, run_id: str, new: NewRun) -> int:
    values = {"run_id": run_id, "experiment_id": int(new.experiment_id), "run_name": new.run_name,
              "user_id": new.user_id, "status": "RUNNING", "start_time": new.start_time,
              "lifecycle_stage": "active"}  # fmt: skip
    try:
        return insert_one(connection, runs, **values)
    except sa.exc.IntegrityError as error:
        if is_duplicate(error):
            # Another process was faster: what is done here is to be done again, with its run.
            raise TransientError(f"Run {run_id} was made by another process at the same moment.") from error
        raise ResourceDoesNotExistError(
            f"Run {run_id} cannot be stored: its experiment {new.experiment_id} has been removed for good."
        ) from error


def _found_or_made(connection: sa.Connection, batch: Batch) -> tuple[int, Mapping[str, str]] | None:
    """Return the key of a batch's run, locked, and the tags to be set; None where the batch has been applied before.

    The run has the batch's name and status then.
    """
    query = sa.select(runs.c.run, runs.c.status).where(runs.c.run_id == batch.run_id).with_for_update()
    row = connection.execute(query).one_or_none()
    labels: Mapping[str, str] = batch.tags
    if row is not None:
        run, status = row
        if _is_applied(connection, batch):
            return None
    elif batch.new_run is not None:
        run, status = _insert_run(connection, batch.run_id, batch.new_run), "RUNNING"
        labels = {**batch.new_run.tags, **batch.tags}
    else:
        raise ResourceDoesNotExistError(f"Run with id={batch.run_id} not found.")
    changes: dict[str, Any] = {}
    if batch.status is not None and not (batch.only_if_running and status != "RUNNING"):
        changes = {"status": batch.status, "end_time": batch.end_time}
    if batch.tags.get(RUN_NAME_TAG):
        changes["run_name"] = batch.tags[RUN_NAME_TAG]
    if changes:
        connection.execute(sa.update(runs).where(runs.c.run == run).values(**changes))
    return run, labels


def _is_applied(connection: sa.Connection, batch: Batch) -> bool:
    query = sa.select(journals.c.position).where(journals.c.journal_id == batch.journal_id)
    return is_stored(batch, connection.execute(query).scalar() or 0)


def _parts(points: Points) -> Iterator[Points]:
    count = len(points.steps)
    if count <= _MOST_POINTS:
        if count:
            yield points
        return
    for start in range(0, count, _MOST_POINTS):
        some = slice(start, start + _MOST_POINTS)
        yield Points(points.key, points.steps[some], points.timestamps[some], points.values[some])


def _put_metrics(connection: sa.Connection, encoded: Sequence[Encoded]) -> None:
    dialect = connection.dialect
    for some in _by_size(encoded):
        _put_chunks(connection, some)
    # Of the parts of one metric the latest wins, whichever comes first; a statement may name a key once.
    for distinct in _once_each(encoded):
        rows: list[Any] = []
        for run, key, _, (value, _, step, timestamp, count) in distinct:
            stored, is_nan = flagged(value, dialect.name)
            rows += [run, key, count, is_nan, stored, timestamp, step]
        into, on_conflict = _insert(dialect, latest_metrics, _LATEST), _ON_LATEST[dialect.name]
        connection.exec_driver_sql(into + _rows(len(distinct), len(_LATEST)) + on_conflict, tuple(rows))


def _put_chunks(connection: sa.Connection, encoded: Sequence[Encoded]) -> None:
    values = tuple(value for run, key, chunk, _ in encoded for value in (run, key, *chunk))
    text = _insert(connection.dialect, metric_chunks, _CHUNK) + _rows(len(encoded), len(_CHUNK))
    connection.exec_driver_sql(text, values)


def _by_size(encoded: Sequence[Encoded]) -> Iterator[list[Encoded]]:
    some: list[Encoded] = []
    size = 0
    for row in encoded:
        some.append(row)
        size += len(row[2][-1])
        if len(some) == _MOST_ROWS or size > _MOST_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _once_each(encoded: Sequence[Encoded]) -> Iterator[Sequence[Encoded]]:
    rest = list(encoded)
    while rest:
        first = {row[:2]: row for row in reversed(rest)}
        yield from _pieces(list(first.values()), _MOST_ROWS)
        chosen = {id(row) for row in first.values()}
        rest = [row for row in rest if id(row) not in chosen]


def _put_params(connection: sa.Connection, run: int, batch: Batch) -> None:
    if not batch.params:
        return
    known: dict[str, str] = dict(
        map(tuple, connection.execute(sa.select(params.c.key, params.c.value).where(params.c.run == run)))
    )
    # The run is locked: nobody else adds params to it meanwhile.
    new = {key: value for key, value in batch.params.items() if key not in known}
    put(connection, params, [{"run": run, "key": key, "value": value} for key, value in new.items()])
    conflicts = {key: value for key, value in batch.params.items() if known.get(key, value) != value}
    if conflicts:
        warn_once(
            f"Two processes logged different values of params to run {batch.run_id}: {', '.join(sorted(conflicts))}. "
            f"The first value stands; the other is kept in the tag {CONFLICT_TAG}<key>.",
            topic=f"conflict {batch.run_id}",
        )
        put_tags(connection, [(run, CONFLICT_TAG + key, value) for key, value in conflicts.items()])


def _merge_due(writing: Writing, run: int, small: dict[tuple[int, str], int], *, ended: bool) -> None:
    limit = _MERGE_AT_END if ended else _MERGE_AT
    due = [key for (its_run, key), count in list(small.items()) if its_run == run and count >= limit]
    # Many keys come due at the same moment: a few of them each time keeps transactions short.
    for some in _pieces(due if ended else due[:100], 20):
        with writing() as connection:
            connection.execute(sa.select(runs.c.run).where(runs.c.run == run).with_for_update())
            for key in some:
                _merge(connection, run, key)
        for key in some:
            small.pop((run, key), None)
    if ended:
        for pair in [pair for pair in small if pair[0] == run]:
            small.pop(pair, None)


def _merge(connection: sa.Connection, run: int, key: str) -> None:
    table = metric_chunks.c
    query = sa.select(table.chunk, table.data).where(table.run == run, table.key == key, table.count < SMALL)
    rows = connection.execute(query.order_by(table.chunk)).all()
    if len(rows) < 2:
        return
    merged = Points(key, *chunks.joined([bytes(data) for _, data in rows]))
    connection.execute(sa.delete(metric_chunks).where(table.chunk.in_([number for number, _ in rows])))
    for some in _by_size([(run, part.key, *_encoded(part)) for part in _parts(merged)]):
        _put_chunks(connection, some)


@cache
def _insert(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...]) -> str:
    quote = dialect.identifier_preparer.quote
    return f"INSERT INTO {table.name} ({', '.join(map(quote, columns))}) VALUES "  # noqa: S608 - our own names


@cache
def _rows(count: int, width: int) -> str:
    row = f"({', '.join(['%s'] * width)})"
    return ", ".join([row] * count)


# The latest point is the one with the highest (step, timestamp, value); NaN is below every number.
_NEWER = """(excluded.step, excluded.timestamp, excluded.value IS NOT NULL, COALESCE(excluded.value, 0))
> (l.step, l.timestamp, l.value IS NOT NULL, COALESCE(l.value, 0))"""
_IN_POSTGRESQL = _NEWER.replace(" l.", " latest_metrics.").replace("(l.", "(latest_metrics.")
_IN_MYSQL = """(VALUES(step), VALUES(timestamp), VALUES(value) IS NOT NULL, COALESCE(VALUES(value), 0))
> (step, timestamp, value IS NOT NULL, COALESCE(value, 0))"""
_ON_LATEST = {
    "postgresql": f""" ON CONFLICT (run, key) DO UPDATE SET count = latest_metrics.count + excluded.count,
is_nan = CASE WHEN {_IN_POSTGRESQL} THEN excluded.is_nan ELSE latest_metrics.is_nan END,
value = CASE WHEN {_IN_POSTGRESQL} THEN excluded.value ELSE latest_metrics.value END,
timestamp = CASE WHEN {_IN_POSTGRESQL} THEN excluded.timestamp ELSE latest_metrics.timestamp END,
step = CASE WHEN {_IN_POSTGRESQL} THEN excluded.step ELSE latest_metrics.step END""",
    # MySQL assigns from left to right, and each comparison sees what was assigned before. In this order none is
    # misled: once the value is the new one, what is left to compare is what is left to assign.
    "mysql": f""" ON DUPLICATE KEY UPDATE count = count + VALUES(count),
is_nan = IF({_IN_MYSQL}, VALUES(is_nan), is_nan), value = IF({_IN_MYSQL}, VALUES(value), value),
timestamp = IF({_IN_MYSQL}, VALUES(timestamp), timestamp), step = IF({_IN_MYSQL}, VALUES(step), step)""",
}
