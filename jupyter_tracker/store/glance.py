"""Reading for a panel: what it shows may be half a second old, and it never waits for more than that.

A read of a user's own code sees everything that this process has logged, and waits for it. A panel asks again and
again: beside a loop that only logs it would wait each time, and once for each of the reads that a view is made of.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

_Read = TypeVar("_Read")

FRESH_S: Final = 0.5


class _Here(threading.local):
    """What the glance of this thread has brought up to date, and when, and has read; None outside of one."""

    seen: dict[object, float] | None = None
    read: dict[Hashable, Any] | None = None


_here = _Here()


@contextmanager
def glance() -> Iterator[None]:
    """Let the reads in a ``with`` be of a panel, in this thread. One inside another is part of it."""
    if _here.seen is not None:
        yield
        return
    _here.seen, _here.read = {}, {}
    try:
        yield
    finally:
        _here.seen = _here.read = None


def once(key: Hashable, read: Callable[[], _Read]) -> _Read:
    """Return what is read; within a glance, what was read for this key before: panels of a page ask for the same."""
    if _here.read is None:
        return read()
    if key not in _here.read:
        _here.read[key] = read()
    found: _Read = _here.read[key]
    return found


def patience_s(store: object) -> float | None:
    """Return how long a read of a store may wait for what was logged, in seconds; None for as long as it takes."""
    if _here.seen is None:
        return None
    return 0.0 if time.monotonic() - _here.seen.get(store, -FRESH_S) < FRESH_S else FRESH_S


def brought_up_to_date(store: object) -> None:
    """Remember that the glance of this thread, if there is one, has just waited for a store."""
    if _here.seen is not None:
        _here.seen[store] = time.monotonic()
