"""Ending runs: by hand, with their `with` block or cell, and with the process."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from types import BuiltinFunctionType
from typing import NoReturn

from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import TrackerError, warn_once
from jupyter_tracker.tracking.environment import ENVIRONMENT
from jupyter_tracker.tracking.stack import STACK, OpenRun


def end_open_run(entry: OpenRun, status: str) -> None:
    """End a run and what was started inside it and left open; a second time does nothing.

    In a forked child the inherited run only loses this process: it goes on in the parent. So does one that was joined.
    """
    for inner in STACK.inside(entry):
        end_open_run(inner, status)
    if not entry.is_open:
        return
    STACK.remove(entry)
    try:
        if entry.pid != os.getpid() or entry.joins:
            entry.writer.close()
            return
        ENVIRONMENT.finish(entry.run_id)
        entry.writer.end(status, now_ms())
    except TrackerError as error:
        # Tracking must not turn a finished training into a failed cell.
        warn_once(f"Run {entry.run_id} could not be ended as {status}: {error}", topic=f"end {entry.run_id}")


def status_of(error: BaseException | None) -> str:
    """Return the status of a run that an exception, or none, has ended."""
    if error is None or (isinstance(error, SystemExit) and error.code in {None, 0}):
        return "FINISHED"
    # By name, so that asyncio need not be imported; concurrent.futures and trio have their own.
    names = {kind.__name__ for kind in type(error).__mro__}
    return "KILLED" if names & {"KeyboardInterrupt", "CancelledError", "Cancelled"} else "FAILED"


class _Exit(SystemExit):
    """What `sys.exit` raises while runs are open: it tells how the script has ended, if by it.

    Python hands a SystemExit that nobody has caught to no hook, and forgets it before it calls what is registered
    with `atexit`. But at that moment no function is running any more.
    """

    def __del__(self) -> None:
        try:
            sys._getframe(1)  # noqa: SLF001 - there is no other way to ask who called
        except ValueError:
            EXIT_STATUS.ended_by = SystemExit(self.code)


_Exit.__name__ = _Exit.__qualname__ = "SystemExit"


class _ExitStatus:
    """Learns with which status a script ends that calls `sys.exit`, as argparse and click do."""

    ended_by: SystemExit | None = None

    def __init__(self) -> None:
        self._watching = False

    def watch(self) -> None:
        """Look at `sys.exit` from now on, unless somebody else has replaced it already, or a kernel catches it."""
        if not self._watching and isinstance(sys.exit, BuiltinFunctionType) and "IPython" not in sys.modules:
            self._watching = True
            sys.exit = _exit


def _exit(status: object = None, /) -> NoReturn:
    """Exit the interpreter by raising SystemExit(status), as Python's own `sys.exit` does."""
    # A thread ends by it alone, and without a word only if it is of no other class.
    kind = _Exit if threading.current_thread() is threading.main_thread() else SystemExit
    raise kind(status) if status is not None else kind()


EXIT_STATUS = _ExitStatus()


class _EndAllAtExit:
    """Ends every open run when the interpreter exits. Registered after the store's own handler, so called before."""

    def __init__(self) -> None:
        self._registered = False

    def register(self) -> None:
        if not self._registered:
            self._registered = True
            atexit.register(self)
            EXIT_STATUS.watch()

    def __call__(self) -> None:
        status = _status_of_exit()
        # Whoever shuts a kernel down, or restarts it, while a tracked cell runs has cut that cell short.
        for entry in [entry for entry in STACK.all() if entry.is_cell]:
            end_open_run(entry, "KILLED")
        for entry in reversed(STACK.all()):
            end_open_run(entry, status)


END_ALL_AT_EXIT = _EndAllAtExit()


def _status_of_exit() -> str:
    """Return FAILED where a script ends by an exception; a kernel's last error says nothing of its end."""
    if "IPython" in sys.modules:
        return "FINISHED"
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    return status_of(error or EXIT_STATUS.ended_by)
