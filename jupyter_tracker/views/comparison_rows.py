"""Values of several runs beside each other, one row per key: what differs comes first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar

from jupyter_tracker.views.common import cut
from jupyter_tracker.views.rounding import number_in, rounded

ComparisonGroupId: TypeAlias = Literal[
    "params", "tags", "run", "git", "environment", "datasets", "packages", "artifacts", "code"
]

CELLS: Final = 30_000
"""Cells that a group sends at most: more is no longer read, and must not be slow."""
_LONG: Final = 10


@dataclass(frozen=True)
class ComparisonRow:
    """One key of all runs."""

    key: str
    cells: list[str | None]
    """Aligned with the runs, null where a run has none; a single one where all runs have the same."""
    differs: bool


@dataclass(frozen=True)
class ComparisonGroup:
    """Rows that belong together: those that differ first, then the others, each by key."""

    id: ComparisonGroupId
    rows: list[ComparisonRow]
    differing: int
    """How many rows differ, as `total` before long groups were cut."""
    total: int


def comparison_group(
    id_: ComparisonGroupId, values: Sequence[Mapping[str, str]], cells: int = CELLS, *, sort: bool = True
) -> ComparisonGroup:
    """Return the values of several runs as rows.

    Parameters
    ----------
    id_ : str
        Which group this is.
    values : sequence of mapping
        One mapping from key to value per run.
    cells : int
        How many cells are sent at most.
    sort : bool
        By key; in the order in which keys first appear where False.
    """
    keys: Iterable[str] = dict.fromkeys(key for mapping in values for key in mapping)
    rows = [_row(key, [mapping.get(key) for mapping in values]) for key in (sorted(keys) if sort else keys)]
    differing = [row for row in rows if row.differs]
    ordered = [*differing, *(row for row in rows if not row.differs)]
    return ComparisonGroup(id_, affordable(ordered, cells), len(differing), len(rows))


def _row(key: str, values: Sequence[str | None]) -> ComparisonRow:
    differs = len(set(values)) > 1
    shown = [None if value is None else cut(value) for value in _short(values)]
    return ComparisonRow(key, shown if differs else shown[:1], differs)


def _short(values: Sequence[str | None]) -> Sequence[str | None]:
    """Return long numbers in fewer digits, as long as those that differ still do."""
    short = [value if value is None or len(value) <= _LONG else _rounded(value) for value in values]
    return short if len(set(short)) == len(set(values)) else values


def _rounded(text: str) -> str:
    number = number_in(text)
    return rounded(number) if number is not None and math.isfinite(number) else text


class _HasCells(Protocol):
    @property
    def cells(self) -> list[Any]: ...


_Row = TypeVar("_Row", bound=_HasCells)


def affordable(rows: Sequence[_Row], budget: int) -> list[_Row]:
    """Return as many rows, from the first on, as have `budget` cells together."""
    kept: list[_Row] = []
    for row in rows:
        budget -= len(row.cells)
        if budget < 0:
            break
        kept.append(row)
    return kept
