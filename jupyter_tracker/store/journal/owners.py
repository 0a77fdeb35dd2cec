"""Which runs have an owner that lives: the process that began a run, and that will end it."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_tracker.store.journal import locks
from jupyter_tracker.store.journal.header import read_header
from jupyter_tracker.store.journal.leftovers import journalled_runs


def has_other_owner(folder: Path, run_id: str) -> bool:
    """Tell whether another process of this machine owns a run and lives, by the lock that it holds on its journal."""
    return any(_is_owned(path) for its_run, path in journalled_runs(folder) if its_run == run_id)


def _is_owned(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    except OSError:  # it has just gone
        return False
    try:
        header = read_header(fd)
        if not header.get("owner") or (header.get("host"), header.get("boot")) != (locks.host(), locks.boot_id()):
            return False
        return header.get("pid") != os.getpid() and not locks.try_lock(fd)
    finally:
        os.close(fd)
