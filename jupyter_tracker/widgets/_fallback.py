"""What a panel shows where no script runs: GitHub, nbviewer, nbconvert, a terminal.

GitHub strips `style`, `id` and `class`, so there are only plain tables, and pictures as data URIs. Everything
that came from a run is escaped: a notebook is read by others.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from typing import Any, Final

from jupyter_tracker.views.metric_summaries import MetricSummary
from jupyter_tracker.views.panel import MIME_TYPE, PanelPayload, payload_json
from jupyter_tracker.views.rounding import duration, rounded
from jupyter_tracker.views.run_card import RunCardView
from jupyter_tracker.views.run_head import KeyValue
from jupyter_tracker.views.run_table import RunTableView
from jupyter_tracker.views.table_columns import TableColumn
from jupyter_tracker.views.text import group_cells, run_line, run_table_text
from jupyter_tracker.widgets._png import HEIGHT, WIDTH, sparkline_png
from jupyter_tracker.wire.numbers import JsonNumber, number_from_json

# These keep a hostile panel under 100 kB of a saved notebook.
_METRICS: Final = 20
_PARAMS: Final = 30
_ROWS: Final = 20
_COLUMNS: Final = 12
_KEY: Final = 60
_CELL: Final = 40
_TEXT: Final = 100


def run_card_html(view: RunCardView) -> str:
    """Return a run card as plain HTML."""
    about = [f"<b>{_text(view.name)}</b>", _status(view), _text(view.experiment_name)]
    parts = [f"<p>{' · '.join(about)} · <code>{_text(view.run_id)}</code></p>"]
    if view.error is not None:
        parts.append(f"<p><b>{_text(view.error.type)}</b>: {_text(view.error.message, 500)}</p>")
    if view.note:
        parts.append(f"<p>{_text(view.note, 500)}</p>")
    if view.metrics:
        rows = [_metric_row(metric) for metric in view.metrics[:_METRICS]]
        parts.append(_table(["Metric", "Latest", "Step", "Points", ""], rows, _more(len(rows), view.metrics_total)))
    if view.params:
        rows = [_pair_row(param) for param in view.params[:_PARAMS]]
        parts.append(_table(["Param", "Value"], rows, _more(len(rows), view.params_total)))
    return "\n".join(parts)


def run_card_text(view: RunCardView) -> str:
    """Return a run card as one line of text."""
    return run_line(view)


def run_card_bundle(view: RunCardView) -> dict[str, Any]:
    """Return a card without a widget, for a run that has ended: our MIME type, HTML and text."""
    payload = PanelPayload("run_card", view.store_id, uuid.uuid4().hex, run_id=view.run_id)
    return {MIME_TYPE: payload_json(payload), "text/html": run_card_html(view), "text/plain": run_card_text(view)}


def run_table_html(view: RunTableView) -> str:
    """Return the first rows and visible columns of a run table as plain HTML, with each metric as a small curve."""
    view = _first_part(view)
    if view.groups:
        return _groups_html(view)
    if view.error is not None or not view.rows:
        return f"<p>{_text(run_table_text(view), 500)}</p>"
    shown = list(enumerate(view.columns))
    rows = [[_cell(row.cells[i], column) for i, column in shown] for row in view.rows]
    curves = [_column_curve(view, i, column) for i, column in shown]
    foot = [curves] if any(curves) and len(view.rows) > 1 else []
    return _table([_text(column.label, _KEY) for _, column in shown], rows + foot, _more(len(rows), view.total))


def _groups_html(view: RunTableView) -> str:
    heads = [view.group_by or "", *(column.label for column in view.columns)]
    rows = [[_text(cell, _CELL) for cell in group_cells(row, view.columns)] for row in view.groups]
    return _table([_text(head, _KEY) for head in heads], rows, _more(len(rows), view.total))


def run_table_plain(view: RunTableView) -> str:
    """Return the first rows and visible columns of a run table as aligned text."""
    return run_table_text(_first_part(view))


def _first_part(view: RunTableView) -> RunTableView:
    rows = [replace(row, cells=row.cells[:_COLUMNS]) for row in view.rows[:_ROWS]]
    return replace(view, columns=view.columns[:_COLUMNS], rows=rows, groups=view.groups[:_ROWS])


def _metric_row(metric: MetricSummary) -> list[str]:
    return [
        _text(metric.key, _KEY),
        _text(metric.text),
        f"{metric.step:,}",
        f"{metric.count:,}",
        _curve(metric.spark, metric.key) if metric.count > 1 else "",
    ]


def _pair_row(pair: KeyValue) -> list[str]:
    return [_text(pair.key, _KEY), f"<code>{_text(pair.value)}</code>"]


def _column_curve(view: RunTableView, index: int, column: TableColumn) -> str:
    if column.group != "metrics":
        return ""
    values = [row.cells[index] for row in view.rows]
    numbers = [float(value) if isinstance(value, int | float) else None for value in values]
    return _curve(numbers, f"{column.label}, top to bottom") if any(n is not None for n in numbers) else ""


def _curve(values: Sequence[float | None], label: str) -> str:
    size = f'width="{WIDTH // 2}" height="{HEIGHT // 2}"'
    data = base64.b64encode(sparkline_png(values)).decode("ascii")
    return f'<img {size} alt="{_text(label, _KEY)}" src="data:image/png;base64,{data}">'


def _cell(value: JsonNumber | str | None, column: TableColumn) -> str:
    if value is None:
        return ""
    if column.kind == "number":
        return _text(rounded(number_from_json(value)))
    if column.kind == "duration":
        return _text(duration(float(value)))
    if column.kind == "time":
        return _time(int(value))
    return _text(str(value), _CELL)


def _time(time_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ms / 1000))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], more: str) -> str:
    head = "".join(f'<th align="left">{item}</th>' for item in heads)
    body = "\n".join("<tr>" + "".join(f'<td align="left">{item}</td>' for item in row) + "</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{more}"


def _more(shown: int, total: int) -> str:
    return f"\n<p>{shown:,} of {total:,}</p>" if total > shown else ""


def _status(view: RunCardView) -> str:
    word = view.status.capitalize()
    if view.end_time_ms is None or view.start_time_ms is None:
        return word
    return f"{word} in {duration(view.end_time_ms - view.start_time_ms)}"


def _text(text: str, limit: int = _TEXT) -> str:
    return escape(text if len(text) <= limit else text[: limit - 1] + "…")
