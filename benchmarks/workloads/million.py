"""A million points of one noisy metric: what they take on disk and in memory, and how fast they come back."""

from __future__ import annotations

import sys
import time
from itertools import islice
from pathlib import Path

from benchmarks.child import Child, Request
from benchmarks.peers.base import Peer
from benchmarks.spans import median, noisy
from benchmarks.workloads.base import Figure, Workload

_VARIANTS = ("calls", "batches", "series")

WORKLOAD = Workload(
    name="million",
    title="1,000,000 points of one metric",
    variants=_VARIANTS,
    columns=(
        "n",
        "bytes_per_point",
        "end_run_s",
        "read_here_ms",
        "read_first_ms",
        "read_again_ms",
        "read_points_per_s",
        "read_peak_mb",
        "write_peak_mb",
    ),
    main="read_points_per_s",
    more_is_better=True,
    full={"points": 1_000_000, "budget_s": 10.0},
    quick={"points": 100_000, "budget_s": 1.0},
    tiny={"points": 3_000, "budget_s": 1.0},
    figures=(
        *(Figure(variant, "bytes_per_point", "bytes/point after end_run", 12) for variant in ("calls", "series")),
        *(Figure(variant, "read_first_ms", "first read of a fresh process, ms", 50) for variant in ("calls", "series")),
        *(Figure(variant, "read_here_ms", "read in the same process, ms", 50) for variant in ("calls", "series")),
        *(Figure(variant, "read_peak_mb", "peak memory of reading, MB", 100) for variant in ("calls", "series")),
        *(Figure(variant, "write_peak_mb", "peak memory of writing, MB", 100) for variant in ("calls", "series")),
    ),
    only_ours=frozenset(("calls", "series")),
)


def measure(peer: Peer, request: Request) -> dict[str, float]:
    peer.start_run("million")
    count = _log(peer, request.variant, request.options)
    began = time.monotonic()
    peer.end_run()
    end_run_s = time.monotonic() - began
    size = stored_bytes(request.folder)
    write_peak_mb = peak_mb()
    here = _timed_reads(peer, 3)
    again = Child(request.but("read")).result()
    if here["points"] != count or again["points"] != count:
        raise AssertionError(f"{count} points were logged, {here['points']} and {again['points']} read")
    return {
        "n": count,
        "bytes_per_point": size / count,
        "end_run_s": end_run_s,
        "read_here_ms": here["first_ms"],
        "read_first_ms": again["first_ms"],
        "read_again_ms": again["again_ms"],
        "read_points_per_s": count / again["first_ms"] * 1e3,
        "read_peak_mb": again["peak_mb"] - again["bare_mb"],
        "write_peak_mb": write_peak_mb - again["bare_mb"],
    }


def _log(peer: Peer, variant: str, options: dict[str, float]) -> int:
    points, deadline = int(options["points"]), time.monotonic() + options["budget_s"]
    if variant == "series":
        import numpy as np

        peer.log_series("loss", 1 / (1 + np.arange(points) * 1e-4) + 0.1 * np.random.default_rng(1).random(points))
        return points
    values, done = noisy(points), 0
    if variant == "calls":
        for step, value in enumerate(values):
            peer.log_metric("loss", value, step)
        return points
    while done < points and time.monotonic() < deadline:
        some = list(islice(values, min(1000, points - done)))
        peer.log_batch(peer.batch("loss", done, some))
        done += len(some)
    return done


def read(peer: Peer, _: Request) -> dict[str, float]:
    """What a fresh process reads: once with everything imported but nothing opened, then again."""
    bare_mb = peak_mb()
    if peer.package:
        __import__(peer.package)
    import_for_reading(peer)
    return {**_timed_reads(peer, 5), "peak_mb": peak_mb(), "bare_mb": bare_mb}


def import_for_reading(peer: Peer) -> None:
    """Import what reading needs, which is no part of its time, but of its memory."""
    try:
        import numpy  # noqa: ICN001, F401 - only loaded
    except ImportError:
        return
    if peer.package == "jupyter_tracker":
        import jupyter_tracker
        import jupyter_tracker.store.sql.store

        _ = jupyter_tracker.metric_history, jupyter_tracker.set_tracking_uri


def _timed_reads(peer: Peer, times: int) -> dict[str, float]:
    spans, points = [], 0
    for _ in range(times):
        before = time.perf_counter()
        points = peer.read("million", "loss")
        spans.append((time.perf_counter() - before) * 1e3)
        if sum(spans) > 10_000:
            break
    return {"points": points, "first_ms": spans[0], "again_ms": median(spans[1:] or spans)}


def stored_bytes(folder: str) -> int:
    """Return the bytes that a store's files take on the disk, its journals and `-wal` included."""
    files = [path for path in Path(folder).rglob("*") if path.is_file() and path.suffix not in {".answer", ".log"}]
    return sum(path.stat().st_size for path in files)


def peak_mb() -> float:
    """Return this process's peak memory. Of Linux from VmHWM: ru_maxrss there inherits the parent's."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
