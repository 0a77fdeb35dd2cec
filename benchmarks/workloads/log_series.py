"""A whole array in one call."""

from __future__ import annotations

import time

from benchmarks.child import Request
from benchmarks.peers.base import Peer
from benchmarks.watch import Watcher, watch
from benchmarks.workloads.base import Figure, Workload

__all__ = ["WORKLOAD", "measure", "watch"]

_MILLIONS = ("1M", "5M")

WORKLOAD = Workload(
    name="log_series",
    title="log_metric_series, one array in one call",
    variants=_MILLIONS,
    columns=("n", "points_per_s", "stored_points_per_s"),
    main="points_per_s",
    more_is_better=True,
    full={"unit": 1_000_000},
    quick={"unit": 100_000},
    tiny={"unit": 3_000},
    figures=tuple(Figure(variant, "points_per_s", "points/s, the call", 5e6, at_least=True) for variant in _MILLIONS),
)


def measure(peer: Peer, request: Request) -> dict[str, float | None]:
    import numpy as np

    count = request.options["unit"] * int(request.variant.removesuffix("M"))
    values = 1 / (1 + np.arange(count) * 1e-4) + 0.1 * np.random.default_rng(1).random(count)
    peer.start_run("series")
    peer.log_metric("loss", 0.5, 0)
    watcher = Watcher(request)
    time.sleep(0.3)
    began = time.monotonic()
    peer.log_series("loss", values)
    called_at = time.monotonic()
    stored_after_s = watcher.seconds_until(count + 1, called_at, patience_s=60.0)
    peer.end_run()
    took = called_at - began
    return {
        "n": count,
        "points_per_s": count / took,
        "stored_points_per_s": None if stored_after_s is None else count / (took + stored_after_s),
    }
