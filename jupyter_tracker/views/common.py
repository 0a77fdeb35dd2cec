"""What several views share."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, Literal, TypeAlias, cast

RunStatus: TypeAlias = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
CurveX: TypeAlias = Literal["step", "time", "relative"]
"""What a curve is drawn over: steps, ms UTC, or seconds since the run's start."""

SHOWN_TEXT: Final = 250
"""Characters of a value that a view carries; the whole is a click, or `get_run`, away."""

_INTERNAL_PREFIXES: Final = ("mlflow.", "jupyter_tracker.")
_INTERNAL_TAGS: Final = frozenset({"python_version", "platform"})
_SYSTEM: Final = re.compile(r"system[/.]")
_NUMBERED: Final = re.compile(r"-\d+(?=_)")


def as_json(view: object) -> Any:
    """Return a view as plain dicts, lists, numbers, texts and None, keyed by the fields' names."""
    kind = type(view)
    # Panels ask for views all the time, and what fields a class has is dear to ask.
    names = _NAMES[kind] if kind in _NAMES else _NAMES.setdefault(kind, _names(kind))
    if names is not None:
        return {name: as_json(getattr(view, name)) for name in names}
    if isinstance(view, list):
        # A table has thousands of plain cells.
        return [item if item is None or isinstance(item, str | float | int) else as_json(item) for item in view]
    return view


_NAMES: Final[dict[type, tuple[str, ...] | None]] = {}


def _names(kind: type) -> tuple[str, ...] | None:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def cut(text: str) -> str:
    """Return a value short enough for a screen, with an ellipsis where it was cut."""
    return text if len(text) <= SHOWN_TEXT else text[: SHOWN_TEXT - 1] + "…"


def metric_place(key: str, keys: Container[str]) -> int:
    """Return where a metric stands among others: 0, 1 for one that autologging has numbered, 2 for the machine's own.

    `accuracy_score-2_X_test` is the second one of `accuracy_score_X_test`, if that is among the keys.
    """
    if _SYSTEM.match(key):
        return 2
    plain = _NUMBERED.sub("", key, count=1)
    return int(plain != key and plain in keys)


def is_user_tag(key: str) -> bool:
    """Tell whether a tag was set by the user, rather than by a tracker about itself."""
    return not key.startswith(_INTERNAL_PREFIXES) and key not in _INTERNAL_TAGS


def user_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that the user set, by key."""
    return {key: tags[key] for key in sorted(tags) if is_user_tag(key)}


def run_status(status: str) -> RunStatus:
    """Return a stored status as the view's type; the store has checked it."""
    return cast("RunStatus", status)
