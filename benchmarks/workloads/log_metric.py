"""One call per point in a loop: alone, from four threads, beside a thread that computes."""

from __future__ import annotations

import threading
import time

from benchmarks.child import Request
from benchmarks.peers.base import Peer
from benchmarks.spans import busy_thread, mean_us, noisy, percentiles, timed_calls
from benchmarks.watch import Watcher, watch
from benchmarks.workloads.base import Figure, Workload

__all__ = ["WORKLOAD", "measure", "watch"]

WORKLOAD = Workload(
    name="log_metric",
    title="log_metric, one call per point",
    variants=("alone", "threads", "busy"),
    columns=("n", "p50_us", "p99_us", "max_us", "first_1000_us", "last_1000_us", "stored_after_s"),
    main="p50_us",
    full={"calls": 100_000, "budget_s": 4.0},
    quick={"calls": 20_000, "budget_s": 1.0},
    tiny={"calls": 400, "budget_s": 1.0},
    figures=(
        *(Figure(variant, "p50_us", "p50, µs", 5.0) for variant in ("alone", "threads", "busy")),
        *(Figure(variant, "p99_us", "p99, µs", 20.0) for variant in ("alone", "threads", "busy")),
        *(Figure(variant, "last_to_first", "last 1,000 calls to first", 1.5) for variant in ("alone", "busy")),
        Figure("alone", "stored_after_s", "all in the store after the last call, s", 0.3),
        Figure("threads", "stored_after_s", "all in the store after the last call, s", 0.3),
        Figure("busy", "stored_after_s", "all in the store after the last call, s", 1.0),
    ),
)

_THREADS = 4


def measure(peer: Peer, request: Request) -> dict[str, float | None]:
    threads = _THREADS if request.variant == "threads" else 1
    values = list(noisy(request.options["calls"] // threads))
    peer.start_run("calls")
    peer.log_metric("loss", 0.5, 0)  # what is made at the first call is `startup`'s
    watcher = Watcher(request)
    spans: list[list[int]] = [[] for _ in range(threads)]

    def log(number: int) -> None:
        spans[number] = timed_calls(peer.log_metric, f"loss{number}", values, request.options["budget_s"])

    with busy_thread(wanted=request.variant == "busy"):
        time.sleep(0.3)  # the first point has been brought over, and the watcher sleeps
        loggers = [threading.Thread(target=log, args=(number,)) for number in range(1, threads)]
        for logger in loggers:
            logger.start()
        log(0)
        for logger in loggers:
            logger.join()
        called_at = time.monotonic()
        count = sum(map(len, spans))
        stored_after_s = watcher.seconds_until(count + 1, called_at)
    peer.end_run()
    edge = min(1000, len(spans[0]) // 2)
    first, last = mean_us(spans[0][:edge]), mean_us(spans[0][-edge:])
    return {
        "n": count,
        **percentiles([span for some in spans for span in some]),
        "first_1000_us": first,
        "last_1000_us": last,
        "last_to_first": last / first,
        "stored_after_s": stored_after_s,
    }
