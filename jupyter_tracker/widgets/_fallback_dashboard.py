"""What a dashboard shows where no script runs: its experiments with counts, the latest runs, and curves as pictures."""

from __future__ import annotations

import time
from html import escape
from typing import Final

from jupyter_tracker.views.experiment_list import ExperimentEntry, ExperimentListView
from jupyter_tracker.views.metric_curves import MetricCurvesView
from jupyter_tracker.views.run_table import RunTableView
from jupyter_tracker.views.text import aligned
from jupyter_tracker.widgets import _fallback
from jupyter_tracker.widgets._fallback_curves import curves_pictures

CURVES: Final = 2
RUNS: Final = 8
"""Of so many runs the curves are drawn, as in a small picture they can be told apart."""
_EXPERIMENTS: Final = 10
_NAME: Final = 60
_HEADS: Final = ("Experiment", "Runs", "Running", "Last run")


def dashboard_html(experiments: ExperimentListView, table: RunTableView, curves: MetricCurvesView) -> str:
    """Return a dashboard as plain HTML: tables, and pictures as data URIs."""
    heads = "".join(f'<th align="left">{head}</th>' for head in _HEADS)
    body = "\n".join(
        "<tr>" + "".join(f'<td align="left">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in _rows(experiments)
    )
    pictures = curves_pictures(curves, most=CURVES)
    return "\n".join(
        [
            f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{_more(experiments)}",
            f"<p><b>Latest runs</b>{_of(experiments, table)}</p>",
            _fallback.run_table_html(table),
            *([pictures] if pictures else []),
        ]
    )


def dashboard_text(experiments: ExperimentListView, table: RunTableView) -> str:
    """Return a dashboard as aligned text."""
    lines = aligned([list(_HEADS), *_rows(experiments)], [False, True, True, False], rule=True)
    return "\n".join([*lines, "", _fallback.run_table_plain(table)])


def _rows(view: ExperimentListView) -> list[list[str]]:
    return [
        [
            _cut(entry.name),
            f"{entry.run_count:,}",
            f"{entry.running_count:,}" if entry.running_count else "",
            _last(entry),
        ]
        for entry in view.experiments[:_EXPERIMENTS]
    ]


def _last(entry: ExperimentEntry) -> str:
    if entry.last_start_time_ms is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.last_start_time_ms / 1000))


def _more(view: ExperimentListView) -> str:
    total = len(view.experiments)
    return f"\n<p>{_EXPERIMENTS} of {total:,}</p>" if total > _EXPERIMENTS else ""


def _of(experiments: ExperimentListView, table: RunTableView) -> str:
    ids = table.experiment_ids
    name = next((entry.name for entry in experiments.experiments if [entry.experiment_id] == ids), None)
    return "" if name is None else f" of {escape(_cut(name))}"


def _cut(text: str) -> str:
    return text if len(text) <= _NAME else text[: _NAME - 1] + "…"
