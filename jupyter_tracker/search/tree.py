"""What a filter or an order means, as a small typed tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Name:
    """A field: `entity` is ``attribute``, ``metric``, ``param``, ``tag`` or ``dataset``; `key` names one of them."""

    entity: str
    key: str


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of the search, shifted by so many ms."""

    offset_ms: int = 0


Value: TypeAlias = str | int | float | Now


@dataclass(frozen=True, slots=True)
class Comparison:
    """`name operator value`; the value of ``IN`` and ``BETWEEN`` is a tuple. Operators are in capitals.

    A number compared with a param or tag means the number that its text looks like. Negated operators
    (``!=``, ``NOT IN``, …) match only what has the field at all; `Not` matches everything else.
    """

    name: Name
    operator: str
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """`name IS NOT NULL`, or `name IS NULL` where not `present`."""

    name: Name
    present: bool


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; without parts, always."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold: whatever it does not match."""

    part: Node


Node: TypeAlias = Comparison | Presence | And | Or | Not


@dataclass(frozen=True, slots=True)
class Ordering:
    """One sort key; missing values come last in both directions."""

    name: Name
    ascending: bool = True


def leaves(node: Node) -> Iterator[Comparison | Presence]:
    """Yield the comparisons and tests for presence of a tree, from left to right."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def changed(node: Node, change: Callable[[Comparison | Presence], Node]) -> Node:
    """Return the tree with what `change` makes of each comparison and test for presence, from left to right."""
    if isinstance(node, And | Or):
        return type(node)(tuple(changed(part, change) for part in node.parts))
    if isinstance(node, Not):
        return Not(changed(node.part, change))
    return change(node)


def at_moment(node: Node, now_ms: int) -> Node:
    """Return the tree with `Now` replaced by ms UTC."""

    def resolved(leaf: Comparison | Presence) -> Node:
        if isinstance(leaf, Presence):
            return leaf
        if isinstance(leaf.value, tuple):
            return replace(leaf, value=tuple(_resolved(value, now_ms) for value in leaf.value))
        return replace(leaf, value=_resolved(leaf.value, now_ms))

    return changed(node, resolved)


def _resolved(value: Value, now_ms: int) -> Value:
    return min(max(now_ms + value.offset_ms, -(2**63)), 2**63 - 1) if isinstance(value, Now) else value
