"""Connections to servers; to tracking servers with the certificates that the environment names."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import urllib3

from jupyter_tracker import settings

_AT_ONCE: Final = 8


def _to_tracking_servers() -> urllib3.PoolManager:
    insecure = settings.flag("MLFLOW_TRACKING_INSECURE_TLS")
    certificates = settings.text("MLFLOW_TRACKING_SERVER_CERT_PATH") or None
    return urllib3.PoolManager(
        maxsize=_AT_ONCE,
        cert_reqs="CERT_NONE" if insecure else "CERT_REQUIRED",
        ca_certs=None if insecure else certificates,
    )


class Connections:
    """A pool of connections for each process: a forked child must not share its parent's. Any thread may ask."""

    def __init__(self, new_pool: Callable[[], urllib3.PoolManager] = _to_tracking_servers) -> None:
        self._new_pool = new_pool
        self._pools: dict[int, urllib3.PoolManager] = {}

    def pool(self) -> urllib3.PoolManager:
        """Return this process's pool, made at need."""
        pid = os.getpid()
        return self._pools.get(pid) or self._pools.setdefault(pid, self._new_pool())

    def close(self) -> None:
        """Give up this process's connections."""
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.clear()


def in_pieces(body: Any, headers: Mapping[str, str]) -> tuple[Any, dict[str, str]]:
    """Return a body and its headers so that its pieces have the timeout of a connection each; bytes have it together.

    Over a slow line a large body would never arrive.
    """
    if not isinstance(body, bytes):
        return body, dict(headers)
    return io.BytesIO(body), {"Content-Length": str(len(body)), **headers}
