"""What kernels recorded of the stores that they use (see `tracking/kernel_record`), read with care."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jupyter_tracker.store.server_urls import is_server_url

STORE_ID: Final = re.compile(r"[0-9a-f]{32}")
SQLITE: Final = "sqlite:///"
_MAX_RECORD_BYTES: Final = 10_000


@dataclass(frozen=True)
class Record:
    """Where a store is: a file of this machine, or a database on a server."""

    store_id: str
    uri: str
    user: str | None
    """As whom the kernel uses the database; its password is nobody's but the kernel's."""

    @property
    def path(self) -> Path | None:
        """The database file; None for a database on a server."""
        return Path(self.uri.removeprefix(SQLITE)) if self.uri.startswith(SQLITE) else None


def read_record(file: Path) -> Record | None:
    """Return what a record says; None where there is none that this user's kernel wrote."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, encoding="utf-8") as opened:
            if not _is_ours(os.fstat(opened.fileno())):
                return None
            found = json.loads(opened.read(_MAX_RECORD_BYTES))
            uri, user = found["uri"], found.get("user")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not isinstance(uri, str) or not (uri.startswith(SQLITE) or is_server_url(uri)):
        return None
    record = Record(file.stem, uri, user if isinstance(user, str) else None)
    return record if record.path is None or record.path.is_absolute() else None


def read_records(folder: Path) -> Iterator[Record]:
    """Yield what the records of a folder say, the one used last first."""
    try:
        files = [file for file in folder.iterdir() if STORE_ID.fullmatch(file.stem)]
    except OSError:
        return
    for file in sorted(files, key=_modified, reverse=True):
        record = read_record(file)
        if record is not None:
            yield record


def _is_ours(status: os.stat_result) -> bool:
    """Tell whether a record was written by this user: another one must not choose what we open."""
    if not stat.S_ISREG(status.st_mode):
        return False
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
