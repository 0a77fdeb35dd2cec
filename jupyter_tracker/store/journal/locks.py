"""Who is alive: an advisory lock that a writer holds on its journal, and the names of host and boot.

`flock` belongs to the open file, not to the process: it goes with the last descriptor, however the process
dies, and a forked child that closes its copy leaves the parent's lock alone.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_tracker.errors import StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def try_lock(fd: int) -> bool:
    """Take the lock of an open file without waiting; False where another holds it."""
    try:
        if sys.platform == "win32":
            os.lseek(fd, _WINDOWS_LOCK_BYTE, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


# Windows locks bytes and then refuses to read them, so the byte lies beyond any journal.
_WINDOWS_LOCK_BYTE = 2**62


@contextlib.contextmanager
def locked(path: Path, patience_s: float = 30.0) -> Iterator[None]:
    """Hold the lock of a file, which is made at need and stays, so that one at a time does what stands inside.

    Raises
    ------
    StoreError
        The file cannot be made, or somebody else held the lock all that time, in seconds.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise StoreError(f"The lock {path} cannot be made: {error.strerror}.") from error
    try:
        deadline = time.monotonic() + patience_s
        while not try_lock(fd):
            if time.monotonic() > deadline:
                raise StoreError(f"Another process holds {path}, or files cannot be locked where it is.")
            time.sleep(0.01)
        yield
    finally:
        os.close(fd)


@functools.cache
def host() -> str:
    """Return this machine's name."""
    return os.environ.get("COMPUTERNAME", "") if sys.platform == "win32" else os.uname().nodename


@functools.cache
def boot_id() -> str:
    """Return what changes when this machine restarts; empty where that cannot be known."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
