"""Work beside a cell that waits a moment: a cell that is over by then has not shared its processor with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

# Longer than what tracking itself takes, shorter than what a user notices.
DELAY_S: Final = 0.03


def later(pool: ThreadPoolExecutor, do: Callable[[], None]) -> Future[None]:
    """Do something in `DELAY_S` seconds, on a thread of `pool`; until then the future can be cancelled."""
    future: Future[None] = Future()
    due = time.monotonic() + DELAY_S
    # A plain sleep: nobody has to wake the thread up, which would take the processor when the cell needs it.
    pool.submit(_do, future, due, do)
    return future


def _do(future: Future[None], due: float, do: Callable[[], None]) -> None:
    time.sleep(max(due - time.monotonic(), 0))
    if not future.set_running_or_notify_cancel():
        return
    try:
        do()
    except BaseException as error:  # noqa: BLE001 - it is raised for whoever waits for it
        future.set_exception(error)
    else:
        future.set_result(None)
