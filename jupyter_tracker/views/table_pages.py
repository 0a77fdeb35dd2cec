"""Pages of one answer: how many runs there are and in which order, remembered while somebody scrolls through them.

A page near the start is a search of its own. Deep in 100,000 runs it would walk over all rows before it, so there
the whole order is read once, as numbers, and each page fetches its rows by them; somebody who turns a first page is
likely to go on, so it is read ahead then. What is remembered belongs to a *snapshot*, a text that the first page hands
out: runs that start later shift nothing, and a refresh begins anew.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from jupyter_tracker.entities import Run
from jupyter_tracker.errors import TrackerError
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.browsing import RunKeys
from jupyter_tracker.views.table_query import Scope

_DEEP: Final = 500
# Answers no longer than this are searched for quickly enough.
_LONG: Final = 5000
_KEPT: Final = 8
_KEPT_S: Final = 600.0


@dataclass
class Answer:
    """What a snapshot knows; what is None is not known yet."""

    total: int | None = None
    order: Sequence[int] | None = None
    read_ahead: bool = False
    """Somebody reads the order, or has."""
    groups: Any = None
    at: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Answers:
    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Answer:
        with self._lock:
            answer = self._answers.get(key)
            if answer is None or time.monotonic() - answer.at > _KEPT_S:
                answer = self._answers[key] = Answer()
            self._answers.move_to_end(key)
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
            return answer


_OF_STORE: WeakKeyDictionary[Store, _Answers] = WeakKeyDictionary()
_OF_STORE_LOCK = threading.Lock()


def new_snapshot() -> str:
    """Return the name of a new snapshot."""
    return uuid.uuid4().hex


def answer_of(store: Store, snapshot: str, *query: Hashable) -> Answer:
    """Return what is remembered of a query under a snapshot; nothing, where it was forgotten."""
    with _OF_STORE_LOCK:
        answers = _OF_STORE.setdefault(store, _Answers())
    return answers.get((snapshot, *query))


def total_of(store: Store, answer: Answer, scope: Scope) -> int:
    """Return how many runs there are."""
    if answer.total is None:
        answer.total = store.count_runs(scope.experiment_ids, scope.filter, scope.stages)
    return answer.total


def page_of(
    store: Store, answer: Answer, scope: Scope, order: Sequence[str], offset: int, length: int, keys: RunKeys | None
) -> list[Run]:
    """Return the rows of a page, with these keys only (all: None)."""
    if answer.order is None and (offset < _DEEP or keys is None):
        rows = store.search_run_rows(
            scope.experiment_ids, scope.filter, scope.stages, length, list(order), offset, keys
        )
        if offset > 0 and not answer.read_ahead and (answer.total or 0) > _LONG:
            answer.read_ahead = True
            threading.Thread(target=_read_ahead, args=(store, answer, scope, order), daemon=True).start()
        return rows
    numbers = _order_of(store, answer, scope, order)
    return store.run_rows(numbers[offset : offset + length], keys or RunKeys())


def _order_of(store: Store, answer: Answer, scope: Scope, order: Sequence[str]) -> Sequence[int]:
    with answer.lock:  # one thread reads the order, the others wait for it
        if answer.order is None:
            answer.order = store.search_run_order(scope.experiment_ids, scope.filter, scope.stages, list(order))
        return answer.order


def _read_ahead(store: Store, answer: Answer, scope: Scope, order: Sequence[str]) -> None:
    with contextlib.suppress(TrackerError):  # who wants that page is told
        _order_of(store, answer, scope, order)


def once(answer: Answer, groups: Callable[[], Any]) -> Any:
    """Return the groups of an answer, made at the first call."""
    with answer.lock:
        if answer.groups is None:
            answer.groups = groups()
    return answer.groups
