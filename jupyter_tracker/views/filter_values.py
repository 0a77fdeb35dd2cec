"""The values that may stand in the quotes of a filter that is being typed: statuses, and what recent runs have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import Run, ViewType
from jupyter_tracker.errors import InvalidFilterError
from jupyter_tracker.search import fields
from jupyter_tracker.search.naming import read_name
from jupyter_tracker.search.reader import Reader
from jupyter_tracker.search.tree import Name
from jupyter_tracker.search.writing import write_name
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.browsing import RunKeys

_RECENT: Final = 200
_LONGEST: Final = 80
_QUOTED: Final = {"'": re.compile(r"'(?:[^']|'')*'"), '"': re.compile(r'"(?:[^"]|"")*"'), "`": re.compile(r"`[^`]*`")}
_COMPARED: Final = re.compile(
    r"(?P<name>[A-Za-z_]\w*(?:\.(?:`[^`]+`|\"[^\"]+\"|[\w.]+))?)"
    r"\s*(?:!=|==?|<>|\b(?:not\s+)?i?like\b|\b(?:not\s+)?in\s*\((?:[^()'\"]|'[^']*'|\"[^\"]*\")*)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class OpenValue:
    """A value whose quote is not closed yet."""

    name: Name
    quote: str
    start: int
    """Where the quote stands."""
    typed: str
    """What stands behind it."""


def open_value(text: str) -> OpenValue | None:
    """Return the value in quotes that a filter ends in, None where it ends in something else."""
    position = 0
    while position < len(text):
        quote = text[position]
        if quote not in _QUOTED:
            position += 1
            continue
        closed = _QUOTED[quote].match(text, position)
        if closed is None:
            return _behind(text, position)
        position = closed.end()
    return None


def known_values(store: Store, name: Name, experiment_ids: Sequence[str] = ()) -> list[str]:
    """Return the values of a field: all that there are of a status, else those of the newest runs, newest first.

    Those of several lines or more than 80 characters are left out: nobody types them.
    """
    if name.entity == "attribute":
        attribute = fields.RUNS.attributes[name.key]
        if attribute.values:
            return list(attribute.values)
        if name.key not in {"run_name", "user_id", "experiment_id"}:
            return []
    elif name.entity not in {"param", "tag"}:
        return []
    ids = experiment_ids or [found.experiment_id for found in store.search_experiments(ViewType.ACTIVE_ONLY)]
    if not ids:
        return []
    key = (name.key,)
    keys = RunKeys(params=key if name.entity == "param" else (), tags=key if name.entity == "tag" else ())
    runs = store.search_run_rows(ids, f"{write_name(name)} IS NOT NULL", max_results=_RECENT, keys=keys)
    found = dict.fromkeys(_value(run, name) for run in runs)
    return [value for value in found if value and len(value) <= _LONGEST and value.isprintable()]


def _behind(text: str, position: int) -> OpenValue | None:
    compared = _COMPARED.search(text, 0, position)
    if compared is None:
        # The quote of a filter that is quoted as a whole: %runs "params.model = 'r
        inner = open_value(text[position + 1 :])
        return inner and OpenValue(inner.name, inner.quote, position + 1 + inner.start, inner.typed)
    try:
        name = read_name(Reader(compared["name"], fields.RUNS))
    except InvalidFilterError:
        return None
    return OpenValue(name, text[position], position, text[position + 1 :])


def _value(run: Run, name: Name) -> str:
    if name.entity == "attribute":
        return str(getattr(run.info, name.key) or "")
    return (run.data.params if name.entity == "param" else run.data.tags).get(name.key, "")
