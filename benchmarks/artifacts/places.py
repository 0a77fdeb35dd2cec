"""Where files are kept: a folder, a bucket of moto's S3 server, a tracking server with either behind it."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import environment
from benchmarks.serving import free_port, running

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
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, folder / "server.log", environment(), url, _START_S):
        urllib.request.urlopen(urllib.request.Request(f"{url}/bucket", method="PUT")).close()
        yield "s3://bucket", {
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": url, "MLFLOW_S3_ENDPOINT_URL": url,
        }  # fmt: skip


@contextmanager
def _tracking(tracker: Tracker, folder: Path, files: str, env: Mapping[str, str]) -> Iterator[Place]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        tracker.python, "-m", tracker.module, "server", "--backend-store-uri", f"sqlite:///{folder}/store.db",
        "--artifacts-destination", files, "--workers", "1", "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    with running(command, folder / "server.log", env, f"{url}/health", _START_S) as group:
        yield Place(url, None, environment(), group)
