"""Metric curves as a Plotly figure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from jupyter_tracker.plots._style import DASHES, color, layout
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.curve_points import Curve, decoded
from jupyter_tracker.views.metric_curves import CurveLine, CurveOptions, metric_curves_view

_TITLES = {"step": "step", "time": "time (UTC)", "relative": "seconds since the start"}
_POINTS = 1000
_COLUMNS = 2
_HEIGHT = 320


def metric_curves_figure(store: Store, options: CurveOptions, *, points: int = _POINTS) -> go.Figure:
    """Return curves as a figure, one subplot per metric, a trace per run and metric; see `metric_curves_view`."""
    view = metric_curves_view(store, options, points=points)
    panels = [panel for panel in view.panels if panel.curves]
    columns = min(len(panels), _COLUMNS) or 1
    rows = -(-len(panels) // columns) or 1
    figure = make_subplots(rows, columns, subplot_titles=[panel.key for panel in panels])
    lines, named = {line.id: line for line in view.lines}, set()
    for place, panel in enumerate(panels):
        for curve in panel.curves:
            traces = _traces(curve, lines[curve.line], view.x, in_legend=curve.line not in named)
            figure.add_traces(traces, rows=place // columns + 1, cols=place % columns + 1)
            named.add(curve.line)
    figure.update_layout(layout(height=rows * _HEIGHT + 60))
    kind = "date" if view.x == "time" else "log" if view.log_x else "linear"
    figure.update_xaxes(title_text=_TITLES[view.x], type=kind)
    figure.update_yaxes(type="log" if options.log_y else "linear")
    return figure


def _traces(curve: Curve, line: CurveLine, axis: str, *, in_legend: bool) -> list[go.Scatter]:
    def x_of(text: str) -> object:
        values = decoded(text)
        return values.astype("datetime64[ms]") if axis == "time" else values

    shared = {"legendgroup": line.id, "mode": "lines"}
    quiet = shared | {"showlegend": False, "hoverinfo": "skip"}
    traces = []
    if curve.low:
        band = np.concatenate([decoded(curve.high), decoded(curve.low)[::-1]])
        around = np.concatenate([np.asarray(x_of(curve.x)), np.asarray(x_of(curve.x))[::-1]])
        traces.append(
            go.Scatter(x=around, y=band, fill="toself", fillcolor=color(line.color, 0.15), line={"width": 0}, **quiet)
        )
    if curve.raw_x:
        faint = {"color": color(line.color, 0.25), "width": 1}
        traces.append(go.Scatter(x=x_of(curve.raw_x), y=decoded(curve.raw_y), line=faint, **quiet))
    style = {"color": color(line.color), "width": 2, "dash": DASHES[line.dash]}
    name = {"name": line.label, "showlegend": in_legend}
    traces.append(go.Scatter(x=x_of(curve.x), y=decoded(curve.y), line=style, **shared, **name))
    return traces
