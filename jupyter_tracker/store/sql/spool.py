"""Encoded chunks on their way into the database, kept aside until the transaction that takes them.

Reading and encoding a long history takes seconds; holding the write lock must not. Beyond some memory the
chunks lie in a temporary file, so that a history of any length needs little.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from jupyter_tracker.entities import limits
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.sql.encoding import CHUNK_COLUMNS, LATEST_COLUMNS, encoded

_IN_MEMORY_BYTES = 32 << 20


@dataclass
class SpooledRun:
    """The chunks of one run, without their bytes, and the latest point of each of its metrics."""

    chunks: list[tuple[str, tuple[Any, ...], int, int]] = field(default_factory=list)
    latest: dict[str, dict[str, Any]] = field(default_factory=dict)


class ChunkSpool:
    """A place for chunks, as a context manager."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by __exit__
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, pieces: Iterable[Points]) -> SpooledRun:
        """Encode the metrics of one run."""
        run = SpooledRun()
        for points in pieces:
            if not len(points.steps):
                continue
            key = points.key[: limits.MAX_KEY]
            chunk, point = encoded(points)
            data = chunk[-1]
            run.chunks.append((key, chunk[:-1], self._end, len(data)))
            self._file.seek(self._end)
            self._file.write(data)
            self._end += len(data)
            new = dict(zip(LATEST_COLUMNS, point, strict=True))
            old = run.latest.get(key)
            run.latest[key] = new if old is None else _later(old, new)
        return run

    def rows(self, run: int, spooled: SpooledRun) -> Iterator[dict[str, Any]]:
        """Give the rows of a run's chunks."""
        for key, summary, start, size in spooled.chunks:
            self._file.seek(start)
            values = (*summary, self._file.read(size))
            yield {"run": run, "key": key, **dict(zip(CHUNK_COLUMNS, values, strict=True))}


def _later(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    winner = max(one, other, key=_rank)
    return {**winner, "count": one["count"] + other["count"]}


def _rank(point: dict[str, Any]) -> tuple[Any, ...]:
    # NaN is below every number.
    return (point["step"], point["timestamp"], not point["is_nan"], point["value"] or 0.0)
