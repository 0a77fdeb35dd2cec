"""Several processes that begin at the same moment, and how long each waited for a processor."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.child import Child, Request


def together(request: Request, processes: int) -> tuple[float, list[Any]]:
    """Run a part in many processes; return when they were told to go (monotonic, s), and their answers.

    The part calls `ready()` when it is set up, and returns times of the same clock. The option `worker` is its number.
    """
    children = [Child(request.but(request.part, worker=number)) for number in range(processes)]
    for child in children:
        child.wait_until_ready()
    began = time.monotonic()
    for child in children:
        child.tell()
    return began, [child.result() for child in children]


class Delays:
    """How long this process's threads have waited for a processor, by the scheduler itself; 0 where it is silent."""

    def __init__(self) -> None:
        self._files = []
        own = Path("/proc/thread-self")
        if own.exists():
            own = own.resolve()
            # Held open: a read is then 1 µs. The caller's own thread first.
            folders = [own, *(other for other in own.parent.iterdir() if other != own)]
            for folder in folders:
                with contextlib.suppress(FileNotFoundError):  # that thread has ended
                    self._files.append((folder / "schedstat").open("rb", buffering=0))

    def read(self) -> list[bytes]:
        """Return a reading, unparsed: it is taken before and after each call."""
        return [_read(file.fileno()) for file in self._files]

    @staticmethod
    def between(before: list[bytes], after: list[bytes]) -> tuple[float, float]:
        """Return the seconds that the caller waited, and that all threads together did."""
        waits = [
            (int(new.split()[1]) - int(old.split()[1])) / 1e9
            for old, new in zip(before, after, strict=True)
            if old and new
        ]
        return (waits[0], sum(waits)) if waits else (0.0, 0.0)


def _read(descriptor: int) -> bytes:
    try:
        return os.pread(descriptor, 64, 0)
    except ProcessLookupError:  # that thread has ended
        return b""
