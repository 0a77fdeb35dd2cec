"""SQLite: which library, which journal mode, and connections set up alike for the hot path and SQLAlchemy.

WAL mode needs a library without the WAL-reset bug (sqlite.org/wal.html): two connections that write and
checkpoint at the same moment can corrupt the file in SQLite 3.7.0 to 3.51.2, except for the repaired 3.44.6
and 3.50.7. So `pysqlite3`, which brings its own SQLite, is used where Python's is too old; where there is
none, or on a network file system, a rollback journal. Log calls never wait for either.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from jupyter_tracker import settings
from jupyter_tracker.errors import warn_once

if TYPE_CHECKING:
    from sqlite3 import Connection

BUSY_TIMEOUT_S = 30.0
_NETWORK = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs"),
        *("beegfs", "orangefs", "pvfs2", "davfs", "vboxsf"),
    )
)


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite version is free of the WAL-reset bug."""
    return (
        version >= (3, 51, 3)
        or (3, 50, 7) <= version < (3, 51)
        or (3, 44, 6) <= version < (3, 45)
        or version < (3, 7, 0)
    )


def _choose() -> ModuleType:
    # The whole of Python's own module is not imported just to be turned down.
    from _sqlite3 import sqlite_version

    version = tuple(map(int, sqlite_version.split(".")))
    if not wal_is_safe(version):
        with contextlib.suppress(ImportError):
            own = import_module("pysqlite3.dbapi2")
            if own.sqlite_version_info > version:
                return own
    import sqlite3 as stdlib

    return stdlib


sqlite3 = _choose()


class Mode(NamedTuple):
    """How a SQLite file is written: ``wal`` or ``rollback``, and why."""

    journal: str
    reason: str


@functools.lru_cache(maxsize=64)
def mode_of(path: Path) -> Mode:
    """Return the journal mode that a store at `path` gets on this machine."""
    wanted = settings.text("JUPYTER_TRACKER_SQLITE_MODE")
    if wanted != "auto":
        return Mode(wanted, "set by JUPYTER_TRACKER_SQLITE_MODE")
    file_system = _file_system(path)
    if file_system in _NETWORK or file_system.startswith("fuse"):
        warn_once(
            f"The store lies on a network file system ({file_system}), where SQLite's write-ahead log is unsafe, so "
            "a rollback journal is used. JUPYTER_TRACKER_SQLITE_MODE=wal overrides this."
        )
        return Mode("rollback", f"the file system is {file_system}, where WAL is unsafe")
    if not wal_is_safe(sqlite3.sqlite_version_info):
        return Mode("rollback", f"SQLite {sqlite3.sqlite_version} has the WAL-reset bug; install pysqlite3")
    return Mode("wal", f"SQLite {sqlite3.sqlite_version} is free of the WAL-reset bug")


def _file_system(path: Path) -> str:
    """Return the type of the file system of a path; empty where the system does not tell."""
    best, found = "", ""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    folder = os.path.realpath(path.parent)
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = left.split(" ")[4].encode().decode("unicode_escape")
        inside = folder == point or folder.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, found = point, right.split(" ")[0]
    return found


def connect(path: Path) -> Connection:
    """Open a SQLite file in autocommit mode; the file is made where there is none.

    The connection may move between threads, but must not be used by two at once, nor after a fork.
    Read-only files and folders are opened for reading.
    """
    if path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return _connect_read_only(path)
    connection = _connect(os.fspath(path))
    try:
        connection.execute("PRAGMA page_size = 8192")  # of a new file only
        _set_mode(connection, mode_of(path).journal)
        connection.execute("PRAGMA foreign_keys = ON")
        # The drain thread copies the log into the file once a second; the call that ends a run does not wait for it.
        connection.execute("PRAGMA wal_autocheckpoint = 8000")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(database: str, *, uri: bool = False) -> Connection:
    connection: Connection = sqlite3.connect(
        database,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        uri=uri,
    )
    return connection


def _connect_read_only(path: Path) -> Connection:
    # Without a folder to write to SQLite cannot make the shared memory of a WAL, but a file that nobody
    # writes to needs none.
    wal = Path(f"{path}-wal")
    still = not wal.exists() or not wal.stat().st_size
    uri = f"{path.as_uri()}?mode=ro{'&immutable=1' if still and not os.access(path.parent, os.W_OK) else ''}"
    return _connect(uri, uri=True)


def _set_mode(connection: Connection, journal: str) -> None:
    wanted = "wal" if journal == "wal" else "truncate"
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        # Changing the mode needs the file alone, and does not wait by itself.
        with contextlib.suppress(sqlite3.OperationalError):
            (now,) = connection.execute("PRAGMA journal_mode").fetchone()
            if now != wanted:
                (now,) = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
            if now == wanted or time.monotonic() > deadline:
                break
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if wanted == 'wal' else 'FULL'}")
