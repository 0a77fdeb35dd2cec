"""What has happened to registered models, what was in a stage at some moment, and whether the history is whole."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_tracker.entities.page import every_page
from jupyter_tracker.entities.registry_event import (
    EMPTY_HEAD,
    GENESIS,
    Action,
    RegistryEvent,
    digest_of,
    head_of,
    summary_of,
)
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerError
from jupyter_tracker.store.base import Store

if TYPE_CHECKING:
    from jupyter_tracker.entities import RegisteredModel

# What a store on a server says, whose protocol has no word for it.
NO_HISTORY = "NOT_IMPLEMENTED"
_PAGE = 10_000
_LOOKS = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HEAD = re.compile(r"\d{1,18}:[0-9a-f]{64}")


@dataclass(frozen=True)
class RegistryState:
    """What a registered model was at some moment.

    Attributes
    ----------
    name : str
        Its name then; None where there was no such model.
    when : int
        The moment, in ms UTC.
    stages : dict of str to str
        Version → stage.
    aliases : dict of str to str
        Alias → version.
    run_ids : dict of str to str
        Version → the run that it was made by, as far as that was recorded.
    """

    name: str | None
    when: int
    stages: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    run_ids: dict[str, str] = field(default_factory=dict)

    def versions(self, stage: str) -> list[str]:
        """Return the versions that were in a stage, the highest first."""
        return sorted((one for one, its in self.stages.items() if its.lower() == stage.lower()), key=int, reverse=True)


@dataclass(frozen=True)
class Verification:
    """Whether a history is whole: its head, how many events it has, and what is wrong with it, for people."""

    head: str
    count: int
    problems: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def history(store: Store, name: str | None = None) -> list[RegistryEvent]:
    """Return the events of a registered model, the oldest first, under earlier names too; of every model for None.

    A deleted model's are kept. ResourceDoesNotExistError where no model was ever called so.
    """
    if name is None:
        return list(_all(store))
    found: list[RegistryEvent] = []
    called: str | None = name
    before = None
    while called is not None:
        called, before = _collect(store, called, before, found)
    if not found:
        raise ResourceDoesNotExistError(f"No registered model was ever called {name!r}.")
    return found[::-1]


def events_after(store: Store, name: str, number: int) -> list[RegistryEvent]:
    """Return the events that name a model and came after the one of this number, the oldest first."""
    return list(_all(store, name, number))


def head_or_none(store: Store) -> str | None:
    """Return the head of a registry's history; None where the store is on a server that tells of none."""
    try:
        return store.registry_head()
    except TrackerError as error:
        if error.error_code == NO_HISTORY:
            return None
        raise


def _collect(store: Store, name: str, before: int | None, found: list[RegistryEvent]) -> tuple[str | None, int | None]:
    """Add a model's events under one name, the newest first; return the name before and the number of the renaming."""
    for event in reversed(list(_all(store, name))):
        if before is not None and event.number >= before:
            continue
        renamed = event.action == Action.RENAME_MODEL
        if renamed and event.before == name:
            return None, None  # what was called so before went on under another name: it is another model
        found.append(event)
        if renamed:
            return event.before, event.number
    return None, None


def at(store: Store, name: str, when: object) -> RegistryState:
    """Return what a registered model was at a moment.

    Parameters
    ----------
    store : Store
        The registry.
    name : str
        What the model is called now, or was called last.
    when : str, datetime, date or int
        ISO text, without a zone in local time; a day alone means its end. A whole number is ms UTC.
    """
    moment = moment_of(when)
    return replayed((event for event in history(store, name) if event.timestamp <= moment), moment)


def moment_of(when: object) -> int:
    """Return a moment in ms UTC; see `at`. InvalidParameterError for what is none, or lies beyond all calendars."""
    if isinstance(when, int) and not isinstance(when, bool):
        return when
    given = when
    if isinstance(when, str):
        when = _parsed(when.strip())
    try:
        if isinstance(when, dt.datetime):
            return int(when.timestamp() * 1000)
        if isinstance(when, dt.date):
            following = dt.datetime.combine(when + dt.timedelta(days=1), dt.time())
            return int(following.timestamp() * 1000) - 1
    except (ValueError, OverflowError, OSError):  # the first and the last day that Python knows
        raise InvalidParameterError(f"{given!r} is no moment that clocks can tell.") from None
    raise InvalidParameterError(f"{when!r} is no moment: give a datetime, a date, or text such as 2026-11-03T12:00.")


def _parsed(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidParameterError(f"{text!r} is no moment: write a day, 2026-11-03, or 2026-11-03T12:00.") from None


def replayed(events: Iterable[RegistryEvent], when: int) -> RegistryState:
    """Return the state that events, in their order, have led to."""
    name: str | None = None
    stages: dict[str, str] = {}
    aliases: dict[str, str] = {}
    run_ids: dict[str, str] = {}
    for event in events:
        name = event.name
        version = event.version or ""
        match event.action:
            case Action.BEGIN:
                state = json.loads(event.after or "{}")
                stages, aliases, run_ids = dict(state.get("versions", {})), dict(state.get("aliases", {})), {}
            case Action.CREATE_MODEL:
                stages, aliases, run_ids = {}, {}, {}
            case Action.DELETE_MODEL:
                name, stages, aliases, run_ids = None, {}, {}, {}
            case Action.CREATE_VERSION | Action.IMPORT_VERSION:
                stages[version] = "None"
                if event.run_id:
                    run_ids[version] = event.run_id
            case Action.TRANSITION:
                stages[version] = event.after or "None"
            case Action.DELETE_VERSION:
                stages.pop(version, None)
            case Action.SET_ALIAS:
                aliases[event.key or ""] = version
            case Action.DELETE_ALIAS:
                aliases.pop(event.key or "", None)
    return RegistryState(name, when, stages, aliases, run_ids)


def verify(store: Store, expect: str | None = None) -> Verification:
    """Check every event's digest and number, the head, and that the registry is as its history says.

    Parameters
    ----------
    store : Store
        The registry.
    expect : str, optional
        A head that was noted earlier, ``<count>:<digest>``: the history must still go through it.
    """
    if expect is not None and not _HEAD.fullmatch(expect.strip()):
        raise InvalidParameterError(f"{expect!r} is no head of a history: it is <count>:<64 hex digits>.")
    found = _verified(store, expect)
    for _ in range(_LOOKS):
        if found.is_whole or store.registry_head() == found.head:
            break
        found = _verified(store, expect)  # something has happened between two of its reads
    return found


def _verified(store: Store, expect: str | None) -> Verification:
    head = store.registry_head()
    events = list(_all(store))
    problems = [*_chain(events), *_ends(events, head)]
    if expect is not None:
        problems += _expected(events, expect.strip())
    problems += _present(store, events)
    return Verification(head, len(events), tuple(problems))


def _chain(events: Iterable[RegistryEvent]) -> Iterator[str]:
    previous, number = GENESIS, 0
    for event in events:
        missing = event.number - number - 1
        if missing:
            first = number + 1
            which = f"event {first} is" if missing == 1 else f"events {first} to {event.number - 1} are"
            yield f"{which} missing"
        elif digest_of(event, previous) != event.digest:
            yield f"event {event.number} was changed: {described(event)}"
        previous, number = event.digest, event.number


def _ends(events: list[RegistryEvent], head: str) -> Iterator[str]:
    last = head_of(events[-1]) if events else EMPTY_HEAD
    if last == head:
        return
    counted, there = int(head.partition(":")[0]), int(last.partition(":")[0])
    if counted > there:
        which = f"event {counted} is" if counted == there + 1 else f"events {there + 1} to {counted} are"
        yield f"{which} missing at the end: the store has counted {counted}"
    else:
        yield f"the head that the store keeps, {head[:24]}…, is not that of its last event, {last[:24]}…"


def _expected(events: list[RegistryEvent], expect: str) -> Iterator[str]:
    number = int(expect.partition(":")[0])
    found = next((event for event in events if event.number == number), None)
    if expect == EMPTY_HEAD or (found is not None and head_of(found) == expect):
        return
    if found is None:
        yield f"event {number}, which ended the history that was expected, is missing"
    else:
        yield f"event {number} is another one than the expected head says: {described(found)}"


def _present(store: Store, events: list[RegistryEvent]) -> Iterator[str]:
    """Compare stages and aliases with what the events have led to: a row that was changed behind the history's back."""
    lines: dict[str, list[RegistryEvent]] = {}
    for event in events:
        if event.action == Action.RENAME_MODEL and event.before in lines:
            lines[event.name] = lines.pop(event.before)
        lines.setdefault(event.name, []).append(event)
    known = {model.name: model for model in _models(store)}
    for name in sorted({*lines, *known}):
        then = replayed(lines.get(name, ()), 0)
        stages, aliases = _now(store, known.get(name))
        for what, was, now in (("stages", then.stages, stages), ("aliases", then.aliases, aliases)):
            if was != now:
                different = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
                parts = ", ".join(
                    f"{key} is {now.get(key, 'gone')}, not {was.get(key, 'new')}" for key in different[:5]
                )
                yield f"{name}: the {what} are not those of the history: {parts}"


def _now(store: Store, model: RegisteredModel | None) -> tuple[dict[str, str], dict[str, str]]:
    if model is None:
        return {}, {}
    from jupyter_tracker.search.writing import write_text

    versions = store.search_model_versions(f"name = {write_text(model.name)}", 200_000)
    return {version.version: version.current_stage for version in versions}, model.aliases


def _models(store: Store) -> Iterator[RegisteredModel]:
    return every_page(lambda token: store.search_registered_models(max_results=1000, page_token=token))


def _all(store: Store, name: str | None = None, after: int = 0) -> Iterator[RegistryEvent]:
    while True:
        page = store.registry_events(name, after, _PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].number


def described(event: RegistryEvent) -> str:
    """Return an event in one line: model, what, who, when."""
    when = dt.datetime.fromtimestamp(event.timestamp / 1000, dt.UTC).isoformat(" ", "seconds")
    return f"{event.name}, {summary_of(event)}, by {event.user or 'nobody'}, {when}"
