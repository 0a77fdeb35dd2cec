"""How the ten best of two clauses cost more as a store grows: `python -m benchmarks.growth --png growth.png`."""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine, tables
from benchmarks.peers import load
from benchmarks.spans import median

_CALLS = 100


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--runs", type=_numbers, default=[1000, 10_000, 100_000, 1_000_000], help="1000,10000,…")
    parser.add_argument("--peers", type=lambda text: text.split(","), default=["ours", "raw_sqlite"])
    parser.add_argument("--png", type=Path, help="draw it (matplotlib)")
    options = parser.parse_args(arguments)
    measured = {peer: [_measured(peer, runs) for runs in options.runs] for peer in options.peers}
    head = ["runs", *(f"{peer} {what}, ms" for peer in options.peers for what in ("median", "best"))]
    rows = [
        [f"{runs:,}", *(tables.number(value) for peer in options.peers for value in measured[peer][index])]
        for index, runs in enumerate(options.runs)
    ]
    print(tables.table(head, rows))
    if options.png:
        _draw(options.png, options.runs, measured)
    return 0


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _measured(name: str, runs: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        peer = load(name)(Path(folder))
        peer.seed(runs)
        calibration = min(machine.calibration_ms())
        spans = []
        for _ in range(_CALLS + 1):
            before = time.perf_counter()
            peer.top_ten()
            spans.append((time.perf_counter() - before) * 1e3)
        print(
            f"{name}, {runs:,} runs: calibration {calibration:.1f} ms, load {machine.load() or 0:.1f}", file=sys.stderr
        )
        return median(spans[1:]), min(spans[1:])


def _draw(target: Path, runs: Sequence[int], measured: dict[str, list[tuple[float, float]]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for name, values in measured.items():
        (line,) = axes.plot(runs, [middle for middle, _ in values], "o-", label=name)
        axes.plot(runs, [best for _, best in values], ":", color=line.get_color())
    first = next(iter(measured.values()))[0][0]
    logarithmic = [first * math.log(number) / math.log(runs[0]) for number in runs]
    axes.plot(runs, logarithmic, "--", color="grey", label="logarithmic")
    axes.set(
        xscale="log",
        ylim=(0, None),
        xlabel="runs in the store",
        ylabel="ten best of two clauses, ms (median; dotted: best)",
    )
    axes.legend()
    figure.savefig(target, dpi=120)


if __name__ == "__main__":
    sys.exit(main())
