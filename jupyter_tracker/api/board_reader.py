"""A board that is looked at every two seconds, for little: what cannot be different by now is not asked for again.

The head of the registry's history changes with whatever is done to a registered model. While it is the same, a server
is asked for nothing else, or twice a minute, since metrics of runs may still come; after it has changed, for the events
since then. Where it keeps no history, it is asked for the versions each time. A store that can tell whether it was
changed at all, as one in a file can, is read when it was, and twice a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary, proxy

from jupyter_tracker.entities import ModelVersion, Run
from jupyter_tracker.entities.registry_event import Action, RegistryEvent
from jupyter_tracker.promotion.history import events_after, head_or_none, history
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.registry_board import BoardReads, RegistryBoardView, newest_model, registry_board_view
from jupyter_tracker.wire.credentials import is_server

T = TypeVar("T")
FRESH_S: Final = 30.0
"""For so long a server is not asked again for a run, or for a board whose registry has not changed."""
_MOST: Final = 2000
_MOST_VIEWS: Final = 50


class BoardReader(BoardReads):
    """Reads the boards of one store. Any thread may ask.

    Parameters
    ----------
    store : Store
        The registry.
    fresh_s : float
        For how long a run counts as not changed.
    clock : callable
        The time in seconds.
    """

    def __init__(self, store: Store, fresh_s: float = FRESH_S, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(store)
        self._fresh_s = fresh_s
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._views: dict[Hashable, tuple[Hashable, float, RegistryBoardView]] = {}
        self._events: dict[str, list[RegistryEvent]] = {}

    def view(self, model: str | None) -> RegistryBoardView:
        """Return a registered model as a board; the one that was changed last for None.

        Raises
        ------
        ResourceDoesNotExistError
            There is no such model.
        """
        # Before the reads: what is changed meanwhile is another one the next time.
        mark = self.store.change_mark()
        if mark is not None:
            return self._while_same(model, mark, FRESH_S, lambda: head_or_none(self.store))
        head = head_or_none(self.store)
        return self._built(model, None) if head is None else self._while_same(model, head, self._fresh_s, lambda: head)

    def _while_same(
        self, model: str | None, mark: Hashable, fresh_s: float, head: Callable[[], str | None]
    ) -> RegistryBoardView:
        """Return a board as it was built for this mark, or build it anew."""
        key = (model, threading.get_ident())  # marks of two threads differ
        known = self._views.get(key)
        if known is not None and known[0] == mark and self._clock() < known[1]:
            return known[2]
        until = self._clock() + fresh_s
        found = self._built(model, head())
        if len(self._views) >= _MOST_VIEWS:
            self._views.clear()
        self._views[key] = (mark, until, found)
        return found

    def run(self, run_id: str) -> Run | None:
        """Return a run, or None, as it was some seconds ago at most."""
        return self._recent(("run", run_id), self._fresh_s, lambda: super(BoardReader, self).run(run_id))

    def location(self, version: ModelVersion) -> str:
        """Return where a version's files are, which stays so."""
        key = ("location", version.name, version.version, version.creation_timestamp)
        return self._recent(key, float("inf"), lambda: super(BoardReader, self).location(version))

    def _built(self, model: str | None, head: str | None) -> RegistryBoardView:
        name = model or newest_model(self.store)
        if name is None:
            return registry_board_view(self.store, None)
        self.store.get_registered_model(name)  # one that was deleted has a history, but no board
        events = [] if head is None else self._history(name)
        return registry_board_view(self.store, name, events, head or "", self)

    def _history(self, name: str) -> list[RegistryEvent]:
        known = self._events.get(name)
        if known:
            more = events_after(self.store, name, known[-1].number)
            # A renaming may join it to another line of events, or end it.
            known = None if any(event.action == Action.RENAME_MODEL for event in more) else [*known, *more]
        self._events[name] = known or history(self.store, name)
        return self._events[name]

    def _recent(self, key: Hashable, seconds: float, read: Callable[[], T]) -> T:
        now = self._clock()
        found = self._kept.get(key)
        if found is not None and now < found[0]:
            value: T = found[1]
            return value
        value = read()
        if seconds > 0:
            if len(self._kept) > _MOST:
                self._kept.clear()
            self._kept[key] = (now + seconds, value)
        return value


_READERS: WeakKeyDictionary[Store, BoardReader] = WeakKeyDictionary()


def board_reader(store: Store) -> BoardReader:
    """Return the reader of a store's boards, the same one each time."""
    found = _READERS.get(store)
    if found is None:
        # A reader that held its store would keep it in this dictionary for good.
        found = _READERS.setdefault(store, BoardReader(proxy(store), FRESH_S if is_server(store.uri) else 0.0))
    return found
