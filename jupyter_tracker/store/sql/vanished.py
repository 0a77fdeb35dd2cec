"""A SQLite file that is deleted or moved away under the hands of a process that logs to it.

The process notices nothing: what it has open goes on, in a file without a name, and is gone when it ends. So it looks
once a second, while a run is open, and when that ends, whether the file is where it was; where not, it says so and
keeps a copy of all there is. A store that is removed when no run is open, as of a test, is left alone.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_tracker.errors import warn_once
from jupyter_tracker.store.sql.connection import sqlite3

if TYPE_CHECKING:
    from sqlite3 import Connection

_OPEN_FILES = Path("/proc/self/fd")
# A large store is copied as often as takes a tenth of the time, and in any case in the end.
_PAUSES = 10
_GRACE_S = 1.0


class Watched:
    """A database file that this process has open.

    Parameters
    ----------
    path : pathlib.Path
        Where it is expected.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = _identity(path)
        self._noted_at: float | None = None
        self._rescued: Path | None = None
        self._again_at = 0.0

    def note(self) -> None:
        """Look whether the file is at its place, while a run is open or ends."""
        if self._noted_at is None and self._identity is not None and _identity(self._path) != self._identity:
            self._noted_at = time.monotonic()

    def keep(self, connection: Connection, *, last: bool) -> None:
        """Keep a copy of what a connection sees, where the file was noted not to be at its place. Tells the user once.

        Not at once, since whoever deletes the folder may not be done, and not more often than a large one allows; but
        in any case if it is the `last` time.
        """
        if self._noted_at is None or self._identity is None or _identity(self._path) == self._identity:
            return
        if time.monotonic() < self._noted_at + _GRACE_S and not last:
            return
        now_at = _moved_to(self._identity)
        if now_at is not None:
            warn_once(
                f"The store {self._path} was moved while this process was logging to it. What it logs goes on to "
                f"{now_at}; the files that a run logs from now on do not. Call set_tracking_uri with the new place.",
                topic=f"vanished {self._path}",
            )
            return
        began = time.monotonic()
        if began < self._again_at and not last:
            return
        self._rescue(connection)
        self._again_at = time.monotonic() + _PAUSES * (time.monotonic() - began)

    def _rescue(self, connection: Connection) -> None:
        said = f"The store {self._path} was deleted, or another is in its place, while this process was logging to it. "
        new = self._path.with_name(f".{self._path.name}.{os.getpid()}.partial")
        try:
            target = self._rescued or _free(self._path)
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                new.unlink()
            connection.execute("VACUUM INTO ?", (str(new),))
            new.replace(target)
        except (sqlite3.Error, OSError) as error:
            warn_once(
                f"{said}What it held, and what is logged from now on, could not be kept: {error}.",
                topic=f"vanished {self._path}",
            )
            return
        self._rescued = target
        warn_once(
            f"{said}All runs that it held, and what is logged from now on, are kept in {target}: open it with "
            f"set_tracking_uri({str(target)!r}), or rename it to {self._path.name}. Files of runs are not in it.",
            topic=f"vanished {self._path}",
        )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _moved_to(identity: tuple[int, int]) -> Path | None:
    """Return where a file that this process has open is now; None where it is deleted, or the system does not tell."""
    with contextlib.suppress(OSError):
        for entry in _OPEN_FILES.iterdir():
            with contextlib.suppress(OSError):
                # Not opened: to close a database's file would give up SQLite's locks on it.
                found = entry.stat()
                if (found.st_dev, found.st_ino) == identity and found.st_nlink:
                    return Path(entry.readlink())
    return None


def _free(path: Path) -> Path:
    """Return a name beside a path that nothing has."""
    number, target = 1, path.with_name(f"{path.stem}.rescued{path.suffix}")
    while target.exists():
        number += 1
        target = path.with_name(f"{path.stem}.rescued-{number}{path.suffix}")
    return target
