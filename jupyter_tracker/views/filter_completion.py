"""What may follow in a filter that is being typed: fields, logged keys, operators, values in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities.run import RUN_STATUSES
from jupyter_tracker.search import fields
from jupyter_tracker.search.tree import Name
from jupyter_tracker.search.writing import write_name, write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.filter_values import known_values, open_value
from jupyter_tracker.views.known_keys import known_keys

_LISTED: Final = 50
_OPERATORS: Final = ("=", "!=", ">", ">=", "<", "<=", "LIKE ", "ILIKE ", "IN (", "BETWEEN ", "IS NULL", "IS NOT NULL")
_WORD: Final = re.compile(r"(?:[A-Za-z_]\w*(?:\.(?:`[^`]*`?|\"[^\"]*\"?|[\w./-]*))?)?$")
_FIELD: Final = re.compile(r"(?:^|[\s(])(?:not\s+)?[A-Za-z_]\w*(?:\.(?:`[^`]+`|\"[^\"]+\"|[\w.]+))?$", re.IGNORECASE)
_BEFORE_FIELD: Final = re.compile(r"(?:^|\(|\b(?:and|or|not))\s*$", re.IGNORECASE)
_STATUS: Final = re.compile(r"\bstatus\s*(?:=|!=|\bin\s*\((?:[^()]*,)?)\s*$", re.IGNORECASE)
_AFTER_OPERATOR: Final = re.compile(
    r"(?:[=<>(,]|\b(?:like|ilike|in|between|is))\s*$|\bbetween\s+\S+\s+and\s*$", re.IGNORECASE
)
_IS_NULL: Final = re.compile(r"\bis\s+(?:not\s+)?null\s*$", re.IGNORECASE)
_GROUPS: Final = (("metric", "metrics"), ("param", "params"), ("tag", "tags"))


@dataclass(frozen=True)
class Completion:
    """One way to go on."""

    text: str
    """What takes the place of the word that is being typed."""
    about: str
    """`metric`, `param`, `tag`, `attribute`, `operator` or `value`."""


@dataclass(frozen=True)
class FilterCompletionView:
    """How a filter may go on at the cursor; columns count code points, from 0."""

    start: int
    """Where the word begins that is being typed."""
    end: int
    items: list[Completion]


def filter_completion_view(
    store: Store, text: str, position: int, experiment_ids: Sequence[str] = ()
) -> FilterCompletionView:
    """Return what may stand at `position` of a filter; inside quotes, what the field is known to hold."""
    before = text[: max(0, position)]
    value = open_value(before)
    if value is not None:
        # The quote that closes it may stand there already.
        end = len(before) + (1 if text[position:].startswith(value.quote) else 0)
        known = [Completion(write_text(each), "value") for each in known_values(store, value.name, experiment_ids)]
        found = [item for item in _matching(known, value.typed) if item.text != text[value.start : end]]
        return FilterCompletionView(value.start, end, found[:_LISTED])
    word = (_WORD.search(before) or [""])[0]
    start = len(before) - len(word)
    head = before[:start]
    if _in_text(head):
        return FilterCompletionView(start, len(before), [])
    items = list(_offered(store, head, word, experiment_ids))[:_LISTED]
    return FilterCompletionView(start, len(before), items)


def _offered(store: Store, head: str, word: str, experiment_ids: Sequence[str]) -> Iterable[Completion]:
    if _STATUS.search(head):
        return _matching([Completion(write_text(status), "value") for status in sorted(RUN_STATUSES)], word)
    if _BEFORE_FIELD.search(head) and not _AFTER_OPERATOR.search(head.rstrip().removesuffix("(")):
        return _matching(_fields(store, experiment_ids), word)
    if _AFTER_OPERATOR.search(head):
        return ()
    if not head[-1:].isspace():
        return ()
    if _FIELD.search(head.rstrip()) and not _IS_NULL.search(head):
        return _matching([Completion(operator, "operator") for operator in _OPERATORS], word)
    return _matching([Completion("AND ", "operator"), Completion("OR ", "operator")], word)


def _fields(store: Store, experiment_ids: Sequence[str]) -> list[Completion]:
    keys = known_keys(store, experiment_ids)
    logged = [
        Completion(write_name(Name(entity, key)), entity) for entity, group in _GROUPS for key in keys.get(group, ())
    ]
    return [*logged, *(Completion(name, "attribute") for name in fields.RUNS.names())]


def _matching(items: Sequence[Completion], word: str) -> list[Completion]:
    """Return what has the word in it; first what begins with it, then keys that do."""
    plain = _plain(word)

    def rank(item: Completion) -> int:
        text = _plain(item.text)
        return 0 if text.startswith(plain) else 1 if text.partition(".")[2].startswith(plain) else 2

    return sorted((item for item in items if plain in _plain(item.text) and item.text != word), key=rank)


def _plain(text: str) -> str:
    return re.sub(r"[`'\"]", "", text).lower()


def _in_text(head: str) -> bool:
    """Tell whether a single quote, or a double one after an operator, is still open."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "", head).count("'") % 2 == 1
