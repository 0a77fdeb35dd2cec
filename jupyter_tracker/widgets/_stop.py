"""Interrupts the running cell on behalf of a browser that has no Jupyter server to do it."""

from __future__ import annotations

import _thread
import signal
import threading

from jupyter_tracker.tracking.stack import STACK


def stop_cell_of(run_id: str) -> bool:
    """Interrupt the cell that is running if this process has the run open; return whether it did.

    Where messages wait until the cell has ended, the run has ended with it: then no other cell is hit. A kernel that
    runs no cell ignores the interrupt, as it ignores the menu's.
    """
    if STACK.find(run_id) is None:
        return False
    if hasattr(signal, "pthread_kill"):
        # A real signal also wakes a main thread that sleeps or waits.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
    return True
