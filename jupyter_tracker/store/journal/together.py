"""What several threads have just appended goes into the store in as few transactions as can be: a group commit.

Where each waits until others can read what it has logged (the processes of one server), a transaction each would be
most of what a log call costs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_tracker.errors import StoreUnavailableError, TrackerError
from jupyter_tracker.store.journal.fork_gate import FORK_GATE
from jupyter_tracker.store.journal.stored import PartlyStoredError

if TYPE_CHECKING:
    from jupyter_tracker.store.journal.writer import RunWriter


@dataclass(eq=False)
class _Waiting:
    """A thread that waits until its writer's journal is in the store, and what has become of that."""

    writer: RunWriter
    is_done: bool = False
    error: TrackerError | None = None


class Together:
    """Brings journals in, one transaction at a time: whoever comes while one is under way shares the next.

    Parameters
    ----------
    bring_in : callable
        Brings the journals of several writers of one store into it.
    """

    def __init__(self, bring_in: Callable[[Sequence[RunWriter]], None]) -> None:
        self._bring_in = bring_in
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Waiting] = []

    def flush(self, writer: RunWriter) -> None:
        """Return when all that this writer has logged so far is in the store; raises what the store raises."""
        own = _Waiting(writer)
        with self._lock:
            self._waiting.append(own)
        with self._turn:
            if not own.is_done:
                with self._lock:
                    group, self._waiting = self._waiting, []
                try:
                    self._go(group)
                finally:
                    # Of what should not happen each learns by itself.
                    left = [waiting for waiting in group if not waiting.is_done and waiting is not own]
                    with self._lock:
                        self._waiting[:0] = left
        if own.error is not None:
            raise own.error

    def _go(self, group: list[_Waiting]) -> None:
        error = self._tried(list({waiting.writer: None for waiting in group}))
        for waiting in group:
            # What is wrong with one run must not fail the others' calls.
            alone = error is not None and len(group) > 1 and not isinstance(error, StoreUnavailableError)
            waiting.error = self._tried([waiting.writer]) if alone else error
            waiting.is_done = True

    def _tried(self, writers: Sequence[RunWriter]) -> TrackerError | None:
        try:
            self._bring_in(writers)
        except TrackerError as error:
            return error
        return None


def drain_together(writers: Sequence[RunWriter]) -> None:
    """Bring what the journals of several writers of one store hold into it; the short ones in one transaction.

    Raises what the store raises; then none of the short ones is in.
    """
    with ExitStack() as locks:
        for writer in writers:
            locks.enter_context(writer.held_from_draining)
        locks.enter_context(FORK_GATE)
        short = {writer: batch for writer in writers if (batch := writer.short_batch()) is not None}
        try:
            writers[0].target.apply_group([batch for batch in short.values() if batch.position > batch.start])
        except PartlyStoredError:
            short = {}  # each reads again from where the store has got to
        for writer, batch in short.items():
            writer.brought_in(batch)
        for writer in writers:
            if writer not in short:
                writer.drain()
