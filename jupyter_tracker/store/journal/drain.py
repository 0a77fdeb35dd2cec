"""The one thread per process that brings journals into their stores.

It wakes ten times a second while something is being logged, four times a second otherwise, and soon after a run
has ended; runs that end one after the other share a transaction. Once a second it
makes what was drained survive a power cut (one synced commit, off the caller's path), and only then are the
journals of ended runs removed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from jupyter_tracker.errors import ResourceDoesNotExistError, TrackerError, TrackerWarning, warn_once
from jupyter_tracker.store.journal.file import JournalFile
from jupyter_tracker.store.journal.fork_gate import FORK_GATE
from jupyter_tracker.store.journal.stored import PartlyStoredError
from jupyter_tracker.store.turns import SHORT_TURNS

if TYPE_CHECKING:
    from jupyter_tracker.store.base import Batch
    from jupyter_tracker.store.journal.target import Drained, JournalTarget

Result = TypeVar("Result")
Drain: TypeAlias = "Callable[[JournalFile], int]"
Rest: TypeAlias = "Callable[[JournalFile], Batch | None]"

_GATHER_S = 0.02
_BUSY_S = 0.1
_IDLE_S = 0.25
_QUIET_AFTER_S = 5.0
_PARK_AFTER_S = 30.0
_SYNC_S = 1.0
_LONGEST_PAUSE_S = 10.0
# A journal of this size is removed by the call that ends its run: it would double the store's size.
LARGE_BYTES = 1 << 20
# So many ended runs may wait, each with an open file; then whoever ends one more brings them all in.
_MOST_ENDED = 32


@dataclass(eq=False)
class _Ended:
    """A journal whose run has ended, and its writer's ways of draining it and of reading what is left of it."""

    target: JournalTarget
    journal: JournalFile
    drain: Drain
    rest: Rest
    at: float = field(default_factory=time.monotonic)


class Drainer:
    """Drains every open writer of this process. One is made per process; a forked child gets its own."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._sync_lock = threading.RLock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._writers: set[Drained] = set()
        self._ended: list[_Ended] = []
        self._last_end = 0.0
        self._ended_lock = threading.RLock()
        self._retired: dict[JournalTarget, list[JournalFile]] = {}
        self._gone: dict[JournalTarget, list[str]] = {}
        self._unsynced: set[JournalTarget] = set()
        self._stopped = False
        self._pause_until = 0.0
        self._pause_s = 0.5

    @property
    def is_stopped(self) -> bool:
        """Whether the process is about to end."""
        return self._stopped

    # what writers call ---------------------------------------------------------------------------

    def add(self, writer: Drained) -> None:
        """Drain this writer from now on."""
        with self._lock:
            self._writers.add(writer)
            self._start()
        self._wake.set()

    def _start(self) -> None:
        if self._thread is None and not self._stopped:
            self._thread = threading.Thread(target=self._run, name="jupyter_tracker-drain", daemon=True)
            self._thread.start()

    def discard(self, writer: Drained) -> None:
        """Stop draining this writer."""
        with self._lock:
            self._writers.discard(writer)

    def retire(self, target: JournalTarget, journal: JournalFile) -> None:
        """Remove a journal that the store has in full, once a synced commit stands behind it."""
        size = journal.position
        os.close(journal.fd)
        with self._lock:
            self._retired.setdefault(target, []).append(journal)
            self._unsynced.add(target)
        if size >= LARGE_BYTES or self._stopped:
            self.sync(target)

    def finish(self, target: JournalTarget, journal: JournalFile, drain: Drain, rest: Rest) -> None:
        """Bring the journal of a run that has ended into its store soon, together with others."""
        self.adopt(target, journal, drain, rest)
        self._last_end = time.monotonic()
        # In a sweep, here and not on the thread: the two would wait for each other's GIL at every step.
        due = len(self._ended) >= _MOST_ENDED or any(self._last_end - first.at > _BUSY_S for first in self._ended[:1])
        if (due and self._last_end > self._pause_until) or self._stopped:
            self.guarded(partial(self._finish_all, target))

    def adopt(self, target: JournalTarget, journal: JournalFile, drain: Drain, rest: Rest) -> None:
        """Drain the journal of a run that has ended, again and again until its store takes it."""
        with self._lock:
            self._ended.append(_Ended(target, journal, drain, rest))
            self._start()
        self._wake.set()

    # what stores call ----------------------------------------------------------------------------

    def flush(self, target: JournalTarget, patience_s: float | None = None) -> None:
        """Drain all that this process has logged to a store, or as much as that time allows.

        Raises what the store raises.
        """
        deadline = None if patience_s is None else time.monotonic() + patience_s
        for writer in self._of(target):
            if writer.drain(None if deadline is None else max(0.0, deadline - time.monotonic())):
                self._unsynced.add(target)
        self._finish_all(target)

    def retired(self, target: JournalTarget) -> frozenset[str]:
        """Return the file names of journals of ended runs, which wait to be drained or to be removed."""
        with self._lock:
            ended = [ended.journal.path.name for ended in self._ended if ended.target is target]
            return frozenset([*ended, *(journal.path.name for journal in self._retired.get(target, ()))])

    def release(self, target: JournalTarget) -> None:
        """Drain and close every writer of a store, sync it, and forget it."""
        for writer in self._of(target):
            writer.close()
        self.guarded(partial(self._finish_all, target))
        with self._lock:
            # The next reader recovers what could not be stored.
            for left in [ended for ended in self._ended if ended.target is target]:
                self._ended.remove(left)
                os.close(left.journal.fd)
        # What cannot be synced any more (its file was moved away, say) is no reason to keep the store open.
        self.guarded(partial(self.sync, target))
        for known in (self._gone, self._retired):
            known.pop(target, None)
        self._unsynced.discard(target)

    def sync(self, target: JournalTarget) -> None:
        """Make what was drained survive a power cut, and remove the journals of ended runs."""
        with self._sync_lock:
            with self._lock:
                self._unsynced.discard(target)
                retired = self._retired.pop(target, [])
                gone = self._gone.pop(target, [])
            try:
                target.sync(gone)
            except TrackerError:
                with self._lock:
                    self._retired.setdefault(target, []).extend(retired)
                    self._gone.setdefault(target, []).extend(gone)
                    self._unsynced.add(target)
                raise
            for journal in retired:
                with contextlib.suppress(FileNotFoundError):
                    journal.path.unlink()
            if retired:
                # Their positions are forgotten with the next sync: never before the file is gone.
                self._gone.setdefault(target, []).extend(journal.journal_id for journal in retired)

    def _finish_all(self, target: JournalTarget) -> int:
        """Bring the ended runs of a store into it; return how many there were."""
        if not self._ended:
            return 0
        with self._ended_lock, FORK_GATE:
            waiting = [ended for ended in list(self._ended) if ended.target is target]
            short = {ended: batch for ended in waiting if (batch := ended.rest(ended.journal)) is not None}
            try:
                target.apply_group(list(short.values()))
            except (ResourceDoesNotExistError, PartlyStoredError):
                short = {}  # one of them is no batch to be stored as it is, and must not stop the others
            for ended, batch in short.items():
                ended.journal.position = batch.position
            for ended in waiting:
                if ended in short or self.guarded(partial(ended.drain, ended.journal)) is not None:
                    with self._lock:
                        self._ended.remove(ended)
                    self.retire(target, ended.journal)
        return len(waiting)

    def _of(self, target: JournalTarget) -> list[Drained]:
        with self._lock:
            return [writer for writer in self._writers if writer.target is target]

    # the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        busy_at, synced_at = time.monotonic(), time.monotonic()
        while not self._stopped:
            now = time.monotonic()
            if self._drain_all():
                busy_at = now
            if now - synced_at >= _SYNC_S:
                synced_at = now
                self._upkeep()
            if self._writers or self._ended or self._unsynced:
                pause_s = _BUSY_S if now - busy_at < _QUIET_AFTER_S else _IDLE_S
                self._wake.wait(_GATHER_S if self._ended and now > self._pause_until else pause_s)
            else:
                self._wake.wait()
            if self._wake.is_set():
                self._wake.clear()
                # A new writer has nothing to drain yet, and ended runs go in together.
                time.sleep(_GATHER_S if self._ended else _BUSY_S)

    def _drain_all(self) -> bool:
        if time.monotonic() < self._pause_until:
            return False
        drained = False
        for writer in list(self._writers):
            if self.guarded(writer.drain):
                drained = True
                self._unsynced.add(writer.target)
        if time.monotonic() - self._last_end < _GATHER_S:
            return drained
        for target in {ended.target for ended in list(self._ended)}:
            drained = bool(self.guarded(partial(self._finish_all, target))) or drained
        return drained

    def guarded(self, step: Callable[[], Result]) -> Result | None:
        """Do a step; where it fails, tell the user once, leave the store alone for a while, and return None."""
        try:
            # Beside a cell that computes, each look at a journal and each statement would wait 5 ms for its turn, and a
            # run's end for seconds: of the whole step, for around the statements alone it is still 0.8 to 1.8 s.
            with SHORT_TURNS:
                done = step()
        except TrackerError as error:
            _tell(f"Logged values wait in their journal, since the store does not take them: {error}")
        except Exception as error:  # noqa: BLE001 - this thread must outlive whatever a store does
            _tell(f"Logged values wait in their journal after an unexpected {type(error).__name__}: {error}")
        else:
            self._pause_s = 0.5
            return done
        self._pause_until = time.monotonic() + self._pause_s
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
        return None

    def _upkeep(self) -> None:
        for target in list(self._unsynced):
            with self._sync_lock:
                # Its store may have been closed meanwhile, which has synced it.
                if target in self._unsynced:
                    self.guarded(partial(self.sync, target))
        for writer in list(self._writers):
            self.guarded(writer.settle)
            if not writer.owner and time.monotonic() - writer.last_used > _PARK_AFTER_S:
                self.guarded(partial(writer.park_if_idle, _PARK_AFTER_S))

    # the process's ends --------------------------------------------------------------------------

    def shutdown(self) -> None:
        """Bring everything into the stores before the process ends; what cannot be stays in its journal."""
        self._stopped = True
        self._wake.set()
        targets = set(self._unsynced) | set(self._retired)
        for writer in list(self._writers):
            targets.add(writer.target)
            self.guarded(writer.drain)
        for target in {ended.target for ended in list(self._ended)}:
            targets.add(target)
            self.guarded(partial(self._finish_all, target))
        for target in targets:
            self.guarded(partial(self.sync, target))

    def after_fork(self) -> None:
        """In a forked child: no thread came along, and the journals belong to the parent."""
        writers, ended = self._writers, self._ended
        self._reset()
        for writer in writers:
            writer.after_fork()
        for left in ended:
            os.close(left.journal.fd)


def _tell(message: str) -> None:
    try:
        warn_once(message)
    except TrackerWarning as warning:  # who turns warnings into errors must not lose the thread by it
        print(warning, file=sys.stderr)  # noqa: T201


drainer = Drainer()
atexit.register(drainer.shutdown)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=drainer.after_fork)
