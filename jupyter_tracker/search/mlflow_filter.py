"""Say a filter in the words that MLflow's own server knows: comparisons joined by AND, and no others.

What those words cannot say is left over, to be tried on what the server finds. They may say more than is left over
asks for, never less: `params.lr < 0.01` is asked as `params.lr IS NOT NULL`.

To let a server be asked more: `_SAID` has what may be named, `_said` the comparisons.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from jupyter_tracker.search import fields
from jupyter_tracker.search.tree import And, Comparison, Name, Node, Not, Or, Ordering, Presence, Value
from jupyter_tracker.search.writing import write_name

_TEXT: Final = frozenset({"=", "!=", "LIKE", "ILIKE"})
_SIZES: Final = frozenset({"=", "!=", ">", ">=", "<", "<="})
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_PREFIX: Final = {"metric": "metrics", "param": "params", "tag": "tags", "dataset": "dataset"}
_BATCH: Final = 200


class _Words(NamedTuple):
    """What a kind of search may name on MLflow's server; `lists` are the attributes that take IN."""

    texts: frozenset[str]
    numbers: frozenset[str]
    lists: frozenset[str]
    presence: frozenset[str]
    order: frozenset[str]


def _words(texts: str, numbers: str = "", lists: str = "", presence: str = "", order: str = "") -> _Words:
    return _Words(*(frozenset(words.split()) for words in (texts, numbers, lists, presence, order)))


_SAID: Final = {
    fields.RUNS.noun: _words(
        "run_id run_name status user_id artifact_uri",
        "start_time end_time",
        "run_id dataset",
        "param tag",
        "metric param tag run_id run_name status user_id artifact_uri start_time end_time",
    ),
    fields.EXPERIMENTS.noun: _words(
        "name", "creation_time last_update_time", "", "tag", "name experiment_id creation_time last_update_time"
    ),
    fields.REGISTERED_MODELS.noun: _words("name", "", "name", "", "name last_updated_timestamp"),
    fields.MODEL_VERSIONS.noun: _words(
        "name run_id source_path",
        "version_number",
        "name run_id source_path",
        "",
        "name version_number creation_timestamp last_updated_timestamp",
    ),
    fields.LOGGED_MODELS.noun: _words(
        "name model_id model_type source_run_id",
        "creation_timestamp last_updated_timestamp",
        "",
        "",
        "metric name model_id model_type source_run_id creation_timestamp last_updated_timestamp",
    ),
}


class Said(NamedTuple):
    """`text` is what is asked; `rest` what must be tried on what is found, None where nothing is left over."""

    text: str
    rest: Node | None


def say(node: Node, scope: fields.Scope) -> Said:
    """Return a filter as MLflow's server knows it, and what is left over. The tree has no `Now` any more."""
    words = _SAID[scope.noun]
    clauses: list[str] = []
    rest: list[Node] = []
    for part in _conjuncts(node):
        said, whole = _said(part, words)
        clauses += said
        if not whole:
            rest.append(part)
    if not rest:
        return Said(" AND ".join(clauses), None)
    return Said(" AND ".join(clauses), rest[0] if len(rest) == 1 else And(tuple(rest)))


def is_said(orderings: Sequence[Ordering], scope: fields.Scope) -> bool:
    """Tell whether MLflow's server sorts by these."""
    order = _SAID[scope.noun].order
    return all((one.name.key if one.name.entity == "attribute" else one.name.entity) in order for one in orderings)


def write_order(ordering: Ordering) -> str:
    """Return a sort key as every server reads it."""
    name = ordering.name
    written = name.key if name.entity == "attribute" else write_name(name)
    return f"{written} {'ASC' if ordering.ascending else 'DESC'}"


def _conjuncts(node: Node) -> list[Node]:
    """Return parts that must all hold, with NOT brought to where it is needed."""
    if isinstance(node, And):
        return [found for part in node.parts for found in _conjuncts(part)]
    if isinstance(node, Not):
        inner = node.part
        if isinstance(inner, Not):
            return _conjuncts(inner.part)
        if isinstance(inner, Or):
            return [found for part in inner.parts for found in _conjuncts(Not(part))]
        if isinstance(inner, Presence):
            return [Presence(inner.name, not inner.present)]
    return [node]


def _said(node: Node, words: _Words) -> tuple[list[str], bool]:
    """Return what a part says in MLflow's words, and whether that is the whole of it."""
    if isinstance(node, And | Or | Not):
        return [], False
    name = _name(node.name, words)
    if name is None:
        return [], False
    if isinstance(node, Presence):
        if node.name.entity not in words.presence:
            return [], False
        return [f"{name} IS {'NOT ' if node.present else ''}NULL"], True
    if node.name.entity == "metric" or (node.name.key in words.numbers and node.name.entity == "attribute"):
        return _number(name, node)
    return _text(name, node, words)


def _name(name: Name, words: _Words) -> str | None:
    if name.entity == "attribute":
        return name.key if name.key in words.texts | words.numbers else None
    if "`" in name.key or '"' in name.key:
        return None
    key = name.key if _PLAIN_KEY.fullmatch(name.key) else f"`{name.key}`"
    return f"{_PREFIX[name.entity]}.{key}"


def _number(name: str, node: Comparison) -> tuple[list[str], bool]:
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    whole = node.name.entity == "attribute"
    if not all(_is_sayable(value, whole=whole) for value in values):
        return [], False
    if node.operator in _SIZES:
        # NaN is another number than any for MLflow's server.
        return [f"{name} {node.operator} {_digits(values[0])}"], node.operator != "!=" or whole
    if node.operator in {"BETWEEN", "IN"}:
        low, high = (min(values), max(values)) if node.operator == "IN" else values  # type: ignore[type-var]
        return [f"{name} >= {_digits(low)}", f"{name} <= {_digits(high)}"], node.operator == "BETWEEN"
    return [], False


def _digits(value: Value) -> str:
    # MLflow's server cannot read 1e+308.
    return repr(value).replace("e+", "e")


def _is_sayable(value: Value, *, whole: bool) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and not whole and math.isfinite(value))


def _text(name: str, node: Comparison, words: _Words) -> tuple[list[str], bool]:
    there = [f"{name} IS NOT NULL"] if node.name.entity in words.presence else []
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    quoted = [_quoted(value) for value in values]
    if any(text is None for text in quoted):
        return there, False
    if node.operator in _TEXT:
        return [f"{name} {node.operator} {quoted[0]}"], True
    kind = node.name.key if node.name.entity == "attribute" else node.name.entity
    if node.operator == "IN" and kind in words.lists and len(quoted) <= _BATCH:
        return [f"{name} IN ({', '.join(map(str, quoted))})"], True
    return there, False


def _quoted(value: Value) -> str | None:
    """Return a text in quotes; None for a number, and where it has both kinds of quotes, or is empty."""
    if not isinstance(value, str) or not value or ("'" in value and '"' in value):
        return None
    return f'"{value}"' if "'" in value else f"'{value}'"
