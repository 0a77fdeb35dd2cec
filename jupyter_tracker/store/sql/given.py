"""The values of a filter, taken out of it: all filters of one form share a statement, which is built and planned once.

To build a statement takes SQLAlchemy 4 ms; to answer it takes a database 1 or 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.sql import operators

from jupyter_tracker.search.tree import And, Comparison, Node, Not, Or, Presence
from jupyter_tracker.store.sql.schema import INDEXED

Some = TypeVar("Some", bound=Node)
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
        compared: Any = column.type.coerce_compared_value(operators.eq, _SAMPLES[self.kind])
        return sa.bindparam(self.name, type_=compared, expanding=self.many)

    def start(self) -> sa.BindParameter[Any]:
        """Return the parameter that lists the beginnings of the texts."""
        return sa.bindparam(_start(self.name), type_=sa.String(), expanding=True)


def taken_out(node: Node, values: dict[str, Any]) -> Node:
    """Return a filter's form, and put its values, which it has at its moment (`at_moment`), into `values`."""
    if isinstance(node, And | Or):
        return type(node)(tuple(taken_out(part, values) for part in node.parts))
    if isinstance(node, Not):
        return Not(taken_out(node.part, values))
    if isinstance(node, Presence):
        return node
    if isinstance(node.value, tuple) and node.operator.endswith("BETWEEN"):
        form: Any = tuple(_given(value, values) for value in node.value)
    else:
        form = _given(node.value, values)
    return replace(node, value=form)


def put_back(node: Some, values: Mapping[str, Any]) -> Some:
    """Return a form with its values: what it says now."""
    found: Any = node
    if isinstance(node, And | Or):
        found = type(node)(tuple(put_back(part, values) for part in node.parts))
    elif isinstance(node, Not):
        found = Not(put_back(node.part, values))
    elif isinstance(node, Comparison):
        value: Any = node.value
        said = tuple(values[one.name] for one in value) if isinstance(value, tuple) else values[value.name]
        found = replace(node, value=tuple(said) if isinstance(said, list) else said)
    return cast("Some", found)


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
