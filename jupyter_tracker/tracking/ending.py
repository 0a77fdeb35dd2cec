"""Ending runs: by hand, with their `with` block or cell, and with the process."""

from __future__ import annotations

import atexit
import os
import sys

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


class _EndAllAtExit:
    """Ends every open run when the interpreter exits. Registered after the store's own handler, so called before."""

    def __init__(self) -> None:
        self._registered = False

    def register(self) -> None:
        if not self._registered:
            self._registered = True
            atexit.register(self)

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
    return status_of(getattr(sys, "last_exc", None) or getattr(sys, "last_value", None))
