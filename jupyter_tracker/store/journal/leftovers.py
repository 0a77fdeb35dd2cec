"""Journals of runs that are removed for good: without their run they would be replayed into nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterator
from pathlib import Path

from jupyter_tracker.store.journal import locks
from jupyter_tracker.store.journal.header import DAMAGED, ENDED, SUFFIX, parts_of


def journalled_runs(folder: Path, endings: tuple[str, ...] = (SUFFIX, ENDED)) -> Iterator[tuple[str, Path]]:
    """Give run id and path of each journal."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            parts = parts_of(path.name, endings)
            if parts is not None:
                yield parts[0], path


def has_journals(folder: Path | str) -> bool:
    """Tell whether a process logs to a store from here, or died while logging."""
    try:
        with os.scandir(folder) as entries:
            return any(parts_of(entry.name) is not None for entry in entries)
    except OSError:
        return False


def remove_journals(folder: Path, run_ids: Container[str]) -> None:
    """Remove the journals of these runs that nobody writes, and those that were damaged."""
    for run_id, path in list(journalled_runs(folder, (SUFFIX, ENDED, DAMAGED))):
        if run_id in run_ids:
            with contextlib.suppress(OSError):
                _remove_unlocked(path)


def _remove_unlocked(path: Path) -> None:
    fd = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    try:
        if locks.try_lock(fd):
            path.unlink()
    finally:
        os.close(fd)
