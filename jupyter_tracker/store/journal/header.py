"""The first record of a journal: whose it is, and the run itself where it is not in the store yet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.store.base import NewRun
from jupyter_tracker.store.journal import locks, records

SUFFIX = ".journal"
ENDED = ".ended"  # the run has ended, and its last values may not be in the store yet
DAMAGED = ".damaged"  # kept for whoever wants to look into it; nobody reads it again
_LARGEST = 1 << 24


def journal_name(run_id: str, journal_id: str) -> str:
    """Return the name of a journal's file."""
    return f"{run_id}.{journal_id}{SUFFIX}"


def parts_of(name: str, endings: tuple[str, ...] = (SUFFIX, ENDED)) -> tuple[str, str] | None:
    """Return the run's and the journal's id in a file's name; None for a file of another kind."""
    if not name.endswith(endings) or name.startswith("."):
        return None
    run_id, _, journal_id = name.rpartition(".")[0].rpartition(".")
    return run_id, journal_id


def header_record(run_id: str, *, owner: bool, new_run: NewRun | None) -> bytes:
    """Return the record that a journal of this process begins with."""
    header: dict[str, Any] = {
        "run_id": run_id,
        "owner": owner,
        "host": locks.host(),
        "boot": locks.boot_id(),
        "pid": os.getpid(),
        "started_ms": now_ms(),
    }
    if new_run is not None:
        header["new_run"] = vars(new_run)
    return records.pack_json(records.HEADER, header, header["started_ms"])


def read_header(fd: int) -> dict[str, Any]:
    """Return the header of an open journal; empty where it is torn."""
    os.lseek(fd, 0, os.SEEK_SET)
    first = os.read(fd, records.SLOT)
    if len(first) < records.SLOT:
        return {}
    length = records.RECORD.unpack(first)[4]
    if not 0 <= length <= _LARGEST:
        return {}
    return records.read(first + os.read(fd, length + -length % records.SLOT), trusted=False).header


def new_run_of(header: dict[str, Any]) -> NewRun | None:
    """Return the run that a header brings with it."""
    new_run = header.get("new_run")
    return NewRun(*(new_run[name] for name in NewRun.__annotations__)) if new_run else None


def announced_run(folder: Path, run_id: str) -> NewRun | None:
    """Return a run that is in no store yet, out of the journal of the process that has just started it."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith(f"{run_id}.")]  # noqa: PTH208 - names only
    except OSError:
        return None
    for name in filter(parts_of, names):
        try:
            fd = os.open(folder / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except OSError:
            continue
        try:
            new_run = new_run_of(read_header(fd))
        finally:
            os.close(fd)
        if new_run is not None:
            return new_run
    return None
