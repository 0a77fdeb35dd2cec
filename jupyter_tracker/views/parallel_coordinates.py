"""Runs as lines across their params, down to a metric: which settings lead where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import Run
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import RunStatus, run_status
from jupyter_tracker.views.param_axis import ParamAxis, lay_out
from jupyter_tracker.views.run_colors import run_colors
from jupyter_tracker.views.table_columns import differing_params

_AXES: Final = 8


@dataclass(frozen=True)
class ParallelLine:
    """One run; positions and texts are aligned with the axes."""

    run_id: str
    name: str
    status: RunStatus
    color: int
    dash: int
    """0 solid, 1 dashed, 2 dotted, 3 dash and dot: where runs share a colour."""
    positions: list[float | None]
    """0 (below) to 1; null where the run has no such value."""
    texts: list[str]


@dataclass(frozen=True)
class ParallelCoordinatesView:
    """Params from left to right, then the metric, which also colours the lines."""

    store_id: str
    axes: list[ParamAxis]
    lines: list[ParallelLine]
    metric: str | None
    """The metric's key; the last axis is its own. Null where no run has one."""


def parallel_coordinates_view(
    store: Store, runs: Sequence[Run], params: Sequence[str] | None = None, metric: str | None = None
) -> ParallelCoordinatesView:
    """Return the runs across their params.

    Parameters
    ----------
    store : Store
        Where the runs are.
    runs : sequence of Run
        Which ones.
    params : sequence of str, optional
        Keys of params, from left to right; the first eight that differ where left out.
    metric : str, optional
        A metric's key; the one that most runs have where left out.
    """
    keys = sorted({key for run in runs for key in run.data.params})
    shown = list(params) if params is not None else differing_params(keys, runs)[:_AXES]
    goal = metric if metric is not None else common_metric(runs)
    names = [*(f"params.{key}" for key in shown), *([] if goal is None else [f"metrics.{goal}"])]
    laid = [lay_out(name, runs) for name in names]
    lines = [
        ParallelLine(
            run_id=run.info.run_id,
            name=run.info.run_name or run.info.run_id,
            status=run_status(run.info.status),
            color=color,
            dash=dash,
            positions=[axis.positions[i] for axis in laid],
            texts=[axis.texts[i] for axis in laid],
        )
        for i, (run, (color, dash)) in enumerate(zip(runs, run_colors(store, runs), strict=True))
    ]
    return ParallelCoordinatesView(store.store_id, [axis.axis for axis in laid], lines, goal)


def common_metric(runs: Sequence[Run]) -> str | None:
    """Return the metric that most of these runs have, the first by name of several; None where there is none."""
    keys = sorted({key for run in runs for key in run.data.metrics if not key.startswith("system/")})
    return max(keys, key=lambda key: sum(key in run.data.metrics for run in runs), default=None)
