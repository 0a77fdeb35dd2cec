"""Who is alive: an advisory lock that a writer holds on its journal, and the names of host and boot.

`flock` belongs to the open file, not to the process: it goes with the last descriptor, however the process
dies, and a forked child that closes its copy leaves the parent's lock alone.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

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
