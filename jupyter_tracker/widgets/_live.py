"""One thread that keeps the live cards of this process up to date, five times a second at most."""

from __future__ import annotations

import os
import threading
import time
from typing import Final, Protocol

from jupyter_tracker.errors import warn_once

_INTERVAL_S: Final = 0.2
# Beside a busy cell a round takes long; then it comes less often, so that the cell keeps its core.
_PAUSE_PER_COST: Final = 4
_MAX_FAILURES: Final = 10


class Live(Protocol):
    """Something on the screen that changes."""

    def refresh(self) -> bool:
        """Show the present state, and return whether there may be another one later."""
        ...


class _Refresher:
    """The thread, which lives while there is something to refresh."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        # Re-entrant: the garbage collector may run `RunCard.close`, and so `discard`, in the middle of `add`.
        self._lock = threading.RLock()
        self._failures: dict[Live, int] = {}  # how often in a row, by what is refreshed
        self._thread: threading.Thread | None = None

    def add(self, live: Live) -> None:
        with self._lock:
            self._failures[live] = 0
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jupyter-tracker-cards", daemon=True)
                self._thread.start()

    def discard(self, live: Live) -> None:
        with self._lock:
            self._failures.pop(live, None)

    def _run(self) -> None:
        pause = _INTERVAL_S
        while True:
            time.sleep(pause)
            with self._lock:
                present = list(self._failures)
                if not present:
                    self._thread = None
                    return
            started = time.monotonic()
            for live in present:
                self._refresh(live)
            pause = max(_INTERVAL_S, _PAUSE_PER_COST * (time.monotonic() - started))

    def _refresh(self, live: Live) -> None:
        try:
            if not live.refresh():
                self.discard(live)
        except Exception as error:  # noqa: BLE001 - a card that fails must not stop the others
            self._note_failure(live, error)
        else:
            with self._lock:
                if live in self._failures:
                    self._failures[live] = 0

    def _note_failure(self, live: Live, error: Exception) -> None:
        if not threading.main_thread().is_alive():  # the stores of a process that ends are closed
            return
        with self._lock:
            if live not in self._failures:
                return
            self._failures[live] += 1
            if self._failures[live] >= _MAX_FAILURES:
                del self._failures[live]
        warn_once(f"A live panel could not be updated: {error}. Tracking goes on; the panel tries again.")


_refresher = _Refresher()


def keep_fresh(live: Live) -> None:
    """Refresh something on a background thread until its `refresh` says that it was the last time."""
    _refresher.add(live)


def let_be(live: Live) -> None:
    """Refresh it no longer."""
    _refresher.discard(live)


if hasattr(os, "register_at_fork"):
    # The thread stayed in the parent, and so did the screen.
    os.register_at_fork(after_in_child=_refresher.reset)
