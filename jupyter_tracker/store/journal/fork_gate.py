"""Keeps a fork from happening while another thread is inside SQLite or NumPy's import.

A forked child has only the thread that forked. What another thread held at that moment, a mutex of SQLite or
the lock of a module being imported, is held in the child for ever, and the child hangs at its first use. So
every stretch that may hold such a thing passes this gate, and a fork waits until nobody is inside.
"""

from __future__ import annotations

import os
import threading
from types import TracebackType

_PATIENCE_S = 10.0


class ForkGate:
    """A gate to pass with ``with``: any number of threads at once, nested at will, and none while a fork goes on."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._inside = 0
        self._forking = False
        self._own = threading.local()

    def __enter__(self) -> None:
        depth = getattr(self._own, "depth", 0)
        self._own.depth = depth + 1
        if depth == 0:
            with self._changed:
                # Not for ever: whoever forks may itself hold what this thread will need.
                self._changed.wait_for(lambda: not self._forking, _PATIENCE_S)
                self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._own.depth -= 1
        if self._own.depth == 0:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def before_fork(self) -> None:
        """Close the gate, and wait until nobody but the forking thread is inside."""
        with self._changed:
            self._forking = True
            own = 1 if getattr(self._own, "depth", 0) else 0
            self._changed.wait_for(lambda: self._inside <= own, _PATIENCE_S)

    def after_fork_in_parent(self) -> None:
        """Open the gate again."""
        with self._changed:
            self._forking = False
            self._changed.notify_all()


FORK_GATE = ForkGate()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=FORK_GATE.before_fork,
        after_in_parent=FORK_GATE.after_fork_in_parent,
        after_in_child=FORK_GATE._reset,  # noqa: SLF001 - the same module
    )
