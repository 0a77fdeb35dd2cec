"""What a filter or an order means, as a small typed tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Name:
    """A field: `entity` is ``attribute``, ``metric``, ``param``, ``tag`` or ``dataset``; `key` names one of them."""

    entity: str
    key: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`name operator value`; the value is a tuple of texts for ``IN`` and ``NOT IN``. Operators are in capitals."""

    name: Name
    operator: str
    value: str | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """`name IS NOT NULL`, or `name IS NULL` where not `present`."""

    name: Name
    present: bool


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; without parts, always."""

    parts: tuple[Node, ...] = ()


Node: TypeAlias = Comparison | Presence | And


@dataclass(frozen=True, slots=True)
class Ordering:
    """One sort key; missing values come last in both directions."""

    name: Name
    ascending: bool = True
