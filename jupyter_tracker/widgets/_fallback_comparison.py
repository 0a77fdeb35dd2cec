"""What a comparison shows where no script runs: a table of what differs, the best of each metric in bold."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from typing import Final

from jupyter_tracker.views.comparison import ComparisonView
from jupyter_tracker.views.comparison_metrics import ComparedMetric, MetricCell
from jupyter_tracker.views.text import aligned
from jupyter_tracker.widgets._chart_png import swatch_png

# These keep a panel under 100 kB of a saved notebook, whatever was logged.
_RUNS: Final = 12
_ROWS: Final = 40
_TEXT: Final = 60
_TITLES: Final = {
    "params": "Params",
    "tags": "Tags",
    "datasets": "Data sets",
    "git": "Git",
    "environment": "Environment",
    "run": "Run",
}


def comparison_html(view: ComparisonView) -> str:
    """Return what differs between runs as plain HTML: a column per run, with its colour."""
    runs = view.runs[:_RUNS]
    heads = [""] + [f"{_swatch(run.color)} {_text(run.name)}{_mark(view, i)}" for i, run in enumerate(runs)]
    head = "".join(f'<th align="left">{item}</th>' for item in heads)
    body = []
    for title, rows in _parts(view):
        body.append(f'<tr><td colspan="{len(runs) + 1}"><b>{title}</b></td></tr>')
        body += [_row(key, cells) for key, cells in rows]
    more = f"\n<p>{len(runs):,} of {len(view.runs):,} runs</p>" if len(view.runs) > len(runs) else ""
    if not body:
        return f"<p>{len(view.runs):,} runs that do not differ.</p>"
    lines = "\n".join(body)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>{more}"


def comparison_text(view: ComparisonView) -> str:
    """Return what differs between runs as aligned text; the best of a metric has a star."""
    runs = view.runs[:_RUNS]
    rows = [["", *(run.name for run in runs)]]
    for _, part in _parts(view):
        rows += [[key, *(f"{text} *" if is_best else text for text, is_best in cells)] for key, cells in part]
    if len(rows) == 1:
        return f"{len(view.runs):,} runs that do not differ."
    more = [f"{len(runs):,} of {len(view.runs):,} runs"] if len(view.runs) > len(runs) else []
    return "\n".join([*aligned(rows, rule=True), *more])


_Cell = tuple[str, bool]
_Rows = list[tuple[str, list[_Cell]]]


def _parts(view: ComparisonView) -> Iterator[tuple[str, _Rows]]:
    """Yield the title and the differing rows of each group that has any: params and metrics first."""
    groups: dict[str, _Rows] = {
        group.id: [(row.key, [(cell or "", False) for cell in row.cells[:_RUNS]]) for row in group.rows if row.differs]
        for group in view.groups
    }
    metrics = [(metric.key, _metric_cells(metric)) for metric in view.metrics if metric.differs]
    ordered = [("Params", groups.pop("params")), ("Metrics", metrics)]
    ordered += [(title, groups[id_]) for id_, title in _TITLES.items() if id_ in groups]
    left = _ROWS
    for title, rows in ordered:
        if rows[:left]:
            yield title, rows[:left]
            left -= len(rows[:left])


def _metric_cells(metric: ComparedMetric) -> list[_Cell]:
    return [("", False) if cell is None else (_value(cell), cell.best) for cell in metric.cells[:_RUNS]]


def _value(cell: MetricCell) -> str:
    return cell.text if cell.delta is None else f"{cell.text} ({cell.delta})"


def _row(key: str, cells: list[_Cell]) -> str:
    shown = [f"<b>{_text(text)}</b>" if is_best else _text(text) for text, is_best in cells]
    return "<tr>" + "".join(f'<td align="left">{item}</td>' for item in (_text(key), *shown)) + "</tr>"


def _mark(view: ComparisonView, index: int) -> str:
    return " (baseline)" if index == view.baseline else ""


def _swatch(color: int) -> str:
    data = base64.b64encode(swatch_png(color)).decode("ascii")
    return f'<img width="14" height="4" alt="" src="data:image/png;base64,{data}">'


def _text(text: str) -> str:
    return escape(text if len(text) <= _TEXT else text[: _TEXT - 1] + "…")
