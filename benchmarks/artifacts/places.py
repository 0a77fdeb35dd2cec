"""Where files are kept: a folder, a bucket of moto's S3 server, a tracking server with either behind it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import environment

_START_S = 120


@dataclass(frozen=True)
class Tracker:
    """Who is measured: the module's name, and the interpreter that has it."""

    module: str
    python: str


@dataclass(frozen=True)
class Place:
    """What a client is told, and the process group of the tracking server, where there is one."""

    uri: str
    location: str | None
    environment: Mapping[str, str]
    group: int | None = None


@contextmanager
def _local(_tracker: Tracker, folder: Path) -> Iterator[Place]:
    yield Place(f"sqlite:///{folder}/store.db", (folder / "files").as_uri(), environment())


@contextmanager
def _s3(_tracker: Tracker, folder: Path) -> Iterator[Place]:
    with _bucket(folder) as (bucket, more):
        yield Place(f"sqlite:///{folder}/store.db", f"{bucket}/files", {**environment(), **more})


@contextmanager
def _server(tracker: Tracker, folder: Path) -> Iterator[Place]:
    with _tracking(tracker, folder, str(folder / "files"), environment()) as place:
        yield place


@contextmanager
def _server_s3(tracker: Tracker, folder: Path) -> Iterator[Place]:
    with (
        _bucket(folder) as (bucket, more),
        _tracking(tracker, folder, f"{bucket}/files", {**environment(), **more}) as place,
    ):
        yield place


PLACES: dict[str, Callable[[Tracker, Path], AbstractContextManager[Place]]] = {
    "local": _local,
    "s3": _s3,
    "server": _server,
    "server-s3": _server_s3,
}


@contextmanager
def _bucket(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, folder, environment(), url):
        urllib.request.urlopen(urllib.request.Request(f"{url}/bucket", method="PUT")).close()
        yield "s3://bucket", {
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": url, "MLFLOW_S3_ENDPOINT_URL": url,
        }  # fmt: skip


@contextmanager
def _tracking(tracker: Tracker, folder: Path, files: str, env: Mapping[str, str]) -> Iterator[Place]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        tracker.python, "-m", tracker.module, "server", "--backend-store-uri", f"sqlite:///{folder}/store.db",
        "--artifacts-destination", files, "--workers", "1", "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    with _running(command, folder, env, f"{url}/health") as group:
        yield Place(url, None, environment(), group)


@contextmanager
def _running(command: Sequence[str], folder: Path, env: Mapping[str, str], url: str) -> Iterator[int]:
    """Start a server; give its process group when it answers."""
    log = folder / "server.log"
    with log.open("a") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(env), stdout=output, stderr=output, start_new_session=True
        )
    try:
        end = time.monotonic() + _START_S
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{' '.join(command)} does not answer:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
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


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
