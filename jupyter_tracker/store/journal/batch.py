"""What a stretch of a journal brings to the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_tracker.store.base import Batch
from jupyter_tracker.store.journal import records
from jupyter_tracker.store.journal.header import new_run_of
from jupyter_tracker.store.points import Points

if TYPE_CHECKING:
    from jupyter_tracker.store.points import Floats, Integers


def batch_of(content: records.Content, run_id: str, journal_id: str, start: int, keys: Mapping[int, str]) -> Batch:
    """Return what a stretch of a journal brings to the store; `keys` names all keys announced so far."""
    return Batch(
        run_id=run_id,
        journal_id=journal_id,
        start=start,
        position=start + content.end,
        metrics=[
            Points(keys[number], *_joined(columns)) for number, columns in content.columns.items() if number in keys
        ],
        params=content.params,
        tags=content.tags,
        status=content.ended.get("status"),  # type: ignore[arg-type]
        end_time=content.ended.get("end_time"),  # type: ignore[arg-type]
        new_run=new_run_of(content.header),
    )


def _joined(columns: list[records.Column]) -> tuple[Integers, Integers, Floats]:
    if len(columns) == 1:
        return columns[0].steps, columns[0].timestamps, columns[0].values
    if sum(len(column.steps) for column in columns) < records.FEW:
        return (
            [step for column in columns for step in _plain(column.steps)],
            [timestamp for column in columns for timestamp in _plain(column.timestamps)],
            [value for column in columns for value in _plain(column.values)],
        )
    import numpy as np

    return (
        np.concatenate([np.asarray(column.steps, np.int64) for column in columns]),
        np.concatenate([np.asarray(column.timestamps, np.int64) for column in columns]),
        np.concatenate([np.asarray(column.values, np.float64) for column in columns]),
    )


def _plain(column: Any) -> list[Any]:
    # A database driver does not know NumPy's numbers.
    return column if isinstance(column, list) else column.tolist()
