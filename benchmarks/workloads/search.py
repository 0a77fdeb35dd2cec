"""Searches in a store of very many runs: the ten best, clauses without a match, all runs into a DataFrame."""

from __future__ import annotations

import time
from collections.abc import Callable
from heapq import nlargest
from typing import Any

from benchmarks.child import Request
from benchmarks.peers.base import Peer
from benchmarks.seeding import seeded
from benchmarks.spans import busy_thread, median
from benchmarks.workloads.base import Figure, Workload

TOP = "metrics.f1 > 0.85 and params.n_estimators = '200'"
NOTHING = {
    "param": "metrics.f1 > 0.85 and params.n_estimators = 'none'",
    "metric": "metrics.f1 > 2 and params.n_estimators = '200'",
    "key": "metrics.gone > 0 and params.n_estimators = '200'",
}
LOGIC = {
    "or": "metrics.f1 > 0.85 or params.n_estimators = '200'",
    "or_rare": "metrics.loss > 0.9999 or params.note = 'try 0000077'",
    "or_nothing": "metrics.f1 > 2 or params.n_estimators = 'none'",
    "not": "not (metrics.f1 > 0.5 or params.n_estimators in ('10', '200'))",
    "not_status": "params.model in ('rf', 'nn') and not status = 'FAILED'",
    "in": "params.n_estimators in ('10', '200') and metrics.loss between 0.5 and 0.6",
    "in_numbers": "metrics.loss in (0.25, 0.5) or not metrics.f1 < 0.99",
    "numeric_param": "params.lr < 0.01 and not tags.team = 'risk'",
}
LIKE = {"param": "params.note like '%none%'", "name": "run_name like '%none%'", "tag": "tags.team ilike '%none%'"}
ORDER = "metrics.f1 DESC"
BY_PARAM = "params.lr DESC"
# Beside a busy thread calls differ: many tell the median and the 90th percentile.
_MANY, _FEW = 500, 50

WORKLOAD = Workload(
    name="search",
    title="searches among many runs, 10 params, 5 metrics and 3 tags each; the ten best by a metric",
    variants=("alone", "busy", "frame"),
    columns=(
        "runs",
        "first_ms",
        "top_ms",
        "top_p90_ms",
        "nothing_ms",
        "logic_ms",
        "like_ms",
        "by_param_ms",
        "page_ms",
        "frame_s",
        "frame_cpu_s",
        "seed_s",
    ),
    main="top_ms",
    full={"runs": 100_000, "frame": 10_000, "budget_s": 3.0},
    quick={"runs": 10_000, "frame": 10_000, "budget_s": 0.5},
    tiny={"runs": 200, "frame": 200, "budget_s": 0.05},
    figures=(
        Figure("alone", "top_ms", "ten best of two clauses, ms", 5.0),
        Figure("alone", "nothing_ms", "the same where a clause matches nothing, slowest, ms", 5.0),
        Figure("alone", "logic_ms", "OR, NOT and IN ordered by a metric, slowest, ms", 20.0),
        Figure("alone", "like_ms", "LIKE without a match, slowest, ms", 100.0),
        Figure("busy", "top_ms", "ten best beside a busy thread, ms", 30.0),
        Figure("frame", "frame_s", "10,000 runs into a DataFrame, s", 0.25),
    ),
)


def measure(peer: Peer, request: Request) -> dict[str, Any]:
    runs = int(request.options["frame" if request.variant == "frame" else "runs"])
    budget_s = request.options["budget_s"]
    before = time.perf_counter()
    peer.seed(runs)
    answer: dict[str, Any] = {"runs": runs, "seed_s": time.perf_counter() - before}
    if request.variant == "frame":
        return {**answer, **_frame(peer, runs, budget_s)}
    with busy_thread(wanted=request.variant == "busy"):
        before = time.perf_counter()
        found = peer.top_ten()
        answer["first_ms"] = (time.perf_counter() - before) * 1e3
        spans = _spans_ms(peer.top_ten, budget_s, _MANY)
        answer |= {"top_ms": median(spans), "top_p90_ms": sorted(spans)[len(spans) * 9 // 10]}
        if found != _expected(runs):
            raise AssertionError(f"the ten best are {_expected(runs)}, found were {found}")
        if peer.speaks_filters:
            answer |= _filters(peer, budget_s)
    if request.variant == "alone" and peer.speaks_logic:
        answer["notes"] = {name: peer.plan(text, ORDER) for name, text in _named().items()}
    return answer


def _named() -> dict[str, str]:
    groups = {"nothing": NOTHING, "logic": LOGIC, "like": LIKE}
    return {"top": TOP} | {f"{group}.{name}": text for group, some in groups.items() for name, text in some.items()}


def _filters(peer: Peer, budget_s: float) -> dict[str, float]:
    groups = {"nothing_ms": NOTHING}
    if peer.speaks_logic:
        groups |= {"logic_ms": LOGIC, "like_ms": LIKE}
    answer = {}
    for field, filters in groups.items():
        times = {
            name: _median_ms(lambda filter_=text: peer.search(filter_, ORDER), budget_s)
            for name, text in filters.items()
        }
        answer |= {field: max(times.values())} | {f"{field}.{name}": value for name, value in times.items()}
    if peer.speaks_logic:
        answer["page_ms"] = _median_ms(peer.page, budget_s)
        answer["by_param_ms"] = _median_ms(lambda: peer.search("", BY_PARAM), budget_s)
    return answer


def _frame(peer: Peer, runs: int, budget_s: float) -> dict[str, float]:
    if peer.frame() != runs:
        raise AssertionError(f"the DataFrame does not have {runs} rows")
    frame_s = _median_ms(peer.frame, budget_s) / 1e3
    before = time.process_time()
    peer.frame()
    return {
        "frame_s": frame_s,
        "frame_cpu_s": time.process_time() - before,
        "top_ms": _median_ms(peer.top_ten, budget_s),
    }


def _median_ms(call: Callable[[], object], budget_s: float) -> float:
    return median(_spans_ms(call, budget_s, _FEW))


def _spans_ms(call: Callable[[], object], budget_s: float, most: int) -> list[float]:
    """Return how long up to so many calls take that follow one: warm, unless one takes the whole budget."""
    spans: list[float] = []
    while len(spans) <= most and sum(spans) < budget_s * 1e3:
        before = time.perf_counter()
        call()
        spans.append((time.perf_counter() - before) * 1e3)
    return spans[1:] or spans


def _expected(runs: int) -> list[str]:
    matching = (run for run in seeded(runs) if run.metrics["f1"] > 0.85 and run.params["n_estimators"] == "200")
    return [run.name for run in nlargest(10, matching, key=lambda run: run.metrics["f1"])]
