"""Which run is active: a stack for the whole process, and inside `with` a chain of the context's own.

A context variable alone is lost between notebook cells that `await`, and plain threads never see it; a
stack alone would let two threads, or two tasks of one event loop, log into each other's `with` block. So a
run is looked for in this order:

1. the innermost open run of this context's `with` blocks;
2. the newest run that this thread started, those of other asyncio tasks left out;
3. the newest run of the process.

`log_metric` takes a short cut through all this: one read of the context variable, and, where that is empty,
`STACK.top`, which is set while steps 2 and 3 can have only one answer.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from jupyter_tracker.store.base import Store

if TYPE_CHECKING:
    from jupyter_tracker.entities import Run
    from jupyter_tracker.store.writing import Writer


class OpenRun:
    """A run that this process writes.

    Attributes
    ----------
    run_id : str
        Its id.
    run : Run
        What the user holds: an `ActiveRun`.
    store, writer : Store, Writer
        Where it goes.
    is_cell : bool
        It is a tracked cell's: runs that user code starts become its children, and `end_run` leaves it.
    joins : bool
        It is another process's: this one logs to it, and does not end it.
    pid, thread, task
        Who started it. A forked child inherits runs but does not end them.
    is_open : bool
        False once it has ended.
    log_metric : callable
        The writer's own, bound once: the hot path.
    """

    __slots__ = (
        "is_cell",
        "is_open",
        "joins",
        "log_metric",
        "pid",
        "run",
        "run_id",
        "store",
        "task",
        "thread",
        "writer",
    )

    def __init__(self, run: Run, store: Store, writer: Writer, *, is_cell: bool = False) -> None:
        self.run = run
        self.run_id = run.info.run_id
        self.store = store
        self.writer = writer
        self.is_cell = is_cell
        self.is_open = True
        self.joins = False
        self.pid = os.getpid()
        self.thread = threading.get_ident()
        self.task: Any = None
        self.log_metric: Callable[..., Any] = writer.log_metric


CHAIN: ContextVar[tuple[OpenRun, ...]] = ContextVar("jupyter_tracker_runs", default=())


class RunStack:
    """The process-wide stack. Every method may be called from any thread."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._runs: list[OpenRun] = []
        # The run that every thread and task without a `with` of its own would find, or None where they differ.
        self.top: OpenRun | None = None
        # The newest run where one thread started them all: what every other thread finds.
        self._alike: OpenRun | None = None
        self.last: OpenRun | None = None

    def push(self, entry: OpenRun) -> None:
        """Make `entry` the active run: of this context too, if it is inside a `with` already."""
        with self.lock:
            self._runs.append(entry)
            self.last = entry
            self._find_top()
        chain = open_chain()
        if chain:
            CHAIN.set((*chain, entry))

    def enter(self, entry: OpenRun) -> None:
        """Make `entry` this context's own, at the start of its `with` block."""
        chain = open_chain()
        if entry not in chain:
            CHAIN.set((*chain, entry))
        with self.lock:
            entry.task = current_task()
            self._find_top()

    def remove(self, entry: OpenRun) -> None:
        """Take `entry` away, wherever it is in the stack."""
        entry.is_open = False
        with self.lock:
            if entry in self._runs:
                self._runs.remove(entry)
            self._find_top()
        chain = CHAIN.get()
        if entry in chain:
            CHAIN.set(tuple(other for other in chain if other is not entry))

    def current(self) -> OpenRun | None:
        """Return the active run as this thread and task see it, or None."""
        chain = open_chain()
        if chain:
            return chain[-1]
        thread, alike = threading.get_ident(), self._alike
        if alike is not None and alike.thread != thread:
            return alike
        if not self._runs:
            return None
        task = current_task()
        with self.lock:
            for entry in reversed(self._runs):
                if entry.thread == thread and not _is_of_another_task(entry, task):
                    return entry
            elsewhere = [entry for entry in self._runs if entry.thread != thread]
        return elsewhere[-1] if elsewhere else None

    def is_own(self, entry: OpenRun) -> bool:
        """Tell whether `entry` was started here, not in another thread or process that lets us log into it."""
        return entry.pid == os.getpid() and (entry.thread == threading.get_ident() or entry in CHAIN.get())

    def inside(self, entry: OpenRun) -> list[OpenRun]:
        """Return the runs that were started inside `entry` by the same thread or context, innermost first."""
        chain = open_chain()
        if entry in chain:
            return list(reversed(chain[chain.index(entry) + 1 :]))
        with self.lock:
            if entry not in self._runs:
                return []
            later = self._runs[self._runs.index(entry) + 1 :]
        return [other for other in reversed(later) if other.thread == entry.thread and other.task is entry.task]

    def find(self, run_id: str) -> OpenRun | None:
        """Return the open run of this id, or None."""
        with self.lock:
            return next((entry for entry in self._runs if entry.run_id == run_id), None)

    def all(self) -> list[OpenRun]:
        """Return every open run, the oldest first."""
        with self.lock:
            return list(self._runs)

    def after_fork(self) -> None:
        """Take a new lock: another thread of the parent may have held this one."""
        self.lock = threading.RLock()

    def _find_top(self) -> None:
        runs = self._runs
        self._alike = runs[-1] if runs and all(entry.thread == runs[0].thread for entry in runs) else None
        self.top = self._alike if all(entry.task is None for entry in runs) else None


STACK = RunStack()


def open_chain() -> tuple[OpenRun, ...]:
    """Return the runs of this context's `with` blocks that are still open, the innermost last."""
    chain = CHAIN.get()
    if all(entry.is_open for entry in chain):
        return chain
    # A task copies its context when it is made and may outlive the `with` it was made in.
    return tuple(entry for entry in chain if entry.is_open)


def current_task() -> Any:
    """Return the running asyncio task, or None; asyncio is not imported for it."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        return asyncio.current_task()
    except RuntimeError:  # no event loop runs in this thread
        return None


def _is_of_another_task(entry: OpenRun, task: Any) -> bool:
    return entry.task is not None and entry.task is not task and not entry.task.done()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=STACK.after_fork)
