"""What a workload declares: variants, sizes, columns of its table and the figures that we promised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A promised number: `field` of a variant, at most `limit` (at least, where `at_least`)."""

    variant: str
    field: str
    label: str
    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Workload:
    """A workload's module has one as `WORKLOAD`, and `measure(peer, request)` beside it.

    Attributes
    ----------
    variants : tuple of str
        Each is measured in a process of its own.
    columns : tuple of str
        Fields of the answer, in the table's order; names end in their units.
    main : str
        The field whose best round and ratio to us are shown.
    full, quick, tiny : dict
        Options by size; `tiny` is for the tests.
    only_ours : tuple of str
        Variants that no peer has.
    most_rounds : int, optional
        Never more rounds than these: it takes very long.
    """

    name: str
    title: str
    variants: tuple[str, ...]
    columns: tuple[str, ...]
    main: str
    full: dict[str, Any]
    quick: dict[str, Any]
    tiny: dict[str, Any]
    figures: tuple[Figure, ...] = ()
    more_is_better: bool = False
    only_ours: frozenset[str] = field(default_factory=frozenset)
    most_rounds: int | None = None
