"""The one thread per process that brings journals into their stores.

It wakes ten times a second while something is being logged, four times a second otherwise. Once a second it
makes what was drained survive a power cut (one synced commit, off the caller's path), and only then are the
journals of ended runs removed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from jupyter_tracker.errors import TrackerError, warn_once
from jupyter_tracker.store.journal.file import JournalFile

if TYPE_CHECKING:
    from jupyter_tracker.store.journal.target import Drained, JournalTarget

Result = TypeVar("Result")

_BUSY_S = 0.1
_IDLE_S = 0.25
_QUIET_AFTER_S = 5.0
_PARK_AFTER_S = 30.0
_SYNC_S = 1.0
_LONGEST_PAUSE_S = 10.0
# A journal of this size is removed by the call that ends its run: it would double the store's size.
LARGE_BYTES = 1 << 20


class Drainer:
    """Drains every open writer of this process. One is made per process; a forked child gets its own."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._writers: set[Drained] = set()
        self._orphans: list[tuple[JournalTarget, JournalFile, Callable[[JournalFile], int]]] = []
        self._retired: dict[JournalTarget, list[JournalFile]] = {}
        self._gone: dict[JournalTarget, list[str]] = {}
        self._unsynced: set[JournalTarget] = set()
        self._stopped = False
        self._pause_until = 0.0
        self._pause_s = 0.5

    # what writers call ---------------------------------------------------------------------------

    def add(self, writer: Drained) -> None:
        """Drain this writer from now on."""
        with self._lock:
            self._writers.add(writer)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="jupyter_tracker-drain", daemon=True)
                self._thread.start()
        self._wake.set()

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

    def adopt(self, target: JournalTarget, journal: JournalFile, drain: Callable[[JournalFile], int]) -> None:
        """Keep trying to drain the journal of an ended run whose store could not be reached."""
        with self._lock:
            self._orphans.append((target, journal, drain))
        self._wake.set()

    # what stores call ----------------------------------------------------------------------------

    def flush(self, target: JournalTarget) -> None:
        """Drain all that this process has logged to a store; raises what the store raises."""
        for writer in self._of(target):
            if writer.drain():
                self._unsynced.add(target)

    def retired(self, target: JournalTarget) -> frozenset[str]:
        """Return the file names of journals that the store has in full and that wait to be removed."""
        with self._lock:
            return frozenset(journal.path.name for journal in self._retired.get(target, ()))

    def release(self, target: JournalTarget) -> None:
        """Drain and close every writer of a store, sync it, and forget it."""
        for writer in self._of(target):
            writer.close()
        # What cannot be synced any more (its file was moved away, say) is no reason to keep the store open.
        self._guarded(partial(self.sync, target))
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
            if self._writers or self._orphans or self._unsynced:
                self._wake.wait(_BUSY_S if now - busy_at < _QUIET_AFTER_S else _IDLE_S)
            else:
                self._wake.wait()
            # A new writer has nothing to drain yet.
            if self._wake.is_set():
                self._wake.clear()
                time.sleep(_BUSY_S)

    def _drain_all(self) -> bool:
        if time.monotonic() < self._pause_until:
            return False
        drained = False
        for writer in list(self._writers):
            if self._guarded(writer.drain):
                drained = True
                self._unsynced.add(writer.target)
        for orphan in list(self._orphans):
            target, journal, drain = orphan
            if self._guarded(partial(drain, journal)) is not None:
                self._orphans.remove(orphan)
                self.retire(target, journal)
        return drained

    def _guarded(self, step: Callable[[], Result]) -> Result | None:
        """Do a step; where it fails, tell the user once, leave the store alone for a while, and return None."""
        try:
            done = step()
        except TrackerError as error:
            warn_once(f"Logged values wait in their journal, since the store does not take them: {error}")
        except Exception as error:  # noqa: BLE001 - this thread must outlive whatever a store does
            warn_once(f"Logged values wait in their journal after an unexpected {type(error).__name__}: {error}")
        else:
            self._pause_s = 0.5
            return done
        self._pause_until = time.monotonic() + self._pause_s
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
        return None

    def _upkeep(self) -> None:
        for target in list(self._unsynced):
            self._guarded(partial(self.sync, target))
        for writer in list(self._writers):
            self._guarded(writer.settle)
            if not writer.owner and time.monotonic() - writer.last_used > _PARK_AFTER_S:
                self._guarded(partial(writer.park_if_idle, _PARK_AFTER_S))

    # the process's ends --------------------------------------------------------------------------

    def shutdown(self) -> None:
        """Bring everything into the stores before the process ends; what cannot be stays in its journal."""
        self._stopped = True
        self._wake.set()
        targets = set(self._unsynced) | set(self._retired)
        for writer in list(self._writers):
            targets.add(writer.target)
            self._guarded(writer.drain)
        for target in targets:
            self._guarded(partial(self.sync, target))

    def after_fork(self) -> None:
        """In a forked child: no thread came along, and the journals belong to the parent."""
        writers, orphans = self._writers, self._orphans
        self._reset()
        for writer in writers:
            writer.after_fork()
        for _, journal, _ in orphans:
            os.close(journal.fd)


drainer = Drainer()
atexit.register(drainer.shutdown)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=drainer.after_fork)
