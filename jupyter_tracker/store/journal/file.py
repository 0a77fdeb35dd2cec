"""One journal file: made locked, appended to, read from where the store is, removed when the store has it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_tracker.errors import PermissionDeniedError, StoreError
from jupyter_tracker.store.base import NewRun
from jupyter_tracker.store.journal import locks
from jupyter_tracker.store.journal.header import ENDED, header_record, journal_name

_HEARTBEAT_S = 15.0


@dataclass(eq=False)
class JournalFile:
    """An open journal. `position` is the byte up to which the store has it."""

    path: Path
    journal_id: str
    fd: int
    position: int = 0
    keys: dict[int, str] = field(default_factory=dict)
    last_beat: float = field(default_factory=time.monotonic)

    @classmethod
    def create(cls, folder: Path, run_id: str, *, owner: bool, new_run: NewRun | None = None) -> JournalFile:
        """Make a journal that is locked before anybody can see it; `new_run` where the store has no such run yet.

        Raises
        ------
        PermissionDeniedError, StoreError
            The folder cannot be written to, or the disk is full.
        """
        journal_id = os.urandom(16).hex()
        hidden, path = f"{folder}/.{journal_id}", f"{folder}/{journal_name(run_id, journal_id)}"
        record = header_record(run_id, owner=owner, new_run=new_run)
        try:
            fd = _make(folder, hidden)
            try:
                locks.try_lock(fd)
                if os.write(fd, record) != len(record):
                    raise OSError(28, "No space left on device")  # noqa: TRY301 - joins the branch below
                os.rename(hidden, path)  # noqa: PTH104 - on the way of every run
            except OSError:
                os.close(fd)
                with contextlib.suppress(OSError):
                    os.unlink(hidden)  # noqa: PTH108
                raise
        except PermissionError as error:
            raise PermissionDeniedError(f"No journal can be made in {folder}: {error.strerror}.") from error
        except OSError as error:
            raise StoreError(f"No journal can be made in {folder}: {error.strerror}.") from error
        return cls(Path(path), journal_id, fd)

    @property
    def size(self) -> int:
        """Bytes appended so far."""
        return os.fstat(self.fd).st_size

    def mark_ended(self) -> None:
        """Show other processes that the run has ended: whoever reads now waits for what is still in here."""
        ended = self.path.with_suffix(ENDED)
        with contextlib.suppress(OSError):
            os.rename(self.path, ended)  # noqa: PTH104 - on the way of every run
            self.path = ended

    def read(self, limit: int) -> bytes:
        """Return at most `limit` bytes that the store does not have yet."""
        if self.size <= self.position:
            return b""
        if hasattr(os, "pread"):
            return os.pread(self.fd, limit, self.position)
        with self.path.open("rb") as file:
            file.seek(self.position)
            return file.read(limit)

    def cut(self, torn: int) -> None:
        """Take back the `torn` bytes of a record that did not fit on the disk."""
        os.ftruncate(self.fd, self.size - torn)

    def sync(self) -> None:
        """Wait until the disk has what was appended."""
        os.fsync(self.fd)

    def heartbeat(self) -> None:
        """Touch the file now and then: from another host that is the only sign of life."""
        if time.monotonic() - self.last_beat > _HEARTBEAT_S:
            self.last_beat = time.monotonic()
            with contextlib.suppress(OSError):
                os.utime(self.path)


def _make(folder: Path, path: str) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | _OPEN_FLAGS
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        return os.open(path, flags, 0o600)


_OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
