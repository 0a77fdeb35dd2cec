"""Parallel coordinates as a Plotly figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from jupyter_tracker.entities import Run
from jupyter_tracker.plots._style import color, layout
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.parallel_coordinates import parallel_coordinates_view


def parallel_coordinates_figure(
    store: Store, runs: Sequence[Run], params: Sequence[str] | None = None, metric: str | None = None
) -> go.Figure:
    """Return runs as lines across their params, coloured by the metric; see `parallel_coordinates_view`.

    Axes go from 0 to 1 and are marked with what is there. A run that lacks a value is left out: the figure cannot
    draw a line with a gap.
    """
    view = parallel_coordinates_view(store, runs, params, metric)
    whole = [line.positions for line in view.lines if None not in line.positions]
    table = np.array(whole, float).reshape(len(whole), len(view.axes))
    dimensions = [
        {
            "label": axis.label,
            "values": table[:, i],
            "range": [0, 1],
            "tickvals": [tick.at for tick in axis.ticks],
            "ticktext": [tick.text for tick in axis.ticks],
        }
        for i, axis in enumerate(view.axes)
    ]
    line: dict[str, object] = {"color": color(0)}
    if view.metric is not None and whole:
        line = {"color": table[:, -1], "colorscale": "Viridis", "cmin": 0, "cmax": 1}
    figure = go.Figure(go.Parcoords(dimensions=dimensions, line=line))
    return figure.update_layout(layout(height=420, margin={"l": 70, "r": 70, "t": 70, "b": 30}, hovermode=False))
