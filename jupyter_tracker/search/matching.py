"""Tell what a filter matches and how an order sorts, without a database: for what has been read already.

The same meaning as `store/sql` gives a tree; a test compares the two on random searches.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from jupyter_tracker.search.tree import And, Comparison, Name, Node, Not, Or, Ordering, Presence

T = TypeVar("T")
Values: TypeAlias = Callable[[T, Name], Sequence[Any]]
"""Returns what an entity has under a field: nothing, one value, or those of several data sets."""

_NUMBER = re.compile(r"[ \t\n\r]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\n\r]*")
_WHOLE = re.compile(r"[ \t\n\r]*[+-]?[0-9]{1,18}[ \t\n\r]*")
_CACHED_PATTERNS = 256


def matches(entity: T, node: Node, values_of: Values[T]) -> bool:
    """Tell whether a filter matches an entity; its tree has no `Now` any more."""
    if isinstance(node, And):
        return all(matches(entity, part, values_of) for part in node.parts)
    if isinstance(node, Or):
        return any(matches(entity, part, values_of) for part in node.parts)
    if isinstance(node, Not):
        return not matches(entity, node.part, values_of)
    values = values_of(entity, node.name)
    if isinstance(node, Presence):
        return bool(values) is node.present
    return any(_compares(value, node) for value in values)


def in_order(entities: Iterable[T], orderings: Sequence[Ordering], values_of: Values[T]) -> list[T]:
    """Return entities sorted; NaN comes last both ways, after it what lacks the field. Ties stay as they came."""
    found = list(entities)
    # Sorting is stable: the last key first.
    for ordering in reversed(orderings):
        ranked = [(*_rank(values_of(entity, ordering.name)), entity) for entity in found]
        there = [each for each in ranked if each[0] == 0]
        there.sort(key=lambda each: each[1], reverse=not ordering.ascending)
        found = [
            each[2] for rank in (there, *([e for e in ranked if e[0] == last] for last in (1, 2))) for each in rank
        ]
    return found


def _rank(values: Sequence[Any]) -> tuple[int, Any]:
    if not values:
        return 2, None
    return (1, None) if _is_nan(values[0]) else (0, values[0])


def _compares(value: Any, node: Comparison) -> bool:
    wanted = node.value if isinstance(node.value, tuple) else (node.value,)
    if isinstance(value, str) and not isinstance(wanted[0], str):
        if not _NUMBER.fullmatch(value):
            return False
        value = int(value) if _WHOLE.fullmatch(value) else float(value)
    if _is_nan(value):
        return False
    if node.operator == "!=":
        return bool(value != wanted[0])
    positive = node.operator.removeprefix("NOT ")
    return _holds(value, positive, wanted) is (positive == node.operator)


def _holds(value: Any, operator: str, wanted: tuple[Any, ...]) -> bool:
    first = wanted[0]
    if operator in {"=", "IN"}:
        return value in wanted
    if operator == "BETWEEN":
        return bool(first <= value <= wanted[1])
    if operator in {"LIKE", "ILIKE"}:
        return _pattern(first, operator == "ILIKE").fullmatch(value) is not None
    return bool({">": value > first, ">=": value >= first, "<": value < first, "<=": value <= first}[operator])


@lru_cache(_CACHED_PATTERNS)
def _pattern(text: str, any_case: bool) -> re.Pattern[str]:
    first, *others = ["".join("." if sign == "_" else re.escape(sign) for sign in part) for part in text.split("%")]
    *between, last = others or [""]
    # Where a part stands first is where it is taken, for good: to try the others, too, takes longer with each `%`.
    inner = "".join(f"(?>.*?{part})" for part in between)
    pattern = f"{first}{inner}{'.*' if others else ''}{last}"
    return re.compile(pattern, re.DOTALL | (re.IGNORECASE | re.ASCII if any_case else 0))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
