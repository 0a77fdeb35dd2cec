"""Processes of one server that log to one store: what one of them has taken, all of them show.

A point is taken when it stands in its process's journal, which the others do not look at: a transaction for each log
call would be most of what it costs. So whoever reads has those bring their journals in that have taken something since
they last did. The processes meet in a folder. Each has a file there with two counters, what it has taken and what of it
is in the store, which it holds locked while it lives, and a pipe that wakes it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from jupyter_tracker.errors import StoreError, StoreUnavailableError
from jupyter_tracker.store.journal.locks import locked, try_lock

_COUNTERS: Final = ".counters"
_TAKEN, _STORED = 0, 1
_WAKE, _LEAVE = b"w", b"l"
_PATIENCE_S: Final = 15.0
_WAKE_AGAIN_S: Final = 0.1
_FIRST_PAUSE_S: Final = 0.0001
_LONGEST_PAUSE_S: Final = 0.002
_TOUCH_S: Final = 3600.0

can_meet: Final = hasattr(os, "mkfifo")
"""Whether this system has what it takes."""


class Siblings:
    """One process's side of it. Any thread may ask.

    Parameters
    ----------
    folder : pathlib.Path
        Where the processes meet, on this machine; made at need, and gone with the server.
    bring_in : callable
        Brings all that this process has taken into the store, and raises nothing; called on a thread of its own.
    recover : callable
        ``recover(pid, patience_s)``: brings in what a dead process has left.

    OSError where the folder cannot be used.
    """

    def __init__(self, folder: Path, bring_in: Callable[[], object], recover: Callable[[int, float], object]) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._bring_in, self._recover = folder, bring_in, recover
        self._lock = threading.Lock()
        self._others: dict[str, _Sibling] = {}
        self._deletions = _counters(folder / "deletions", 1, make=True)
        self._seen_deletions = self._deletions[0]
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}"
        os.mkfifo(folder / self._name, 0o600)
        # For writing, too: without a writer it would be at its end.
        self._pipe = os.open(folder / self._name, os.O_RDWR)
        made = folder / f".{self._name}"
        self._own = _counters(made, 2, make=True)
        self._alive = os.open(made, os.O_RDWR)
        try_lock(self._alive)
        made.rename(folder / f"{self._name}{_COUNTERS}")  # nobody sees it before it can be woken
        threading.Thread(target=self._listen, daemon=True, name="jupyter_tracker-siblings").start()

    # what this process has -----------------------------------------------------------------------

    def took(self) -> None:
        """Count something that stands in a journal now, before it is answered."""
        with self._lock:
            self._own[_TAKEN] += 1

    @property
    def taken(self) -> int:
        """How much this process has taken."""
        return self._own[_TAKEN]

    def stored(self, taken: int) -> None:
        """Count what is in the store: all that had been taken before it was brought in."""
        with self._lock:
            self._own[_STORED] = max(self._own[_STORED], taken)

    def _listen(self) -> None:
        touched_at = time.monotonic()
        while True:
            is_asked = bool(select.select([self._pipe], [], [], _TOUCH_S)[0])
            if is_asked and _LEAVE in os.read(self._pipe, 1 << 12):
                break
            if is_asked:
                self._bring_in()
            if time.monotonic() - touched_at >= _TOUCH_S:
                touched_at = time.monotonic()
                self._touch()
        os.close(self._pipe)

    def _touch(self) -> None:
        """Keep what cleans temporary folders of old files from taking these."""
        for name in ("", "deletions", self._name, f"{self._name}{_COUNTERS}"):
            with contextlib.suppress(OSError):
                os.utime(self._folder / name)

    def close(self) -> None:
        """Leave the others. What this process could not bring in they take for a dead one's."""
        if self._own[_STORED] == self._own[_TAKEN]:
            for name in (f"{self._name}{_COUNTERS}", self._name):
                with contextlib.suppress(OSError):
                    (self._folder / name).unlink()
        os.close(self._alive)
        os.write(self._pipe, _LEAVE)

    # what the others have ------------------------------------------------------------------------

    def catch_up(self, patience_s: float | None = None) -> None:
        """Have the others bring in what they have taken by now, and bring in what the dead have left.

        Parameters
        ----------
        patience_s : float, optional
            For how long a view waits, which then shows what is there.

        Raises
        ------
        StoreUnavailableError
            One of them does not, and it was to be waited for until it does.
        """
        deadline = time.monotonic() + (_PATIENCE_S if patience_s is None else patience_s)
        try:
            self._catch_up(deadline)
        except StoreUnavailableError:
            if patience_s is None:
                raise
        except OSError as error:
            raise StoreUnavailableError(
                f"The processes of this server cannot meet in {self._folder} ({error.strerror or error}): start it "
                "again if that stays so."
            ) from error

    def _catch_up(self, deadline: float) -> None:
        waited = {other: other.taken for other in self._look(deadline) if other.taken > other.stored}
        woken_at, pause_s = 0.0, _FIRST_PAUSE_S
        while waited:
            if time.monotonic() - woken_at > _WAKE_AGAIN_S:
                woken_at = time.monotonic()
                for other in list(waited):
                    if not other.wake() and other.is_dead():
                        self._bury(other, deadline)
                        del waited[other]
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            waited = {other: taken for other, taken in waited.items() if other.stored < taken}
            if waited and time.monotonic() > deadline:
                raise StoreUnavailableError(
                    "Another process of this server has not brought in what it has taken. Try again."
                )

    def _look(self, deadline: float) -> list[_Sibling]:
        names = {name.removesuffix(_COUNTERS) for name in os.listdir(self._folder) if name.endswith(_COUNTERS)}  # noqa: PTH208 - at every read
        if self._name not in names:
            raise FileNotFoundError("what this one had there is gone")
        with self._lock:
            for gone in self._others.keys() - names:
                self._others.pop(gone).close()
            new = names - self._others.keys() - {self._name}
            for name in new:
                with contextlib.suppress(FileNotFoundError):  # it has just left
                    self._others[name] = _Sibling(self._folder, name)
            known = list(self._others.values())
        if new:
            # It may have come for one that has died.
            for other in known:
                if other.is_dead():
                    self._bury(other, deadline)
        return known

    def _bury(self, other: _Sibling, deadline: float) -> None:
        # One of those who have found it does so, and the others wait for that.
        try:
            with locked(self._folder / "burying", max(0.0, deadline - time.monotonic())):
                if other.counters.exists():
                    self._recover(other.pid, max(0.0, deadline - time.monotonic()))
                    other.counters.unlink(missing_ok=True)
                    other.pipe.unlink(missing_ok=True)
        except StoreUnavailableError:
            raise
        except StoreError as error:
            raise StoreUnavailableError(
                f"What a process of this server had taken when it died is not in the store yet: {error.message}"
            ) from error

    # what somebody has deleted -------------------------------------------------------------------

    def deleted(self) -> None:
        """Tell all that runs have been deleted: their open journals may take nothing more of these."""
        # Any other number will do, so that no two need wait for each other to count.
        self._deletions[0] = int.from_bytes(os.urandom(7), "little")

    @property
    def has_deleted(self) -> bool:
        """Whether runs have been deleted since this process has looked which."""
        return self._deletions[0] != self._seen_deletions

    def look_at_deleted(self, park: Callable[[], None]) -> None:
        """Have the journals of deleted runs closed."""
        seen = self._deletions[0]
        park()
        self._seen_deletions = seen


class _Sibling:
    """Another process, as this one sees it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.counters, self.pipe = folder / f"{name}{_COUNTERS}", folder / name
        self.pid = int(name.partition("-")[0])
        self._counted = _counters(self.counters, 2)
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._is_closed = False

    @property
    def taken(self) -> int:
        """How much it has taken."""
        return self._counted[_TAKEN]

    @property
    def stored(self) -> int:
        """How much of that is in the store."""
        return self._counted[_STORED]

    def wake(self) -> bool:
        """Have it bring in what it has taken; False where it cannot be woken."""
        with self._lock:
            try:
                if self._fd is None and not self._is_closed:
                    self._fd = os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK)
                if self._fd is not None:
                    os.write(self._fd, _WAKE)
            except BlockingIOError:
                pass  # it has been woken often enough
            except OSError:
                return False
            return self._fd is not None

    def is_dead(self) -> bool:
        """Whether it has ended, well or not: while it lives it holds its file locked."""
        try:
            fd = os.open(self.counters, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            return try_lock(fd)
        finally:
            os.close(fd)

    def close(self) -> None:
        """Give up its pipe."""
        with self._lock:
            self._is_closed = True
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None


def _counters(path: Path, count: int, *, make: bool = False) -> memoryview:
    """Return so many numbers that all who open a file share. One is read and written as a whole."""
    size = 8 * count
    fd = os.open(path, os.O_RDWR | (os.O_CREAT if make else 0), 0o600)
    try:
        if make and os.fstat(fd).st_size < size:
            # Written, not only made so long: where a disk is full, this is an error and a hole would end the process.
            os.write(fd, bytes(size))
        return memoryview(mmap.mmap(fd, size)).cast("Q")
    finally:
        os.close(fd)
