"""The latest metrics of some runs side by side, as a Plotly figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from jupyter_tracker.entities import Run
from jupyter_tracker.plots._style import color, layout
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.comparison_metrics import is_system_metric, metric_keys
from jupyter_tracker.views.rounding import rounded
from jupyter_tracker.views.run_colors import run_colors

_METRICS: Final = 8
_COLUMNS: Final = 4


def comparison_figure(store: Store, runs: Sequence[Run], metrics: Sequence[str] | None = None) -> go.Figure:
    """Return the latest values of some metrics as bars, one subplot per metric, runs in the order given.

    Parameters
    ----------
    store : Store
        Where the runs are.
    runs : sequence of Run
        Which ones.
    metrics : sequence of str, optional
        Keys of metrics; the first eight by name where left out.
    """
    keys = [key for key in metric_keys(runs) if not is_system_metric(key)]
    shown = list(metrics) if metrics is not None else keys[:_METRICS]
    columns = min(len(shown), _COLUMNS) or 1
    rows = -(-len(shown) // columns) or 1
    figure = make_subplots(rows, columns, subplot_titles=shown, shared_yaxes=True, horizontal_spacing=0.03)
    # Names need not be unique, bars do: the ids place them, the names are written.
    ids = [run.info.run_id for run in runs]
    names = [run.info.run_name or run.info.run_id for run in runs]
    colors = [color(index) for index, _ in run_colors(store, runs)]
    for place, key in enumerate(shown):
        values = [run.data.metrics.get(key) for run in runs]
        texts = ["" if value is None else rounded(value) for value in values]
        hover = "%{customdata}: %{text}<extra></extra>"
        bars = go.Bar(
            x=values, y=ids, orientation="h", marker_color=colors, text=texts, customdata=names, hovertemplate=hover
        )
        figure.add_trace(bars, row=place // columns + 1, col=place % columns + 1)
    figure.update_yaxes(autorange="reversed", tickvals=ids, ticktext=names)
    return figure.update_layout(
        layout(showlegend=False, hovermode="closest", height=rows * (90 + 26 * len(runs)), margin={"l": 120})
    )
