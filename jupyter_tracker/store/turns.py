"""Shorter turns at the interpreter while somebody waits for an answer.

Beside a cell that computes, a reading thread gives the GIL up at every step of SQLite, every packet of a server and
every look at a file, and waits for `sys.getswitchinterval()`, 5 ms, each time that the cell has got it meanwhile. A
search has some ten such moments, and lost two to ten of them: 12 to 45 ms for 2 ms of work. Fewer statements help by
their number only; shorter turns end the wait itself. They last as long as the read does, and cost the cell no more than
the reading thread's share of the processor.
"""

from __future__ import annotations

import os
import sys
import threading
from types import TracebackType

# Measured: at 1 ms ten best of 100,000 runs take 8.0 ms beside a busy thread, at 0.2 ms 4.5 to 7.3, below that no less.
_TURN_S = 0.0002


class ShortTurns:
    """Turns of 0.2 ms inside a ``with``, in as many threads as like; then what was set before, nested at will."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = 0.0

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._before = sys.getswitchinterval()
                if self._before > _TURN_S:
                    sys.setswitchinterval(_TURN_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._restore()

    def _restore(self) -> None:
        # Somebody who has set another interval meanwhile keeps it.
        if self._before > _TURN_S and abs(sys.getswitchinterval() - _TURN_S) < 1e-6:
            sys.setswitchinterval(self._before)

    def after_fork(self) -> None:
        """In a forked child: the threads that were inside did not come along."""
        if self._inside:
            self._restore()
        self._lock, self._inside = threading.Lock(), 0


SHORT_TURNS = ShortTurns()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SHORT_TURNS.after_fork)
