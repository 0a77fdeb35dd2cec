"""Write a tree as a filter: parsing what is written gives the same tree."""

from __future__ import annotations

import math
import re

from jupyter_tracker.search.tree import And, Comparison, Name, Node, Not, Now, Or, Ordering, Presence, Value

_PLAIN_KEY = re.compile(r"\w+(\.\w+)*")
_PREFIX = {"attribute": "attributes", "metric": "metrics", "param": "params", "tag": "tags", "dataset": "datasets"}


def write_filter(node: Node) -> str:
    """Return the text of a tree, in one spelling: the plural of every entity, times in ms, no needless parentheses."""
    if isinstance(node, And):
        return " AND ".join(_inside(part) for part in node.parts)
    if isinstance(node, Or):
        return " OR ".join(_inside(part) for part in node.parts)
    if isinstance(node, Not):
        return f"NOT {_inside(node.part)}"
    if isinstance(node, Presence):
        return f"{write_name(node.name)} IS {'NOT ' if node.present else ''}NULL"
    return f"{write_name(node.name)} {node.operator} {_operand(node)}"


def write_order(ordering: Ordering) -> str:
    """Return the text of a sort key: ``metrics.f1 DESC``."""
    return f"{write_name(ordering.name)} {'ASC' if ordering.ascending else 'DESC'}"


def write_name(name: Name) -> str:
    """Return a field as a filter names it, its key in quotes where it needs them."""
    return f"{_PREFIX[name.entity]}.{write_key(name.key)}"


def write_key(key: str) -> str:
    """Return a key, in back-quotes or double quotes where it is no plain word."""
    if _PLAIN_KEY.fullmatch(key):
        return key
    return f"`{key}`" if "`" not in key else '"' + key.replace('"', '""') + '"'


def write_text(text: str) -> str:
    """Return a text as a value: in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def _inside(node: Node) -> str:
    # NOT stands before one clause; AND and OR always get their parentheses: nobody needs to know which binds closer.
    return f"({write_filter(node)})" if isinstance(node, And | Or) else write_filter(node)


def _operand(node: Comparison) -> str:
    if not isinstance(node.value, tuple):
        return _written(node.value)
    if node.operator.endswith("BETWEEN"):
        return " AND ".join(map(_written, node.value))
    return f"({', '.join(map(_written, node.value))})"


def _written(value: Value) -> str:
    if isinstance(value, str):
        return write_text(value)
    if isinstance(value, Now):
        offset = value.offset_ms
        return "now" if not offset else f"now {'-' if offset < 0 else '+'} {abs(offset)}ms"
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    return repr(value)
