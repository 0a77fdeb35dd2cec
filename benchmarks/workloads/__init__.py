"""One file per workload; `NAMES` is the order in which they are run."""

from __future__ import annotations

import importlib

from benchmarks.workloads.base import Workload

NAMES = (
    "log_metric",
    "log_batch",
    "log_series",
    "processes",
    "kills",
    "million",
    "sweep",
    "startup",
    "cell",
    "search",
    "growth",
    "log_model",
)


def load(name: str) -> Workload:
    """Return a workload's declaration."""
    workload: Workload = importlib.import_module(f"benchmarks.workloads.{name}").WORKLOAD
    return workload
