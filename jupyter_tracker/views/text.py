"""Views as plain text: tables for a terminal, and the line that stands for a card where there is no screen.

To add one: a function `<view>_text`; columns are aligned by `aligned`.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Sequence

from jupyter_tracker.views.rounding import duration, file_size, rounded
from jupyter_tracker.views.run_card import RunCardView
from jupyter_tracker.views.run_table import RunTableView
from jupyter_tracker.views.table_columns import TableColumn
from jupyter_tracker.views.table_rows import GroupRow
from jupyter_tracker.wire.numbers import JsonNumber

_GAP = "  "
_MAX_CELL = 36
_SHORT_ID = 8
_LINE_METRICS = 4
_RIGHT = frozenset({"number", "duration"})


def short_id(run_id: str) -> str:
    """Return the start of a run id: enough to tell runs apart, and to name one on the command line."""
    return run_id[:_SHORT_ID]


def run_table_text(view: RunTableView, width: int | None = None) -> str:
    """Return a run table as aligned lines, without a newline at the end.

    Parameters
    ----------
    view : RunTableView
        The page to write; the columns that have cells are shown, and each run's short id.
    width : int, optional
        Characters per line. Columns that do not fit are left out from the right, and named below.
    """
    if view.error is not None:
        return view.error.message
    if view.groups:
        return _groups_text(view, width)
    if not view.rows:
        where = f" in {_listed(view.experiment_names)}" if view.experiment_names else ""
        hint = f" {view.hint}" if view.hint else ""
        return f"No runs{where}{' match this filter' if view.filter else ' yet'}.{hint}"
    shown = list(enumerate(view.columns[: len(view.rows[0].cells)]))
    labels = [column.label for _, column in shown]
    heads = ["ID", *(_head(column, labels) for _, column in shown)]
    rows = [
        [short_id(row.run_id), *(_cell(row.cells[index], column, row.status) for index, column in shown)]
        for row in view.rows
    ]
    right = [False, *(column.kind in _RIGHT for _, column in shown)]
    fitting = _fitting(heads, rows, width)
    lines = aligned([heads[:fitting], *(row[:fitting] for row in rows)], right[:fitting], rule=True)
    return "\n".join([*lines, *_table_foot(view, heads[fitting:])])


def group_cells(row: GroupRow, columns: Sequence[TableColumn]) -> list[str]:
    """Return what stands in the row of a group: its value, how many runs it has, and each metric's mean ± std."""
    cells = ["(none)" if row.value is None else row.value]
    for column, cell in zip(columns, row.cells, strict=True):
        if column.kind == "count":
            cells.append(f"{row.n:,}")
        elif cell is None:
            cells.append("")
        else:
            spread = "" if cell.std is None else f" ± {rounded(float(cell.std))}"
            cells.append(rounded(float(cell.mean)) + spread)
    return cells


def _groups_text(view: RunTableView, width: int | None) -> str:
    heads = [view.group_by or "", *(column.label for column in view.columns)]
    rows = [group_cells(row, view.columns) for row in view.groups]
    right = [False, *[True] * len(view.columns)]
    fitting = _fitting(heads, rows, width)
    lines = aligned([heads[:fitting], *(row[:fitting] for row in rows)], right[:fitting], rule=True)
    shown = [f"groups 1 to {len(rows):,} of {view.total:,}"] if view.total > len(rows) else []
    return "\n".join([*lines, *(["", *shown] if shown else [])])


def run_card_text(view: RunCardView) -> str:
    """Return all that a run card shows as lines of text, without a newline at the end."""
    facts = [
        ["run", f"{view.name}{'  (deleted)' if view.deleted else ''}"],
        ["id", view.run_id],
        ["experiment", f"{view.experiment_name} ({view.experiment_id})"],
        ["status", _status(view)],
        ["started", _time(view.start_time_ms)],
    ]
    facts += [["note", view.note]] if view.note else []
    facts += [["error", f"{view.error.type}: {view.error.message}"]] if view.error else []
    sections = [aligned(facts, limit=None)]
    sections.append(
        _section(
            "metrics", [[m.key, m.text, f"step {m.step}", _points(m.count)] for m in view.metrics], view.metrics_total
        )
    )
    sections.append(_section("params", [[param.key, param.value] for param in view.params], view.params_total))
    sections.append(_section("tags", [[tag.key, tag.value] for tag in view.tags], len(view.tags)))
    files = [[entry.path, _size(entry.size_bytes)] for entry in view.artifacts if not entry.is_dir]
    folders = sum(entry.is_dir for entry in view.artifacts)
    sections.append(_section("artifacts", files, view.artifacts_total - folders))
    return "\n\n".join("\n".join(section) for section in sections if section)


def run_line(view: RunCardView) -> str:
    """Return a run in one line: ``run rf-baseline (1a2b3c4d) FINISHED in 1.2s: f1 0.951``."""
    shown = ", ".join(f"{metric.key} {metric.text}" for metric in view.metrics[:_LINE_METRICS])
    more = f", {view.metrics_total - _LINE_METRICS} more" if view.metrics_total > _LINE_METRICS else ""
    error = f" ({view.error.type})" if view.error else ""
    line = f"run {view.name} ({short_id(view.run_id)}) {_status(view)}{error}"
    return _printable(f"{line}: {shown}{more}" if shown else line)


def aligned(
    rows: Sequence[Sequence[str]], right: Sequence[bool] = (), *, rule: bool = False, limit: int | None = _MAX_CELL
) -> list[str]:
    """Return rows of texts as lines with aligned columns.

    Parameters
    ----------
    rows : sequence of sequences of str
        The cells; the first row is the head where `rule`.
    right : sequence of bool
        Columns to align to the right.
    rule : bool
        Draw a line under the first row.
    limit : int, optional
        Characters after which a cell is cut; None for never.
    """
    cells = [[_clipped(_printable(cell), limit) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    aligns_right = [*right, *[False] * (len(widths) - len(right))]
    lines = [
        _GAP.join(
            " " * (width - _width(cell)) + cell if to_right else cell + " " * (width - _width(cell))
            for cell, width, to_right in zip(row, widths, aligns_right, strict=True)
        ).rstrip()
        for row in cells
    ]
    if rule:
        lines.insert(1, _GAP.join("─" * width for width in widths))
    return lines


def _section(title: str, rows: Sequence[Sequence[str]], total: int) -> list[str]:
    if not rows:
        return []
    more = f" (the first {len(rows)} of {total:,})" if total > len(rows) else ""
    return [title + more, *("  " + line for line in aligned(rows, limit=None))]


def _head(column: TableColumn, labels: Sequence[str]) -> str:
    # A metric and a param may bear the same name.
    return column.id if labels.count(column.label) > 1 else column.label


def _cell(value: JsonNumber | str | None, column: TableColumn, status: str) -> str:
    if value is None:
        return "…" if column.kind == "duration" and status == "RUNNING" else ""
    if column.kind == "number":
        return rounded(float(value))
    if column.kind == "time":
        return _time(int(value))
    return duration(float(value)) if column.kind == "duration" else str(value)


def _fitting(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> int:
    """Return how many columns fit in a line; at least the id and the name."""
    if width is None:
        return len(heads)
    used = -len(_GAP)
    for number, column in enumerate(zip(heads, *rows, strict=True)):
        used += len(_GAP) + max(min(_width(cell), _MAX_CELL) for cell in column)
        if used > width:
            return max(number, 2)
    return len(heads)


def _table_foot(view: RunTableView, left_out: Sequence[str]) -> list[str]:
    lines = []
    if left_out:
        lines.append(f"not shown for lack of width: {_listed([_printable(name) for name in left_out])}")
    if view.total > len(view.rows):
        first = view.offset + 1
        lines.append(f"runs {first:,} to {view.offset + len(view.rows):,} of {view.total:,}")
    return ["", *lines] if lines else []


def _listed(names: Sequence[str], limit: int = 8) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _status(view: RunCardView) -> str:
    if view.start_time_ms is None:
        return view.status
    if view.end_time_ms is None:
        return f"{view.status} for {duration(time.time_ns() // 1_000_000 - view.start_time_ms)}"
    return f"{view.status} in {duration(view.end_time_ms - view.start_time_ms)}"


def _time(time_ms: int | None) -> str:
    if time_ms is None:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ms / 1000))


def _points(count: int) -> str:
    return f"{count:,} {'point' if count == 1 else 'points'}"


def _size(size_bytes: int | None) -> str:
    return "" if size_bytes is None else file_size(size_bytes)


def _printable(text: str) -> str:
    """Return text that cannot move the cursor or ring the bell, whoever chose the name."""
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


def _clipped(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: wide letters two, accents of their own none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
