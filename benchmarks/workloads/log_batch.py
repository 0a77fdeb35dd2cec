"""Batches of 1,000 points that are at hand as `Metric` objects."""

from __future__ import annotations

import time

from benchmarks.child import Request
from benchmarks.peers.base import Peer
from benchmarks.spans import noisy
from benchmarks.watch import Watcher, watch
from benchmarks.workloads.base import Figure, Workload

__all__ = ["WORKLOAD", "measure", "watch"]

WORKLOAD = Workload(
    name="log_batch",
    title="log_batch, 1,000 Metric objects a call",
    variants=("alone",),
    columns=("n", "points_per_s", "stored_points_per_s", "longest_ms"),
    main="points_per_s",
    more_is_better=True,
    full={"batches": 100, "points": 1000, "budget_s": 3.0},
    quick={"batches": 30, "points": 1000, "budget_s": 1.0},
    tiny={"batches": 3, "points": 100, "budget_s": 1.0},
    figures=(Figure("alone", "points_per_s", "points/s, the calls", 300_000, at_least=True),),
)


def measure(peer: Peer, request: Request) -> dict[str, float | None]:
    batches, points = request.options["batches"], request.options["points"]
    peer.start_run("batches")
    peer.log_metric("loss", 0.5, 0)
    values = list(noisy(batches * points))
    made = [peer.batch("loss", 1 + at, values[at : at + points]) for at in range(0, len(values), points)]
    watcher = Watcher(request)
    time.sleep(0.3)
    done, longest = 0, 0.0
    began = time.monotonic()
    for batch in made:
        before = time.monotonic()
        peer.log_batch(batch)
        done += 1
        longest = max(longest, time.monotonic() - before)
        if time.monotonic() - began > request.options["budget_s"]:
            break
    called_at = time.monotonic()
    stored_after_s = watcher.seconds_until(done * points + 1, called_at)
    peer.end_run()
    took = called_at - began
    return {
        "n": done * points,
        "points_per_s": done * points / took,
        "stored_points_per_s": None if stored_after_s is None else done * points / (took + stored_after_s),
        "longest_ms": longest * 1e3,
    }
