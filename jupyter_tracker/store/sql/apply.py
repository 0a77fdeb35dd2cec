"""Bring one batch of a journal into SQLite: one transaction, few statements, encoded before it begins.

Beside a CPU-bound thread every statement costs up to 5 ms for getting the GIL back, so many rows go into
one multi-row statement, never one statement per row or key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_tracker.errors import ResourceDoesNotExistError, warn_once
from jupyter_tracker.store.base import Batch
from jupyter_tracker.store.journal.stored import is_stored
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.sql import chunks
from jupyter_tracker.store.sql import sqlite_text as text
from jupyter_tracker.store.sql.new_runs import RUN_NAME_TAG, insert_run, put_tags

if TYPE_CHECKING:
    from sqlite3 import Connection

    Writing = Callable[[], AbstractContextManager[Connection]]

CONFLICT_TAG = "jupyter_tracker.conflict."
# Below this many points a chunk is small, and many small chunks are merged.
SMALL = 1024
_MERGE_AT = 64
_MERGE_AT_END = 8
_ROWS_AT_ONCE = 2000


def apply_batches(writing: Writing, batches: Sequence[Batch], small: dict[tuple[int, str], int]) -> None:
    """Apply batches in one transaction, those left out whose journal's recorded position says that they have been.

    `small` counts the small chunks of each (run, key) since the last merge, in this process.
    """
    encoded = [
        [(points.key, *_encoded(part)) for points in batch.metrics for part in _chunks_of(points)] for batch in batches
    ]
    with writing() as connection:
        found = [_found_or_made(connection, batch) for batch in batches]
        taken = [(*run, batch, points) for run, batch, points in zip(found, batches, encoded, strict=True) if run]
        _put_positions(connection, [(batch.journal_id, run, batch.position) for run, _, batch, _ in taken])
        _put_metrics(connection, [(run, *each) for run, _, _, points in taken for each in points])
        conflicts = _put_params(connection, [(run, batch) for run, _, batch, _ in taken if batch.params])
        put_tags(connection, [(run, *tag) for run, tags, _, _ in taken for tag in tags.items()])
    for run_id, keys in conflicts.items():
        warn_once(
            f"Two processes logged different values of params to run {run_id}: {', '.join(keys)}. "
            f"The first value stands; the other is kept in the tag {CONFLICT_TAG}<key>.",
            topic=f"conflict {run_id}",
        )
    for run, _, batch, points in taken:
        for key, chunk, _ in points:
            if chunk[0] < SMALL:
                small[run, key] = small.get((run, key), 0) + 1
        _merge_due(writing, run, small, ended=batch.status is not None)


def _found_or_made(connection: Connection, batch: Batch) -> tuple[int, Mapping[str, str]] | None:
    """Return the key of a batch's run and the tags to be set; None where the batch has been applied before.

    The run has the batch's name and status then.
    """
    if batch.new_run is not None:
        tags = {**batch.new_run.tags, **batch.tags}
        made = insert_run(connection, batch.run_id, replace(batch.new_run, tags=tags), batch.status, batch.end_time)
        if made is not None:
            return made, tags
    row = connection.execute(text.RUN_KEY, (batch.run_id,)).fetchone()
    if row is None:
        raise ResourceDoesNotExistError(f"Run with id={batch.run_id} not found.")
    key, status = row
    if _is_applied(connection, batch):
        return None
    if batch.status is not None and not (batch.only_if_running and status != "RUNNING"):
        connection.execute(text.RUN_STATUS, (batch.status, batch.end_time, key))
    if batch.tags.get(RUN_NAME_TAG):
        connection.execute(text.RUN_NAME, (batch.tags[RUN_NAME_TAG], key))
    return key, batch.tags


def _is_applied(connection: Connection, batch: Batch) -> bool:
    row = connection.execute(text.POSITION, (batch.journal_id,)).fetchone()
    return is_stored(batch, 0 if row is None else row[0])


def _put_positions(connection: Connection, positions: Sequence[tuple[str, int, int]]) -> None:
    for some in _pieces(positions):
        values = [value for row in some for value in row]
        connection.execute(text.NEW_POSITIONS + text.rows(len(some), 3) + text.ON_POSITIONS, values)


def _chunks_of(points: Points) -> Iterable[Points]:
    for part in chunks.parts_of(len(points.steps)):
        yield Points(points.key, points.steps[part], points.timestamps[part], points.values[part])


def _encoded(points: Points) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return a chunk's row and its latest point's, without run and key."""
    steps, timestamps, values = points.steps, points.timestamps, points.values
    count = len(steps)
    if hasattr(steps, "tobytes") and hasattr(steps, "min"):
        low, high, smallest, largest, latest = _summary_of_arrays(steps, timestamps, values)
    else:
        low, high = min(steps), max(steps)
        finite = [value for value in values if math.isfinite(value)]
        smallest, largest = (min(finite), max(finite)) if finite else (None, None)
        latest = max(zip(steps, timestamps, map(_rank, values), strict=True))
        latest = (latest[0], latest[1], None if latest[2][0] == 0 else latest[2][1])
    data = chunks.encode(steps, timestamps, values)
    step, timestamp, value = latest
    return (count, low, high, smallest, largest, data), (value, int(value is None), step, timestamp, count)


def _rank(value: float) -> tuple[int, float]:
    # NaN is below every number, and compares with none.
    return (0, 0.0) if value != value else (1, value)  # noqa: PLR0124 - the test for NaN


def _summary_of_arrays(steps: Any, timestamps: Any, values: Any) -> tuple[Any, ...]:
    import numpy as np

    high = steps.max()
    last = np.flatnonzero(steps == high)
    last = last[timestamps[last] == timestamps[last].max()]
    candidates = values[last]
    numbers = candidates[~np.isnan(candidates)]
    value = float(numbers.max()) if len(numbers) else None
    finite = values if np.isfinite(values).all() else values[np.isfinite(values)]
    smallest, largest = (float(finite.min()), float(finite.max())) if len(finite) else (None, None)
    return int(steps.min()), int(high), smallest, largest, (int(high), int(timestamps[last[0]]), value)


def _put_metrics(connection: Connection, encoded: Sequence[tuple[int, str, Any, Any]]) -> None:
    for some in _pieces(encoded):
        values = [value for run, key, chunk, _ in some for value in (run, key, *chunk)]
        connection.execute(text.NEW_CHUNKS + text.rows(len(some), 8), values)
        values = [value for run, key, _, latest in some for value in (run, key, *latest)]
        connection.execute(text.NEW_LATEST + text.rows(len(some), 7) + text.ON_LATEST, values)


def _put_params(connection: Connection, batches: Sequence[tuple[int, Batch]]) -> dict[str, list[str]]:
    """Insert params; return, by run id, the keys of those that the store has with other values."""
    items = [(run, key, value) for run, batch in batches for key, value in batch.params.items()]
    inserted = 0
    for some in _pieces(items):
        values = [value for item in some for value in item]
        inserted += connection.execute(text.NEW_PARAMS + text.rows(len(some), 3) + text.ON_PARAMS, values).rowcount
    if inserted == len(items):
        return {}
    found = {batch.run_id: _keep_conflicts(connection, run, batch) for run, batch in batches}
    return {run_id: keys for run_id, keys in found.items() if keys}


def _keep_conflicts(connection: Connection, run: int, batch: Batch) -> list[str]:
    """Keep, as tags, the params of a batch that the store has with other values; return their keys."""
    known = dict(connection.execute(text.PARAMS_OF, (run,)).fetchall())
    conflicts = {key: value for key, value in batch.params.items() if known[key] != value}
    put_tags(connection, [(run, (CONFLICT_TAG + key)[:250], value) for key, value in conflicts.items()])
    return sorted(conflicts)


def _merge_due(writing: Writing, run: int, small: dict[tuple[int, str], int], *, ended: bool) -> None:
    limit = _MERGE_AT_END if ended else _MERGE_AT
    due = [key for (its_run, key), count in small.items() if its_run == run and count >= limit]
    # Many keys come due at the same moment: a few of them each time keeps transactions short.
    for some in _pieces(due if ended else due[:100], 20):
        with writing() as connection:
            for key in some:
                _merge(connection, run, key)
        for key in some:
            small.pop((run, key), None)
    if ended:
        for its_run, key in [pair for pair in small if pair[0] == run]:
            small.pop((its_run, key), None)


def _merge(connection: Connection, run: int, key: str) -> None:
    rows = connection.execute(text.SMALL_CHUNKS_OF, (run, key, SMALL)).fetchall()
    if len(rows) < 2:
        return
    steps, timestamps, values = chunks.joined([data for _, data in rows])
    chunk, _ = _encoded(Points(key, steps, timestamps, values))
    numbers = [number for number, _ in rows]
    for some in _pieces(numbers):
        connection.execute(text.FORGET_CHUNKS + text.some(len(some)), some)
    connection.execute(text.NEW_CHUNKS + text.rows(1, 8), (run, key, *chunk))


def _pieces(items: Sequence[Any], size: int = _ROWS_AT_ONCE) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
