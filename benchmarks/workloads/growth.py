"""What a search, and a page of the run table, cost as a store grows a thousandfold: time and memory."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.child import Child, Request
from benchmarks.peers.base import Peer
from benchmarks.spans import median
from benchmarks.workloads.base import Figure, Workload
from benchmarks.workloads.million import peak_mb

# Multiples of the smallest store, by what the columns call them.
_SIZES = {"1x": 1, "10x": 10, "100x": 100, "1000x": 1000}
_CALLS = 100

WORKLOAD = Workload(
    name="growth",
    title="the ten best of two clauses and a page of the run table, while the store grows a thousandfold",
    variants=("alone",),
    columns=(
        "first",
        *(f"{name}_top_ms" for name in _SIZES),
        *(f"{name}_best_ms" for name in _SIZES),
        "top_growth",
        *(f"{name}_page_ms" for name in _SIZES),
        *(f"{name}_page_mb" for name in _SIZES),
        "page_growth_mb",
        "seed_s",
    ),
    main="top_growth",
    full={"first": 1000},
    quick={"first": 100},
    tiny={"first": 1},
    figures=(
        # The logarithm of 1,000,000 is twice that of 1,000. By best calls: a median may be of a bad moment.
        Figure("alone", "top_growth", "ten best, a thousand times the runs (from 1,000), times as long", 2.0),
        # SQLite's cache of pages, which is 2 MB, is full only in a large store.
        Figure("alone", "page_growth_mb", "memory of a page, a thousand times the runs, MB more", 4.0),
    ),
    most_rounds=1,
)


def measure(_: Peer, request: Request) -> dict[str, Any]:
    answer: dict[str, Any] = {"first": request.options["first"]}
    before = time.perf_counter()
    for name, factor in _SIZES.items():
        folder = Path(request.folder, name)
        folder.mkdir()
        own = replace(request, folder=str(folder))
        Child(own.but("fill", runs=int(request.options["first"]) * factor)).result()
        answer |= {f"{name}_{field}": value for field, value in Child(own.but("look")).result().items()}
    answer["seed_s"] = time.perf_counter() - before
    smallest, *_, largest = _SIZES
    answer["top_growth"] = answer[f"{largest}_best_ms"] / answer[f"{smallest}_best_ms"]
    if f"{largest}_page_mb" in answer:
        answer["page_growth_mb"] = answer[f"{largest}_page_mb"] - answer[f"{smallest}_page_mb"]
    return answer


def fill(peer: Peer, request: Request) -> None:
    """Fill a store, in a process of its own: its memory is not what is measured."""
    peer.seed(int(request.options["runs"]))


def look(peer: Peer, _: Request) -> dict[str, float]:
    """Read a page and search, in a process that does nothing else; `page_mb` is its peak of memory by then."""
    peer.open()
    answer = {}
    if peer.speaks_logic:
        spans = [_ms(peer.page) for _ in range(10)]
        answer = {"page_ms": median(spans[1:]), "page_mb": peak_mb()}
    spans = [_ms(peer.top_ten) for _ in range(_CALLS + 1)][1:]
    return {**answer, "top_ms": median(spans), "best_ms": min(spans)}


def _ms(call: Any) -> float:
    before = time.perf_counter()
    call()
    return (time.perf_counter() - before) * 1e3


def draw(target: Path, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw the time of the ten best over the size of the store, for each peer's answer, beside a logarithm."""
    from matplotlib.figure import Figure as Picture

    picture = Picture(figsize=(6, 4), layout="constrained")
    axes = picture.add_subplot()
    for peer, answer in answers.items():
        runs = [answer["first"] * factor for factor in _SIZES.values()]
        (line,) = axes.plot(runs, [answer[f"{name}_top_ms"] for name in _SIZES], "o-", label=peer)
        axes.plot(runs, [answer[f"{name}_best_ms"] for name in _SIZES], ":", color=line.get_color())
        if peer == "ours":
            scale = answer[f"{next(iter(_SIZES))}_best_ms"] / math.log(runs[0])
            logarithm = [scale * math.log(number) for number in runs]
            axes.plot(runs, logarithm, "--", color="grey", label="as the logarithm grows")
    axes.set(
        xscale="log",
        ylim=(0, None),
        xlabel="runs in the store",
        ylabel="ten best of two clauses, ms\n(median of 100 calls; dotted: best)",
    )
    axes.legend()
    picture.savefig(target, dpi=120)
