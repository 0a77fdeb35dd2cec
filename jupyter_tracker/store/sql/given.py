"""The values of a filter, taken out of it: all filters of one form share a statement, which is built and planned once.

To build a statement takes SQLAlchemy 4 ms; to answer it takes a database 1 or 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import operators

from jupyter_tracker.search.tree import Comparison, Node, Presence, changed
from jupyter_tracker.store.sql.column_types import Real
from jupyter_tracker.store.sql.schema import INDEXED

_SAMPLES: Final[Mapping[type, Any]] = {str: "", int: 1 << 40, float: 0.5}


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in a filter in the place of a value, or of the list of `IN`: the parameter that has it.

    Attributes
    ----------
    name : str
        Of the parameter; ``<name>_start`` has the beginning of a text, as long as PostgreSQL's indexes keep it.
    kind : type
        str, int or float.
    """

    name: str
    kind: type
    many: bool = False

    def bound(self, column: sa.ColumnElement[Any]) -> sa.BindParameter[Any]:
        """Return the parameter as it is compared with a column."""
        compared: Any
        if self.kind is float:
            compared = Real()  # MySQL has no infinity
        else:
            compared = column.type.coerce_compared_value(operators.eq, _SAMPLES[self.kind])
        return sa.bindparam(self.name, type_=compared, expanding=self.many)

    def start(self) -> sa.BindParameter[Any]:
        """Return the parameter that lists the beginnings of the texts."""
        return sa.bindparam(_start(self.name), type_=sa.String(), expanding=True)


def taken_out(node: Node, values: dict[str, Any]) -> Node:
    """Return a filter's form, and put its values, which it has at its moment (`at_moment`), into `values`."""

    def form(leaf: Comparison | Presence) -> Node:
        if isinstance(leaf, Presence):
            return leaf
        given: Any
        if isinstance(leaf.value, tuple) and leaf.operator.endswith("BETWEEN"):
            given = tuple(_given(value, values) for value in leaf.value)
        else:
            given = _given(leaf.value, values)
        return replace(leaf, value=given)

    return changed(node, form)


def put_back(node: Node, values: Mapping[str, Any]) -> Node:
    """Return a form with its values: what it says now."""

    def said(leaf: Comparison | Presence) -> Node:
        if isinstance(leaf, Presence):
            return leaf
        given: Any = leaf.value
        value = [values[one.name] for one in given] if isinstance(given, tuple) else values[given.name]
        return replace(leaf, value=tuple(value) if isinstance(value, list) else value)

    return changed(node, said)


def kind_of(node: Comparison) -> type:
    """Return str, int or float: what a comparison compares with."""
    value: Any = node.value[0] if isinstance(node.value, tuple) else node.value
    return value.kind if isinstance(value, Given) else type(value)


def _given(value: Any, values: dict[str, Any]) -> Given:
    many = isinstance(value, tuple)
    sample = value[0] if many else value
    kind = next(kind for kind in _SAMPLES if isinstance(sample, kind))
    given = Given(f"given_{len(values)}", kind, many)
    values[given.name] = list(value) if many else value
    if kind is str:
        values[_start(given.name)] = [str(text)[:INDEXED] for text in (value if many else (value,))]
    return given


def _start(name: str) -> str:
    return f"{name}_start"
