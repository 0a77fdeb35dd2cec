"""Servers that are measured: started on a port that is free, waited for, and ended with all of their processes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(command: Sequence[str], log: Path, env: Mapping[str, str], url: str, start_s: float) -> Iterator[int]:
    """Start a server in its log's folder; give its process group when it answers.

    Raises
    ------
    RuntimeError
        It ended, or did not answer within `start_s` seconds; with the end of its log.
    """
    with log.open("a") as output:
        process = subprocess.Popen(
            command, cwd=log.parent, env=dict(env), stdout=output, stderr=output, start_new_session=True
        )
    try:
        end = time.monotonic() + start_s
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{' '.join(map(str, command))} does not answer:\n{log.read_text()[-2000:]}")
            time.sleep(0.005)  # the start is measured
        yield process.pid
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1) as answer:
        return bool(answer.status == 200)
    return False


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def processes_of(group: int) -> list[Path]:
    """Return the folders below ``/proc`` of a group's processes."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(int(folder.name)) == group:
                found.append(folder)
    return found
