"""Plotly figures and DataFrames of runs: what lies in `plots` and `views`, joined to the store in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_tracker.entities import Run
from jupyter_tracker.tracking import active
from jupyter_tracker.views.common import CurveX
from jupyter_tracker.views.lookup import find_run
from jupyter_tracker.views.metric_curves import CurveOptions

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

RunLike = str | Run


def plot_metric_curves(
    runs: RunLike | Sequence[RunLike],
    metrics: str | Sequence[str] | None = None,
    x: CurveX = "step",
    smoothing: float = 0.0,
    log_x: bool = False,
    log_y: bool = False,
    group_by: str | None = None,
) -> go.Figure:
    """Return the metrics of runs over steps or time as a Plotly figure, one subplot per metric.

    Parameters
    ----------
    runs : str, Run, or a sequence of them
        Ids, the starts of ids, names, or what `start_run` or `get_run` returned.
    metrics : str or sequence of str, optional
        Which metrics; the ones that most of these runs have, where left out.
    x : {"step", "time", "relative"}
        Over steps, the time of day (UTC), or seconds since each run's start.
    smoothing : float
        Weight of the exponential moving average, 0 (none) to 0.999; the raw curve stays, faintly, behind it.
    log_x, log_y : bool
        Logarithmic axes.
    group_by : str, optional
        A param or a tag (``"params.lr"``): one line per value, the mean of its runs, in a band of one standard
        deviation.

    Returns
    -------
    plotly.graph_objects.Figure
        At most 1,000 points a trace, chosen so that no spike is lost; `metric_histories` has all of them.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run(run_name="baseline"):
    ...     tracker.log_metric_series("loss", [0.9, 0.5, 0.3])
    >>> figure = tracker.plot_metric_curves("baseline", "loss")
    >>> figure.data[0].name, figure.data[0].y.tolist()
    ('baseline', [0.9, 0.5, 0.3])
    """
    from jupyter_tracker.plots.metric_curves import metric_curves_figure

    ids = [run.info.run_id for run in _runs(runs)]
    options = CurveOptions(ids, CurveOptions.limit, _keys(metrics), x, smoothing, log_x, log_y, group_by)
    return metric_curves_figure(active.store(create=False), options)


def plot_parallel_coordinates(
    runs: Sequence[RunLike], params: Sequence[str] | None = None, metric: str | None = None
) -> go.Figure:
    """Return runs as lines across their params, coloured by a metric, as a Plotly figure.

    Parameters
    ----------
    runs : sequence of str or Run
        Ids, the starts of ids, names, or what `start_run` or `get_run` returned.
    params : sequence of str, optional
        Keys of params, from left to right; the first eight that differ where left out.
    metric : str, optional
        A metric's key; the one that most runs have where left out.

    Returns
    -------
    plotly.graph_objects.Figure
        Numbers that span two powers of ten lie on a logarithmic axis; a run that lacks a value is left out.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> for lr in (0.1, 0.01):
    ...     with tracker.start_run(run_name=f"lr-{lr}"):
    ...         tracker.log_param("lr", lr)
    ...         tracker.log_metric("f1", 0.9 - lr)
    >>> figure = tracker.plot_parallel_coordinates(["lr-0.1", "lr-0.01"], ["lr"], "f1")
    >>> [dimension.label for dimension in figure.data[0].dimensions]
    ['lr', 'f1']
    """
    from jupyter_tracker.plots.parallel_coordinates import parallel_coordinates_figure

    return parallel_coordinates_figure(active.store(create=False), _runs(runs), params, metric)


def plot_comparison(runs: Sequence[RunLike], metrics: str | Sequence[str] | None = None) -> go.Figure:
    """Return the latest metrics of runs side by side as a Plotly figure: bars, one subplot per metric.

    Parameters
    ----------
    runs : sequence of str or Run
        Ids, the starts of ids, names, or what `start_run` or `get_run` returned.
    metrics : str or sequence of str, optional
        Keys of metrics; the first eight by name where left out.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> for name, f1 in (("rf", 0.8), ("lr", 0.9)):
    ...     with tracker.start_run(run_name=name):
    ...         tracker.log_metric("f1", f1)
    >>> figure = tracker.plot_comparison(["rf", "lr"])
    >>> list(figure.data[0].x)
    [0.8, 0.9]
    """
    from jupyter_tracker.plots.comparison import comparison_figure

    return comparison_figure(active.store(create=False), _runs(runs), _keys(metrics))


def metric_histories(runs: RunLike | Sequence[RunLike], metrics: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Return every point of some metrics of some runs as a DataFrame.

    Parameters
    ----------
    runs : str, Run, or a sequence of them
        Ids, the starts of ids, names, or what `start_run` or `get_run` returned.
    metrics : str or sequence of str, optional
        Keys of metrics; all that these runs have where left out.

    Returns
    -------
    pandas.DataFrame
        One row a point: ``run_id``, ``run_name``, ``metric``, ``step`` (int64), ``timestamp`` (int64, ms UTC),
        ``value`` (float64).

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run(run_name="baseline"):
    ...     tracker.log_metric_series("loss", [0.9, 0.5])
    >>> tracker.metric_histories("baseline")[["metric", "step", "value"]].values.tolist()
    [['loss', 0, 0.9], ['loss', 1, 0.5]]
    """
    from jupyter_tracker.views.frames import histories_frame

    found = _runs(runs)
    every = sorted({key for run in found for key in run.data.metrics})
    keys = _keys(metrics)
    return histories_frame(
        active.store(create=False), [run.info.run_id for run in found], every if keys is None else keys
    )


def _runs(runs: RunLike | Sequence[RunLike]) -> list[Run]:
    """Return the runs as the store has them now: an object of the user may be older."""
    store = active.store(create=False)
    wanted = [runs] if isinstance(runs, str | Run) else runs
    return [find_run(store, run) if isinstance(run, str) else store.get_run(run.info.run_id) for run in wanted]


def _keys(metrics: str | Sequence[str] | None) -> list[str] | None:
    return [metrics] if isinstance(metrics, str) else None if metrics is None else list(metrics)
