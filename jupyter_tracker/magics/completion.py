"""What the Tab key offers behind our magics, and inside the filter of a `search_runs(…)` call.

To add a place: a branch of `complete_magic`, or a name in `_FILTER`.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_tracker.errors import StoreUnavailableError, TrackerError
from jupyter_tracker.magics.arguments import RUNS_SPEC, TRACK_SPEC
from jupyter_tracker.magics.compare_arguments import COMPARE_SPEC
from jupyter_tracker.magics.curve_arguments import CURVES_SPEC
from jupyter_tracker.magics.registry_arguments import PROMOTE_SPEC
from jupyter_tracker.magics.tracker_arguments import TRACKER_SPEC
from jupyter_tracker.search.fields import RUNS
from jupyter_tracker.tracking import active

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_tracker.store.base import Store
    from jupyter_tracker.tracking.location import Location

TRACK_WORDS = ("experiment", "show", "note", "end")
_WORDS: dict[str, Iterable[str]] = {
    "%track": TRACK_WORDS,
    "%%track": TRACK_SPEC,
    "%curves": CURVES_SPEC,
    "%compare": COMPARE_SPEC,
    "%tracker": TRACKER_SPEC,
    "%promote": PROMOTE_SPEC,
}

# The text of a filter or an order_by up to the cursor, its string not closed yet.
_FILTER = re.compile(
    r"\b(?:search_runs|RunTable)\s*\(.*\b(?:filter_string|filter|order_by)\s*=\s*"
    r"(?:\[(?:[^\]'\"]|'[^']*'|\"[^\"]*\")*)?(?P<quote>'''|\"\"\"|'|\")(?P<text>(?:(?!(?P=quote)).)*)$",
    re.DOTALL,
)
_WORD = re.compile(r"[\w.]*(?:`[^`]*)?$")
# A line of a magic that takes a filter, up to the cursor.
_FILTER_LINE = re.compile(r"^\s*%(?:runs|curves|compare|tracker)\s(?P<text>.*)$")
_FRESH_S = 5.0


def complete_magic(_shell: InteractiveShell, event: Any) -> list[str]:
    """Return what may follow behind one of our magics: options, experiments, fields of a filter."""
    before = event.text_until_cursor
    with contextlib.suppress(TrackerError):
        value = complete_value(before)
        if value is not None:
            return value[1]
        if re.search(r"(?:experiment=|--experiment[ =]|^%track experiment )\S*$", before):
            return [known.name for known in active.store(create=False).search_experiments()]
        if event.command == "%runs":
            return [*RUNS_SPEC, *_fields(before)]
    return list(_WORDS.get(event.command, RUNS_SPEC))


def filter_fragment(before: str) -> str | None:
    """Return the field that is being typed where the code up to the cursor ends in a filter, else None."""
    found = _FILTER.search(before)
    if found is None:
        return None
    word = _WORD.search(found["text"])
    return word.group() if word else ""


def complete_filter(before: str) -> tuple[str, list[str]]:
    """Return the field that is being typed, and those that begin so."""
    fragment = filter_fragment(before)
    if fragment is None:
        return "", []
    with contextlib.suppress(TrackerError):
        plain = fragment.replace("`", "")
        return fragment, [name for name in _fields(fragment) if name.replace("`", "").startswith(plain)]
    return fragment, []


def complete_value(before: str) -> tuple[str, list[str]] | None:
    """Return the value in quotes that is being typed in a filter, and those known that begin so; None elsewhere."""
    from jupyter_tracker.views.filter_values import known_values, open_value

    line = _FILTER_LINE.match(before.rpartition("\n")[2])
    found = line or _FILTER.search(before)
    value = None if found is None else open_value(found["text"])
    if value is None:
        return None
    known: Iterable[str] = ()
    with contextlib.suppress(TrackerError):
        known = _kept(f"{value.name.entity}.{value.name.key}", partial(known_values, name=value.name))
    typed, quote = value.typed, value.quote
    written = [each.replace(quote, quote * 2) for each in known]
    begin = [each for each in written if each.startswith(typed)]
    return typed, begin or [each for each in written if each.lower().startswith(typed.lower())]


def install(shell: InteractiveShell) -> Callable[[], None]:
    """Let a shell complete fields inside filters; return what takes this back.

    IPython before 8.6 tells no completer what stands before the word, and is left as it is.
    """
    try:
        from IPython.core.completer import SimpleCompletion, context_matcher
    except ImportError:
        return lambda: None

    @context_matcher(identifier="jupyter_tracker.filter")  # type: ignore[untyped-decorator, unused-ignore]
    def match(context: Any) -> dict[str, Any]:
        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        lines[-1] = lines[-1][: context.cursor_position]
        before = "\n".join(lines)
        value = complete_value(before)
        if value is not None:
            return _answer(*value, "value", ordered=True) | {"suppress": True}
        return _answer(*complete_filter(before), "field")

    def _answer(fragment: str, texts: list[str], kind: str, *, ordered: bool = False) -> dict[str, Any]:
        return {
            "completions": [SimpleCompletion(text=text, type=kind) for text in texts] or _Nothing(),
            "matched_fragment": fragment,
            "ordered": ordered,
            "suppress": bool(texts),
        }

    matchers = getattr(shell.Completer, "custom_matchers", None)
    if matchers is None:
        return lambda: None
    matchers.append(match)
    return lambda: matchers.remove(match) if match in matchers else None


class _Nothing(list[Any]):
    """No completions, instead of the file names that IPython offers in open quotes.

    It suppresses its own only where a matcher has some, and goes by the length.
    """

    def __len__(self) -> int:
        return 1


class _Cache:
    """What the store in use holds, for as long as one types."""

    found: ClassVar[dict[tuple[str, str], tuple[float, tuple[str, ...]]]] = {}
    """By the store's id and what was asked: until when it is fresh, and the answer."""
    away: Location | None = None
    """The store that was unavailable a moment ago."""
    away_until = 0.0


def _fields(before: str) -> tuple[str, ...]:
    """Return the fields that may follow; attributes have their long names where somebody types one."""
    from jupyter_tracker.views.lookup import field_names

    if re.search(r"\battributes\.\w*$", before):
        return tuple(f"attributes.{name}" for name in RUNS.names())
    return _kept("fields", field_names)


def _kept(asked: str, look_up: Callable[[Store], Iterable[str]]) -> tuple[str, ...]:
    """Return what a store says, asked once in a few seconds; nothing for as long where it is unavailable.

    One press of the Tab key asks twice, and a database that is away is waited for each time.
    """
    where = active.location()
    if where == _Cache.away and time.monotonic() < _Cache.away_until:
        return ()
    try:
        store = active.store(create=False)
        key = (store.store_id, asked)
        until, found = _Cache.found.get(key, (0.0, ()))
        if time.monotonic() >= until:
            found = tuple(look_up(store))
            now = time.monotonic()
            fresh = {other: kept for other, kept in _Cache.found.items() if now < kept[0]}
            _Cache.found = fresh | {key: (now + _FRESH_S, found)}
    except StoreUnavailableError:
        _Cache.away, _Cache.away_until = where, time.monotonic() + _FRESH_S
        return ()
    return found
