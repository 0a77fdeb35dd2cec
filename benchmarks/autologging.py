"""`python -m benchmarks.autologging`: what autologging adds to a fit, beside MLflow's.

Each case of each tracker is a process of its own, in which trainings with and without it take turns
(`benchmarks/turns.py`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.child import ROOT, environment


@dataclass(frozen=True)
class Case:
    """What is trained, how often, and how it is shown: in ms of a fit or as a share of it."""

    title: str
    name: str
    pairs: int
    peer_pairs: int
    unit: str
    models: bool = False


_CASES = (
    Case("forest, without the model", "forest", 60, 8, "ms"),
    Case("forest, with the model", "forest", 30, 4, "ms", models=True),
    Case("XGBoost, 1,000 rounds of 4 metrics", "xgboost", 12, 4, "percent"),
    Case("LightGBM, 1,000 rounds of 4 metrics", "lightgbm", 8, 4, "percent"),
    Case("Keras, 60 epochs of 4 metrics", "keras", 6, 4, "percent"),
)
_HEADS = ("case", "who", "pairs", "without, ms", "added", "of the processor", "first fit adds, ms")


def main() -> int:
    """Measure and print one table."""
    parser = argparse.ArgumentParser("python -m benchmarks.autologging", description=__doc__)
    parser.add_argument("--peer-python", default=str(ROOT / ".venv-bench/bin/python"), help="has MLflow (%(default)s)")
    parser.add_argument("--cases", default="", help="only those whose name contains this")
    parser.add_argument("--pairs", type=int, help="of each, instead of each one's own number")
    options = parser.parse_args()
    interpreters = {"ours": sys.executable, "mlflow": options.peer_python}
    print(f"{machine.description()}; load {machine.load() or 0:.1f}\n")
    print("Median over pairs of neighbouring trainings, without and with; in brackets the quartiles.\n")
    print(f"| {' | '.join(_HEADS)} |\n|{'---|' * len(_HEADS)}")
    for case in _CASES:
        if options.cases in case.title:
            for who, python in interpreters.items():
                if Path(python).exists():
                    pairs = options.pairs or (case.pairs if who == "ours" else case.peer_pairs)
                    print(f"| {case.title} | {who} | {_measured(case, who, python, pairs)} |", flush=True)
    return 0


def _measured(case: Case, who: str, python: str, pairs: int) -> str:
    command = [python, "-m", "benchmarks.turns", case.name, who, str(pairs), *(["models"] if case.models else [])]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        return "failed: " + (done.stderr.strip().splitlines() or ["?"])[-1][:120]
    return row(json.loads(done.stdout.strip().splitlines()[-1]), case.unit)


def row(found: dict[str, Any], unit: str) -> str:
    """Return the figures of one tracker as cells of a table."""
    sign = " %" if unit == "percent" else " ms"
    shown = [f"{found['pairs']}", f"{found['without_ms']:,.0f}"]
    for name in ("wall", "cpu"):
        middle, low, high = (found[f"{name}_{unit}{part}"] for part in ("", "_low", "_high"))
        shown.append(f"{middle:,.1f}{sign} ({low:,.1f} to {high:,.1f})")
    return " | ".join([*shown, f"{found['first_ms']:,.0f}"])


if __name__ == "__main__":
    sys.exit(main())
