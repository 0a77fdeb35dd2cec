"""Bring one batch of a journal into SQLite: one transaction, few statements, encoded before it begins.

Beside a CPU-bound thread every statement costs up to 5 ms for getting the GIL back, so many rows go into
one multi-row statement, never one statement per row or key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from jupyter_tracker.errors import ResourceDoesNotExistError, StoreError, warn_once
from jupyter_tracker.store.base import Batch, Points
from jupyter_tracker.store.sql import chunks
from jupyter_tracker.store.sql import sqlite_text as text
from jupyter_tracker.store.sql.new_runs import insert_run

if TYPE_CHECKING:
    from sqlite3 import Connection

    Writing = Callable[[], AbstractContextManager[Connection]]

_RUN_NAME_TAG = "mlflow.runName"
CONFLICT_TAG = "jupyter_tracker.conflict."
# Below this many points a chunk is small, and many small chunks are merged.
SMALL = 1024
_MERGE_AT = 64
_MERGE_AT_END = 8
_ROWS_AT_ONCE = 2000


def apply_batch(writing: Writing, batch: Batch, small: dict[tuple[int, str], int]) -> None:
    """Apply a batch unless its journal's recorded position says that it has been.

    `small` counts the small chunks of each (run, key) since the last merge, in this process.
    """
    encoded = [(points.key, *_encoded(points)) for points in batch.metrics if len(points.steps)]
    with writing() as connection:
        row = connection.execute(text.RUN_KEY, (batch.run_id,)).fetchone()
        if row is None:
            if batch.new_run is None:
                raise ResourceDoesNotExistError(f"Run with id={batch.run_id} not found.")
            run = insert_run(connection, batch.run_id, batch.new_run, batch.status, batch.end_time)
            ends = False
        else:
            run, status = row
            ends = batch.status is not None and not (batch.only_if_running and status != "RUNNING")
        if not _advance(connection, run, batch):
            return
        _put_metrics(connection, run, encoded)
        if batch.params:
            _put_params(connection, run, batch)
        if batch.tags:
            _put_tags(connection, run, batch.tags)
        if ends:
            connection.execute(text.RUN_STATUS, (batch.status, batch.end_time, run))
    for key, chunk, _ in encoded:
        if chunk[0] < SMALL:
            small[run, key] = small.get((run, key), 0) + 1
    _merge_due(writing, run, small, ended=batch.status is not None)


def _advance(connection: Connection, run: int, batch: Batch) -> bool:
    row = connection.execute(text.POSITION, (batch.journal_id,)).fetchone()
    stored = 0 if row is None else row[0]
    if stored > batch.start:
        return False
    if stored < batch.start:
        raise StoreError(
            f"The journal of run {batch.run_id} goes on at byte {batch.start}, but the store has {stored} bytes of it."
        )
    connection.execute(text.SET_POSITION, (batch.journal_id, run, batch.position))
    return True


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


def _put_metrics(connection: Connection, run: int, encoded: Sequence[tuple[str, Any, Any]]) -> None:
    for some in _pieces(encoded):
        values = [value for key, chunk, _ in some for value in (run, key, *chunk)]
        connection.execute(text.NEW_CHUNKS + text.rows(len(some), 8), values)
        values = [value for key, _, latest in some for value in (run, key, *latest)]
        connection.execute(text.NEW_LATEST + text.rows(len(some), 7) + text.ON_LATEST, values)


def _put_params(connection: Connection, run: int, batch: Batch) -> None:
    items = list(batch.params.items())
    inserted = 0
    for some in _pieces(items):
        values = [value for item in some for value in (run, *item)]
        inserted += connection.execute(text.NEW_PARAMS + text.rows(len(some), 3) + text.ON_PARAMS, values).rowcount
    if inserted == len(items):
        return
    known = dict(connection.execute(text.PARAMS_OF, (run,)).fetchall())
    conflicts = {CONFLICT_TAG + key: value for key, value in items if known[key] != value}
    if conflicts:
        names = ", ".join(sorted(key.removeprefix(CONFLICT_TAG) for key in conflicts))
        warn_once(
            f"Two processes logged different values of params to run {batch.run_id}: {names}. The first value "
            f"stands; the other is kept in the tag {CONFLICT_TAG}<key>.",
            topic=f"conflict {batch.run_id}",
        )
        _put_tags(connection, run, conflicts)


def _put_tags(connection: Connection, run: int, tags: Any) -> None:
    for some in _pieces(list(tags.items())):
        values = [value for key, tag in some for value in (run, key[:250], tag)]
        connection.execute(text.NEW_TAGS + text.rows(len(some), 3) + text.ON_TAGS, values)
    if tags.get(_RUN_NAME_TAG):
        connection.execute(text.RUN_NAME, (tags[_RUN_NAME_TAG], run))


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
