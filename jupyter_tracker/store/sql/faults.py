"""What SQLite's errors mean for the user, said once for the driver and for SQLAlchemy.

Pure: neither the driver nor SQLAlchemy is imported. To give another error its own words: a row in `_MEANING`.
"""

from __future__ import annotations

import os

from jupyter_tracker.errors import PermissionDeniedError, StoreError, StoreUnavailableError, TrackerError

# SQLite's primary result codes (https://sqlite.org/rescode.html), which Python's errors carry.
_MEANING: dict[int, tuple[type[TrackerError], str]] = {
    3: (PermissionDeniedError, "may not be used by this user: check the permissions of the file and its folder"),
    5: (StoreUnavailableError, "is busy: another process has held it for over 30 s. Nothing was changed; try again"),
    6: (StoreUnavailableError, "is busy: this process itself holds a table. Nothing was changed; try again"),
    8: (PermissionDeniedError, "cannot be written: the file, its folder or the disk is read-only for this user"),
    10: (StoreError, "could not be read or written by the operating system: check the disk and its mount"),
    11: (StoreError, "is damaged: copy it away, then try `sqlite3 FILE .recover`, or go back to a backup"),
    13: (StoreError, "could not be written: the disk is full. Nothing was changed; free some space and go on"),
    14: (StoreError, "cannot be opened: check that its folder exists and may be read and written"),
    15: (StoreError, "could not be locked; on a network file system set JUPYTER_TRACKER_SQLITE_MODE=rollback"),
    23: (PermissionDeniedError, "may not be used by this user"),
    26: (StoreError, "is not an SQLite database: choose another path, or move the file away"),
}


def explain(error: BaseException, path: str | os.PathLike[str]) -> TrackerError:
    """Return the TrackerError that an error of the SQLite driver stands for, naming the file.

    Also takes SQLAlchemy's wrapping of one (its `orig` is looked at). The caller raises it `from` the error.
    """
    cause = getattr(error, "orig", None) or error
    kind, meaning = _MEANING.get(_code(cause), (StoreError, "could not be used"))
    return kind(f"The store {os.fspath(path)} {meaning}. (SQLite: {cause})")


def _code(error: BaseException) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else -1
