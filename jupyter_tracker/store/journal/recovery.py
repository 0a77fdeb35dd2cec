"""Journals whose writer died: whoever reads next brings them into the store.

A journal that can be locked has no writer on this machine. One written on another machine (a shared folder,
another container) cannot be told by its lock, so it counts as dead only when it has not been touched for
`LEASE_S`. Only the death of the *owner* ends a run, as KILLED at its last record, and not while another
process still logs to it.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_tracker.errors import ResourceDoesNotExistError, StoreUnavailableError, warn_once
from jupyter_tracker.store.journal import locks, records
from jupyter_tracker.store.journal.batch import batch_of
from jupyter_tracker.store.journal.header import DAMAGED, ENDED, parts_of, read_header
from jupyter_tracker.store.journal.leftovers import journalled_runs

if TYPE_CHECKING:
    from jupyter_tracker.store.journal.target import JournalTarget

LEASE_S = 60.0
_PATIENCE_S = 0.5
_TURN_S = 0.005


@dataclass
class _Dead:
    path: Path
    fd: int
    run_id: str
    journal_id: str
    owner: bool


def recover(target: JournalTarget, done: frozenset[str]) -> int:
    """Replay the journals of dead writers; return how many there were.

    `done` names the files that this process has drained in full and is about to remove.
    """
    dead, alive = _sort_out(target.journal_dir, done)
    try:
        # A run is closed after all that was logged to it is in.
        for journal in sorted(dead, key=lambda journal: journal.owner):
            _replay(target, journal, others_live=journal.run_id in alive)
    finally:
        for journal in dead:
            os.close(journal.fd)
    return len(dead)


def recover_of(target: JournalTarget, done: frozenset[str], pid: int, patience_s: float) -> None:
    """Replay the journals of a process of this machine that has died; wait for whoever is just replaying them.

    StoreUnavailableError where that lasts longer than `patience_s`.
    """
    deadline = time.monotonic() + patience_s
    recover(target, done)
    is_busy = waits = _is_replayed(target.journal_dir, pid)
    while is_busy:
        if time.monotonic() > deadline:
            raise StoreUnavailableError("Another is bringing in what a process has left. Try again.")
        time.sleep(_TURN_S)
        is_busy = _is_replayed(target.journal_dir, pid)
    if waits:
        recover(target, done)  # what it could not bring in


def _is_replayed(folder: Path, pid: int) -> bool:
    """Tell whether somebody holds the lock of a journal of a dead process of this machine."""
    for _, path in journalled_runs(folder):
        with contextlib.suppress(OSError):
            fd = _opened(path)
            try:
                header = read_header(fd)
                if header.get("pid") == pid and _is_of_this_machine(header) and not locks.try_lock(fd):
                    return True
            finally:
                os.close(fd)
    return False


def await_ended(target: JournalTarget, own: frozenset[str], known: set[str]) -> None:
    """Wait until the runs that other processes have ended are in the store, but no longer than `_PATIENCE_S`.

    Runs whose process has gone since are replayed at once. `own` names the files of this process; `known`, which is
    kept up to date, those that need not be looked at again.
    """
    folder, deadline = target.journal_dir, time.monotonic() + _PATIENCE_S
    while True:
        ended = _ended_in(folder)
        known &= ended
        waiting = ended - own - known
        if not waiting:
            return
        positions = target.journal_positions()
        known.update(name for name in waiting if _is_stored(folder / name, positions))
        if waiting <= known:
            return
        recover(target, own)
        if time.monotonic() > deadline:
            known |= waiting
            return
        time.sleep(_TURN_S)


def _ended_in(folder: Path) -> set[str]:
    try:
        return {name for name in os.listdir(folder) if name.endswith(ENDED)}  # noqa: PTH208 - at every read
    except OSError:
        return set()


def _is_stored(path: Path, positions: dict[str, int]) -> bool:
    parts = parts_of(path.name)
    try:
        return parts is None or positions.get(parts[1], 0) >= path.stat().st_size
    except FileNotFoundError:
        return True


def _sort_out(folder: Path, done: frozenset[str]) -> tuple[list[_Dead], set[str]]:
    dead: list[_Dead] = []
    alive: set[str] = set()
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return dead, alive
    for name in names:
        if name.startswith("."):
            _sweep(folder / name)
        parts = parts_of(name)
        if name in done or parts is None:
            continue
        its_run, journal_id = parts
        fd = _take(folder / name)
        if fd is None:
            alive.add(its_run)
            continue
        header = read_header(fd)
        if _lives_elsewhere(fd, header):
            alive.add(its_run)
            os.close(fd)
            continue
        dead.append(_Dead(folder / name, fd, its_run, journal_id, owner=bool(header.get("owner"))))
    return dead, alive


def _take(path: Path) -> int | None:
    """Open and lock a journal; None where its writer lives (or it has just gone)."""
    try:
        fd = _opened(path)
    except OSError:
        return None
    if locks.try_lock(fd) and os.fstat(fd).st_nlink:
        return fd
    os.close(fd)
    return None


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))


def _is_of_this_machine(header: dict[str, object]) -> bool:
    return header.get("host") == locks.host() and header.get("boot") == locks.boot_id()


def _lives_elsewhere(fd: int, header: dict[str, object]) -> bool:
    if not header or _is_of_this_machine(header):
        return False
    return time.time() - os.fstat(fd).st_mtime < LEASE_S


def _replay(target: JournalTarget, journal: _Dead, *, others_live: bool) -> None:
    data = _read_all(journal.fd)
    start = min(target.journal_position(journal.journal_id), len(data))
    if not os.fstat(journal.fd).st_nlink:
        # Its writer had ended the run and has removed it just now. A position is forgotten only after that, so
        # one that was read while the file was there is right, and this one may not be.
        return
    # What the store has was read before; only the names of keys are needed of it.
    before = records.read(data[:start], trusted=True)
    content = records.read(data[start:], trusted=False)
    content.end = len(data) - start
    batch = batch_of(content, journal.run_id, journal.journal_id, start, {**before.keys, **content.keys})
    closes = journal.owner and not (content.ended or before.ended)
    if closes and not others_live:
        last_ms = max(before.last_ms, content.last_ms)
        batch = replace(batch, status="KILLED", end_time=last_ms or None, only_if_running=True)
    try:
        if start < len(data) or batch.status is not None:
            target.apply(batch)
    except ResourceDoesNotExistError:
        warn_once(f"{journal.path} holds values of a run that its store does not have; it is left as it is.")
        return
    if closes and others_live:
        return  # it closes the run when the last of the others has gone
    target.sync([])
    with contextlib.suppress(FileNotFoundError):
        if content.damaged:
            _set_aside(journal, content.damaged)
        else:
            journal.path.unlink()


def _set_aside(journal: _Dead, damaged: int) -> None:
    """Keep a journal that could not be read as a whole, under a name that nobody reads again, and say so."""
    kept = journal.path.with_suffix(DAMAGED)
    journal.path.replace(kept)
    warn_once(
        f"A journal of run {journal.run_id} was damaged: {damaged:,} bytes in the middle could not be read, and what "
        f"they held of the run is not in the store. All else is. The file is kept as {kept}.",
        topic=f"damaged {journal.journal_id}",
    )


def _read_all(fd: int) -> bytes:
    os.lseek(fd, 0, os.SEEK_SET)
    parts = []
    while part := os.read(fd, 1 << 24):
        parts.append(part)
    return b"".join(parts)


def _sweep(path: Path) -> None:
    """Remove what is left of a journal whose making was interrupted."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > LEASE_S:
            fd = _take(path)
            if fd is not None:
                path.unlink()
                os.close(fd)
