"""Runs as points: a param, or a metric, against a metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_tracker.entities import Run
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import RunStatus, run_status
from jupyter_tracker.views.param_axis import ParamAxis, lay_out
from jupyter_tracker.views.run_colors import run_colors


@dataclass(frozen=True)
class ScatterPoint:
    """One run that has both values."""

    run_id: str
    name: str
    status: RunStatus
    color: int
    dash: int
    """0 to 3, as of a line: where runs share a colour their marks differ."""
    x: float
    """0 (left) to 1, as `y` from below."""
    y: float
    x_text: str
    y_text: str


@dataclass(frozen=True)
class ScatterView:
    """Runs between two axes."""

    store_id: str
    x: ParamAxis
    y: ParamAxis
    points: list[ScatterPoint]
    left_out: int
    """How many runs have no finite value on one of the axes."""


def scatter_view(store: Store, runs: Sequence[Run], x: str, y: str) -> ScatterView:
    """Return the runs as points; `x` and `y` are as in a filter: ``params.lr``, ``metrics.f1``."""
    across, up = lay_out(x, runs), lay_out(y, runs)
    points = []
    for i, (run, (color, dash)) in enumerate(zip(runs, run_colors(store, runs), strict=True)):
        at, height = across.positions[i], up.positions[i]
        if at is not None and height is not None:
            name, status = run.info.run_name or run.info.run_id, run_status(run.info.status)
            texts = (across.texts[i], up.texts[i])
            points.append(ScatterPoint(run.info.run_id, name, status, color, dash, at, height, *texts))
    return ScatterView(store.store_id, across.axis, up.axis, points, len(runs) - len(points))
