"""The latest metrics of several runs: how far each is from the baseline, and which is best."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import Metric, Run
from jupyter_tracker.views.metric_goals import MetricGoal, metric_goal
from jupyter_tracker.views.rounding import rounded, shared_decimals
from jupyter_tracker.wire.numbers import JsonNumber, number_to_json

_SYSTEM: Final = re.compile(r"system[/.]")


@dataclass(frozen=True)
class MetricCell:
    """The latest value of one run."""

    value: JsonNumber
    text: str
    """The value rounded for people, with as many digits after the point as the others of its row."""
    step: int
    delta: str | None
    """What it has more than the baseline, rounded, with its sign; null for the baseline itself and without numbers."""
    percent: str | None
    """The same in percent of the baseline."""
    better: bool | None
    """Than the baseline; null where neither is."""
    best: bool
    """Of all runs; several where they are equal."""


@dataclass(frozen=True)
class ComparedMetric:
    """One metric of all runs."""

    key: str
    goal: MetricGoal
    cells: list[MetricCell | None]
    """Aligned with the runs; null where a run has no such metric."""
    differs: bool


def is_system_metric(key: str) -> bool:
    """Tell whether a metric is one of the machine, such as ``system/cpu_utilization_percentage``."""
    return _SYSTEM.match(key) is not None


def metric_keys(runs: Sequence[Run]) -> list[str]:
    """Return every metric of these runs, by name; the machine's own ones last."""
    keys = {key for run in runs for key in run.data.metrics}
    return sorted(keys, key=lambda key: (is_system_metric(key), key))


def compared_metrics(
    runs: Sequence[Run],
    baseline: int,
    minimize: Sequence[str] = (),
    maximize: Sequence[str] = (),
    unranked: Sequence[str] = (),
) -> list[ComparedMetric]:
    """Return every metric of some runs, those that differ first.

    Parameters
    ----------
    runs : sequence of Run
        Which runs.
    baseline : int
        Index of the run that the others are measured against.
    minimize, maximize, unranked : sequence of str
        Metrics for which the guess by their name is not asked.
    """
    said: dict[str, MetricGoal] = dict.fromkeys(minimize, "min")
    said |= dict.fromkeys(maximize, "max")
    said |= dict.fromkeys(unranked, "none")
    latest = [{metric.key: metric for metric in run.data.latest_metrics} for run in runs]
    rows = [
        _compared(key, [metrics.get(key) for metrics in latest], baseline, said.get(key) or metric_goal(key))
        for key in metric_keys(runs)
    ]
    return sorted(rows, key=lambda row: (is_system_metric(row.key), not row.differs))


def _compared(key: str, metrics: Sequence[Metric | None], baseline: int, goal: MetricGoal) -> ComparedMetric:
    values = [None if metric is None else metric.value for metric in metrics]
    finite = [value for value in values if value is not None and math.isfinite(value)]
    best = _best(finite, goal)
    base = values[baseline]
    decimals = shared_decimals(finite)
    cells = [
        None if metric is None else _cell(metric, None if i == baseline else base, goal, best, decimals)
        for i, metric in enumerate(metrics)
    ]
    return ComparedMetric(
        key, goal, cells, differs=len({None if value is None else repr(value) for value in values}) > 1
    )


def _best(finite: Sequence[float], goal: MetricGoal) -> float | None:
    """Return the best value; None where all are the same, or none is better than another."""
    if goal == "none" or len(set(finite)) < 2:
        return None
    return min(finite) if goal == "min" else max(finite)


def _cell(metric: Metric, base: float | None, goal: MetricGoal, best: float | None, decimals: int | None) -> MetricCell:
    value = metric.value
    difference = value - base if base is not None and math.isfinite(base) and math.isfinite(value) else None
    return MetricCell(
        value=number_to_json(value),
        text=rounded(value, decimals),
        step=metric.step,
        delta=None if difference is None else _signed(difference, decimals),
        percent=_percent(difference, base),
        better=None if not difference or goal == "none" else (difference < 0) == (goal == "min"),
        best=best is not None and value == best,
    )


def _percent(difference: float | None, base: float | None) -> str | None:
    if difference is None or not base:
        return None
    ratio = 100 * difference / abs(base)
    if not math.isfinite(ratio):
        return None
    return _sign(ratio) + (f"{abs(ratio):.1f}" if abs(ratio) < 1000 else rounded(float(round(abs(ratio))))) + " %"


def _signed(value: float, decimals: int | None) -> str:
    return _sign(value) + rounded(abs(value), decimals)


def _sign(value: float) -> str:
    return "±" if value == 0 else "+" if value > 0 else "-"
