"""What a panel of curves shows where no script runs: a picture per metric, and a table that is also its legend."""

from __future__ import annotations

import base64
from html import escape
from typing import Final

from jupyter_tracker.views.curve_points import Curve, decoded
from jupyter_tracker.views.metric_curves import CurveLine, CurvePanel, MetricCurvesView
from jupyter_tracker.views.rounding import rounded
from jupyter_tracker.views.text import aligned
from jupyter_tracker.widgets._chart_png import HEIGHT, WIDTH, ChartLine, chart_png, swatch_png
from jupyter_tracker.wire.numbers import number_from_json

# These keep a panel under 100 kB of a saved notebook, whatever was logged.
_PICTURES: Final = 4
_PICTURE_BYTES: Final = 48_000
_ROWS: Final = 30
_COLUMNS: Final = 10
_NAME: Final = 60
_UNITS: Final = ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


def curves_html(view: MetricCurvesView, *, log_y: bool = False, filter: str = "") -> str:  # noqa: A002
    """Return curves as plain HTML: pictures as data URIs, and the latest values as a table."""
    if view.error is not None or not any(panel.curves for panel in view.panels):
        return f"<p>{escape(curves_text(view, filter=filter))}</p>"
    return "\n".join([*_pictures(view, _PICTURES, log_y=log_y), _table(view)])


def curves_pictures(view: MetricCurvesView, most: int) -> str:
    """Return the pictures of the first metrics, with the names of the runs for a legend; empty where there is none."""
    pictures = _pictures(view, most, log_y=False)
    names = [f"{_image(swatch_png(line.color), 14, 4, '')} {_text(line.label)}" for line in view.lines[:_ROWS]]
    return "\n".join([*pictures, f"<p>{' · '.join(names)}</p>"]) if pictures else ""


def _pictures(view: MetricCurvesView, most: int, *, log_y: bool) -> list[str]:
    parts: list[str] = []
    left = _PICTURE_BYTES
    for panel in [panel for panel in view.panels if panel.curves][:most]:
        picture, unit = _picture(view, panel, log_y=log_y, budget=left)
        if picture is None:
            break
        left -= len(picture)
        label = _text(f"{panel.key} over {unit}")
        parts.append(f"<p><b>{_text(panel.key)}</b> over {unit}</p>\n<p>{_image(picture, WIDTH, HEIGHT, label)}</p>")
    return parts


def curves_text(view: MetricCurvesView, *, filter: str = "") -> str:  # noqa: A002 - the widget's word
    """Return the latest values of curves as aligned text."""
    if view.error is not None:
        return view.error.message
    if not view.lines:
        return f"No run matches this filter: {filter}" if filter else "No runs yet."
    panels = [panel for panel in view.panels if panel.curves][:_COLUMNS]
    if not panels:
        logged = [panel.key for panel in view.panels]
        return f"These runs have no points of {', '.join(logged)}." if logged else "No metrics yet."
    rows = [[line.label, *(_latest(panel, line) for panel in panels)] for line in view.lines[:_ROWS]]
    return "\n".join(
        aligned([["Run", *(panel.key for panel in panels)], *rows], [False, *[True] * len(panels)], rule=True)
    )


def _picture(view: MetricCurvesView, panel: CurvePanel, *, log_y: bool, budget: int) -> tuple[bytes | None, str]:
    """Return the picture of a metric, less dense where it would be too large, and the unit of its axis."""
    colors = {line.id: line.color for line in view.lines}
    lines = [ChartLine(decoded(curve.x), decoded(curve.y), colors[curve.line]) for curve in panel.curves]
    divisor, unit = 1.0, "steps"
    if view.x != "step":
        lines = [_from_start(line, lines) for line in lines] if view.x == "time" else lines
        longest = max((float(line.x[-1]) for line in lines if len(line.x)), default=0.0)
        divisor, unit = next(((size, name) for size, name in _UNITS if longest >= 2 * size), _UNITS[-1])
    for scale in (2, 1):
        picture = chart_png(lines, log_x=view.log_x, log_y=log_y, x_divisor=divisor, scale=scale)
        if len(picture) <= budget:
            return picture, unit
    return None, unit


def _from_start(line: ChartLine, lines: list[ChartLine]) -> ChartLine:
    """Return a line over seconds since the first point of all: a picture this small has no room for dates."""
    # A curve of NaN alone has no points.
    first = min((float(other.x[0]) for other in lines if len(other.x)), default=0.0)
    return ChartLine((line.x - first) / 1000, line.y, line.color)


def _table(view: MetricCurvesView) -> str:
    panels = [panel for panel in view.panels if panel.curves][:_COLUMNS]
    heads = ["", "Run", *(_text(panel.key) for panel in panels)]
    head = "".join(f'<th align="left">{item}</th>' for item in heads)
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td align="left">{cell}</td>'
            for cell in (
                _image(swatch_png(line.color), 14, 4, ""),
                _text(line.label),
                *(_text(_latest(panel, line)) for panel in panels),
            )
        )
        + "</tr>"
        for line in view.lines[:_ROWS]
    )
    more = f"\n<p>{min(len(view.lines), _ROWS):,} of {view.runs_total:,}</p>" if view.runs_total > _ROWS else ""
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>{more}"


def _latest(panel: CurvePanel, line: CurveLine) -> str:
    curve: Curve | None = next((curve for curve in panel.curves if curve.line == line.id), None)
    return "" if curve is None else rounded(number_from_json(curve.last))


def _image(picture: bytes, width: int, height: int, label: str) -> str:
    data = base64.b64encode(picture).decode("ascii")
    return f'<img width="{width}" height="{height}" alt="{label}" src="data:image/png;base64,{data}">'


def _text(text: str) -> str:
    return escape(text if len(text) <= _NAME else text[: _NAME - 1] + "…")
