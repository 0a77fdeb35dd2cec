"""A whole run table, or its selected runs, as CSV or tab-separated text."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from jupyter_tracker.entities import Run, ViewType
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.run_table import MAX_PAGE_SIZE, run_table_view
from jupyter_tracker.views.table_columns import TableColumn, column_of, keys_of
from jupyter_tracker.views.table_query import TableQuery, order_of, scope_of
from jupyter_tracker.views.table_rows import GroupRow, cell_of

MAX_ROWS: Final = 100_000
_AT_ONCE: Final = 1000
_BREAK: Final = re.compile(r"[\t\r\n]+")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

Format = Literal["csv", "tsv"]


@dataclass(frozen=True)
class TableTextView:
    """A table as text."""

    text: str
    rows: int
    total: int
    """Rows that there are; more than `rows` where the text was cut at 100,000."""


def table_text_view(
    store: Store,
    query: TableQuery,
    columns: Sequence[str],
    format: Format = "csv",  # noqa: A002 - the word of the route
    run_ids: Sequence[str] = (),
    *,
    head: bool = True,
) -> TableTextView:
    """Return the runs of a query, or of it only `run_ids`, as text.

    Parameters
    ----------
    store : Store
        Where the runs are.
    query : TableQuery
        Filter, order and grouping; InvalidFilterError where they cannot be read.
    columns : sequence of str
        Ids, in the order wanted. Times are in ISO 8601, durations in ms, values are not cut.
    format : str
        ``csv``, or ``tsv`` for the clipboard.
    run_ids : sequence of str, optional
        Only these of the runs.
    head : bool
        Begin with a line of labels.
    """
    if format not in {"csv", "tsv"}:
        raise InvalidParameterError(f"format={format!r}: csv or tsv is expected.")
    if query.group_by is not None and not run_ids:
        return _grouped(store, query, columns, format)
    shown = [column_of(id_) for id_ in columns]
    rows, total = _runs(store, query, shown, run_ids)
    names = {found.experiment_id: found.name for found in store.search_experiments(ViewType.ALL)}
    lines = [[_value(run, column, names) for column in shown] for run in rows]
    return TableTextView(_written([*([_heads(shown)] if head else []), *lines], format), len(lines), total)


def _runs(
    store: Store, query: TableQuery, columns: Sequence[TableColumn], run_ids: Sequence[str]
) -> tuple[Iterator[Run], int]:
    filter_ = query.filter
    if run_ids:
        listed = f"run_id IN ({', '.join(map(write_text, run_ids))})"
        filter_ = f"({filter_}) AND {listed}" if filter_.strip() else listed
    scope = scope_of(store, query.experiment_ids, filter_)
    stages = ViewType.ALL if run_ids else scope.stages
    order = store.search_run_order(scope.experiment_ids, filter_, stages, order_of(query.order_by))
    total = len(order) if query.max_results is None else min(len(order), query.max_results)
    kept, keys = order[: min(total, MAX_ROWS)], keys_of(columns)
    pages = (kept[start : start + _AT_ONCE] for start in range(0, len(kept), _AT_ONCE))
    return (run for page in pages for run in store.run_rows(page, keys)), total


def _grouped(store: Store, query: TableQuery, columns: Sequence[str], format_: Format) -> TableTextView:
    rows: list[GroupRow] = []
    snapshot = None
    while True:
        view = run_table_view(
            store,
            query.experiment_ids,
            query.filter,
            query.order_by,
            offset=len(rows),
            limit=MAX_PAGE_SIZE,
            columns=[id_ for id_ in columns if id_.startswith("metrics.")],
            group_by=query.group_by,
            snapshot=snapshot,
        )
        rows, snapshot = [*rows, *view.groups], view.snapshot
        if not view.groups or len(rows) >= view.total:
            break
    metrics = [(i, column) for i, column in enumerate(view.columns) if column.group == "metrics"]
    heads = [query.group_by, "runs", *(f"{column.id} {part}" for _, column in metrics for part in ("mean", "std", "n"))]
    lines = [[row.value, row.n, *(part for i, _ in metrics for part in _parts(row, i))] for row in rows]
    return TableTextView(_written([heads, *lines], format_), len(lines), view.total)


def _parts(row: GroupRow, index: int) -> tuple[Any, Any, Any]:
    cell = row.cells[index]
    return (None, None, 0) if cell is None else (cell.mean, cell.std, cell.n)


def _heads(columns: Sequence[TableColumn]) -> list[str]:
    return [column.label if column.group == "attributes" else column.id for column in columns]


def _value(run: Run, column: TableColumn, experiments: dict[str, str]) -> Any:
    value = cell_of(run, column, experiments, whole=True)
    if column.kind == "time" and isinstance(value, float | int):
        with contextlib.suppress(ValueError, OverflowError, OSError):  # nanoseconds, given for ms, are no date
            return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
    return value


def _written(lines: Sequence[Sequence[Any]], format_: Format) -> str:
    out = io.StringIO()
    if format_ == "csv":
        csv.writer(out, lineterminator="\r\n").writerows([_safe(item) for item in line] for line in lines)
        return out.getvalue()
    # What is pasted into a spreadsheet knows no quotes: a tab or a line end inside of a value becomes a blank.
    for line in lines:
        out.write("\t".join(_BREAK.sub(" ", str("" if item is None else _safe(item))) for item in line) + "\n")
    return out.getvalue()


def _safe(item: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula: a text that looks like one gets an apostrophe."""
    if not isinstance(item, str) or not item.startswith(_FORMULA):
        return item
    try:
        return item if math.isfinite(float(item)) else f"'{item}"
    except ValueError:
        return f"'{item}"
