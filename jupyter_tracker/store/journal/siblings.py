"""Processes of one server that log to one store: what one of them has taken, all of them show.

A point is taken when it stands in its process's journal, which the others do not look at: a transaction for each log
call would be most of what it costs. So whoever reads has those bring their journals in that have taken something since
they last did. The processes meet in a folder. Each has a file there with two counters, what it has taken and what of it
is in the store, and a pipe that wakes it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from jupyter_tracker.errors import StoreUnavailableError, TrackerError
from jupyter_tracker.store.journal.locks import locked

_COUNTERS: Final = ".counters"
_TAKEN, _STORED = 0, 1
_PATIENCE_S: Final = 15.0
_WAKE_AGAIN_S: Final = 0.1
_FIRST_PAUSE_S: Final = 0.0001
_LONGEST_PAUSE_S: Final = 0.002

can_meet: Final = hasattr(os, "mkfifo")
"""Whether this system has what it takes."""


class Siblings:
    """One process's side of it. Any thread may ask.

    Parameters
    ----------
    folder : pathlib.Path
        Where the processes meet, on this machine; made at need, and gone with the server.
    bring_in : callable
        Brings all that this process has taken into the store; called on a thread of its own when another reads.
    """

    def __init__(self, folder: Path, bring_in: Callable[[], None]) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._bring_in = folder, bring_in
        self._lock = threading.Lock()
        self._others: dict[str, _Sibling] = {}
        self._deletions = _counters(folder / "deletions", 1)
        self._seen_deletions = self._deletions[0]
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._pipe = _pipe(folder / self._name)
        made = folder / f".{self._name}"
        self._own = _counters(made, 2)
        made.rename(folder / f"{self._name}{_COUNTERS}")  # nobody sees it before it can be woken
        self._is_closed = False
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
        while os.read(self._pipe, 1 << 12) and not self._is_closed:
            # Where it cannot, who has woken it sees that nothing comes, and says so.
            with contextlib.suppress(TrackerError):
                self._bring_in()
        os.close(self._pipe)

    def close(self) -> None:
        """Leave the others, when all is in the store."""
        self._is_closed = True
        with contextlib.suppress(OSError):
            (self._folder / f"{self._name}{_COUNTERS}").unlink()
            (self._folder / self._name).unlink()
        os.write(self._pipe, b"\0")  # the thread ends

    # what the others have ------------------------------------------------------------------------

    def bring_in(self, recover: Callable[[], object], patience_s: float | None = None) -> None:
        """Have the others bring in what they have taken by now, and what the dead have left be recovered.

        Parameters
        ----------
        recover : callable
            Brings in what dead processes have left.
        patience_s : float, optional
            For how long a view waits, which then shows what is there.

        Raises
        ------
        StoreUnavailableError
            One of them does not, and it was to be waited for until it does.
        """
        waited = {other: other.taken for other in self._look() if other.taken > other.stored}
        deadline = time.monotonic() + (_PATIENCE_S if patience_s is None else patience_s)
        woken_at, pause_s = 0.0, _FIRST_PAUSE_S
        while waited:
            if time.monotonic() - woken_at > _WAKE_AGAIN_S:
                woken_at = time.monotonic()
                for other in [other for other in waited if not other.wake()]:
                    self._bury(other, recover)
                    del waited[other]
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            waited = {other: taken for other, taken in waited.items() if other.stored < taken}
            if waited and time.monotonic() > deadline:
                if patience_s is not None:
                    return
                raise StoreUnavailableError(
                    "Another process of this server has not brought in what it has taken. Try again."
                )

    def _look(self) -> list[_Sibling]:
        with self._lock:
            names = {name.removesuffix(_COUNTERS) for name in os.listdir(self._folder) if name.endswith(_COUNTERS)}  # noqa: PTH208 - at every read
            for gone in self._others.keys() - names:
                self._others.pop(gone).close()
            for name in names - self._others.keys() - {self._name}:
                with contextlib.suppress(FileNotFoundError):  # it has just left
                    self._others[name] = _Sibling(self._folder, name)
            return list(self._others.values())

    def _bury(self, other: _Sibling, recover: Callable[[], object]) -> None:
        # One of those who have found it does so, and the others wait for that: its journals are locked meanwhile.
        with locked(self._folder / "burying"):
            if other.counters.exists():
                recover()
                other.counters.unlink()

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
        self.counters, self._path = folder / f"{name}{_COUNTERS}", folder / name
        self._counted = _counters(self.counters, 2, make=False)
        self._pipe: int | None = None

    @property
    def taken(self) -> int:
        return self._counted[_TAKEN]

    @property
    def stored(self) -> int:
        return self._counted[_STORED]

    def wake(self) -> bool:
        """Have it bring in what it has taken; False where it has gone."""
        try:
            if self._pipe is None:
                self._pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            os.write(self._pipe, b"\0")
        except BlockingIOError:
            return True  # it has been woken often enough
        except OSError:  # nobody reads it
            return False
        return True

    def close(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)


def _counters(path: Path, count: int, *, make: bool = True) -> memoryview:
    """Return so many numbers that all who open a file share. One is read and written as a whole."""
    size = 8 * count
    fd = os.open(path, os.O_RDWR | (os.O_CREAT if make else 0), 0o600)
    try:
        if make:
            os.ftruncate(fd, size)
        return memoryview(mmap.mmap(fd, size)).cast("Q")
    finally:
        os.close(fd)


def _pipe(path: Path) -> int:
    os.mkfifo(path, 0o600)
    # For writing, too: without a writer it would be at its end.
    return os.open(path, os.O_RDWR)
