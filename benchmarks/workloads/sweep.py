"""A sweep: many short runs with params, metrics and tags, one after the other."""

from __future__ import annotations

import time

from benchmarks.child import Request
from benchmarks.peers.base import Peer
from benchmarks.spans import median
from benchmarks.workloads.base import Figure, Workload

WORKLOAD = Workload(
    name="sweep",
    title="300 runs of (10 params, 5 metrics, 3 tags)",
    variants=("alone",),
    columns=("n", "runs_per_s", "cpu_ms_per_run", "median_ms", "longest_ms"),
    main="runs_per_s",
    more_is_better=True,
    full={"runs": 300, "budget_s": 3.0},
    quick={"runs": 100, "budget_s": 1.0},
    tiny={"runs": 5, "budget_s": 5.0},
    figures=(Figure("alone", "runs_per_s", "runs/s", 800, at_least=True),),
)


def measure(peer: Peer, request: Request) -> dict[str, float]:
    _one(peer, "warm-up", 0)
    time.sleep(0.3)
    spans: list[float] = []
    cpu, began = time.process_time(), time.monotonic()
    for number in range(request.options["runs"]):
        before = time.monotonic()
        _one(peer, f"run{number}", number)
        after = time.monotonic()
        spans.append(after - before)
        if after - began > request.options["budget_s"]:
            break
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    return {
        "n": len(spans),
        "runs_per_s": len(spans) / took,
        "cpu_ms_per_run": cpu / len(spans) * 1e3,
        "median_ms": median(spans) * 1e3,
        "longest_ms": max(spans) * 1e3,
    }


def _one(peer: Peer, name: str, number: int) -> None:
    peer.start_run(name)
    peer.log_params({f"param{index}": str(number + index) for index in range(10)})
    peer.log_metrics({f"metric{index}": number / (index + 1) for index in range(5)})
    peer.set_tags({f"tag{index}": f"value {index}" for index in range(3)})
    peer.end_run()
