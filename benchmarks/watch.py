"""A process of its own that looks into a store and says when everything is there."""

from __future__ import annotations

import time

from benchmarks.child import Child, Request, ready
from benchmarks.peers.base import Peer

_POLL_S = 0.002


class Watcher:
    """Start it before the clock runs; it sleeps until it is asked, so it takes nothing from the calls."""

    def __init__(self, request: Request) -> None:
        self._child = Child(request.but("watch"))
        self._child.wait_until_ready()

    def seconds_until(self, points: int, since: float, patience_s: float = 5.0) -> float | None:
        """Return how long after `since` (monotonic) the store had all points; None where it had not in time."""
        self._child.tell(f"{points} {patience_s}")
        seen_at = self._child.result()
        return None if seen_at is None else max(seen_at - since, 0.0)


def watch(peer: Peer, _: Request) -> float | None:
    """Wait for as many points as the parent names, and return when they were there (monotonic, s)."""
    points, patience_s = ready().split()
    deadline = time.monotonic() + float(patience_s)
    while True:
        if peer.stored() >= int(points):
            return time.monotonic()
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL_S)
