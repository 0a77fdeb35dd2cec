"""Eight processes that log to one store at once, each a run of its own."""

from __future__ import annotations

import time

from benchmarks.child import Child, Request, ready
from benchmarks.crew import Delays, together
from benchmarks.peers.base import Peer
from benchmarks.spans import noisy
from benchmarks.workloads.base import Figure, Workload

_VARIANTS = ("log_metric", "log_batch")
_SLOW_S = 0.005

WORKLOAD = Workload(
    name="processes",
    title="8 processes, one store",
    variants=_VARIANTS,
    columns=("n", "points_per_s", "stored_points_per_s", "errors", "lost", "longest_ms", "longest_unscheduled_ms"),
    main="points_per_s",
    more_is_better=True,
    full={"processes": 8, "calls": 100_000, "batches": 100, "points": 1000, "watched": 10_000, "budget_s": 4.0},
    quick={"processes": 8, "calls": 10_000, "batches": 10, "points": 1000, "watched": 1000, "budget_s": 1.0},
    tiny={"processes": 2, "calls": 200, "batches": 2, "points": 100, "watched": 50, "budget_s": 1.0},
    figures=(
        *(Figure(variant, "points_per_s", "points/s, the calls", 300_000, at_least=True) for variant in _VARIANTS),
        *(Figure(variant, "errors", "errors", 0) for variant in _VARIANTS),
        *(Figure(variant, "lost", "points lost", 0) for variant in _VARIANTS),
        *(
            Figure(variant, "longest_unscheduled_ms", "longest call but for scheduling, ms", 50)
            for variant in _VARIANTS
        ),
    ),
)


def measure(_: Peer, request: Request) -> dict[str, float]:
    began, answers = together(request.but("work"), request.options["processes"])
    found = Child(request.but("count")).result()
    sent = sum(answer["sent"] for answer in answers)
    points = sum(answer["points"] for answer in answers)
    return {
        "n": points,
        "points_per_s": points / max(answer["called_s"] for answer in answers),
        "stored_points_per_s": sent / (max(answer["ended_at"] for answer in answers) - began),
        "errors": sum(answer["errors"] for answer in answers),
        "lost": sent - sum(found.values()),
        "longest_ms": max(answer["longest_ms"] for answer in answers),
        "longest_own_ms": max(answer["longest_own_ms"] for answer in answers),
        "longest_unscheduled_ms": max(answer["longest_unscheduled_ms"] for answer in answers),
    }


def work(peer: Peer, request: Request) -> dict[str, float]:
    """What one process does: as fast as it can, then some calls more, each watched by the scheduler's own clock."""
    options, number = request.options, request.options["worker"]
    peer.start_run(f"worker{number}")
    peer.log_metric("loss", 0.5, 0)
    if request.variant == "log_metric":
        points, watched = 1, options["watched"]
        arguments = [("loss", value, step) for step, value in enumerate(noisy(options["calls"] + watched), 1)]
        call = peer.log_metric
    else:
        points, watched = options["points"], options["batches"] // 5 + 1
        values = list(noisy((options["batches"] + watched) * points))
        arguments = [(peer.batch("loss", 1 + at, values[at : at + points]),) for at in range(0, len(values), points)]
        call = peer.log_batch
    ready()
    began = time.monotonic()
    done, errors, longest = _as_fast_as_possible(call, arguments[:-watched], options["budget_s"])
    called_s = time.monotonic() - began
    more, longest_of = _watched(call, arguments[-watched:], options["budget_s"])
    peer.end_run()
    return {
        "points": done * points,
        "sent": (done + more) * points + 1,
        "errors": errors,
        "called_s": called_s,
        "ended_at": time.monotonic(),
        "longest_ms": max(longest * 1e3, longest_of["longest_ms"]),
        **{name: value for name, value in longest_of.items() if name != "longest_ms"},
    }


def count(peer: Peer, _: Request) -> dict[str, int]:
    """What a fresh process finds."""
    return peer.found()


def _as_fast_as_possible(call, arguments, budget_s: float) -> tuple[int, int, float]:
    clock = time.monotonic
    deadline, before = clock() + budget_s, clock()
    done, errors, longest = 0, 0, 0.0
    for some in arguments:
        try:
            call(*some)
            done += 1
        except Exception:  # noqa: BLE001 - whatever a peer raises is counted
            errors += 1
        now = clock()
        longest = max(longest, now - before)
        before = now
        if now > deadline:
            break
    return done, errors, longest


def _watched(call, arguments, budget_s: float) -> tuple[int, dict[str, float]]:
    delays, deadline = Delays(), time.monotonic() + budget_s
    done, longest, own, unscheduled = 0, 0.0, 0.0, 0.0
    for some in arguments:
        waits, before = delays.read(), time.monotonic()
        call(*some)
        took = time.monotonic() - before
        after = delays.read()
        done += 1
        longest = max(longest, took)
        if took > _SLOW_S:
            callers, everybodys = delays.between(waits, after)
            own, unscheduled = max(own, took - callers), max(unscheduled, took - everybodys)
        else:
            own, unscheduled = max(own, took), max(unscheduled, took)
        if time.monotonic() > deadline:
            break
    answer = {"longest_ms": longest, "longest_own_ms": own, "longest_unscheduled_ms": unscheduled}
    return done, {name: seconds * 1e3 for name, seconds in answer.items()}
