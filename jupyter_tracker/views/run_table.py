"""A page of the runs of one or more experiments, or of groups of them, with the columns that tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from jupyter_tracker.entities import Run
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError
from jupyter_tracker.search import fields
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.store.base import Store
from jupyter_tracker.views import table_columns as columns_
from jupyter_tracker.views import table_pages as pages
from jupyter_tracker.views.table_columns import OrderBy, TableColumn
from jupyter_tracker.views.table_groups import group_name, group_rows, ordered_groups
from jupyter_tracker.views.table_query import Scope, TableQuery, experiments_of, hint_of, order_of, stages_of
from jupyter_tracker.views.table_rows import GroupRow, TableRow, table_row

PAGE_SIZE: Final = 100
MAX_PAGE_SIZE: Final = 1000
FIRST_CELLS: Final = 40
"""Columns whose cells a page has where nobody asked for certain ones: what a wide screen shows."""

# The runs whose logged keys are counted to choose columns, and those that give a value near the mean of each group.
_SAMPLE: Final = 200
_NEAR: Final = 10


@dataclass(frozen=True)
class FilterError:
    """What is wrong with a filter, and the column (0-based) at which."""

    message: str
    position: int | None


@dataclass(frozen=True)
class RunTableView:
    """One page of a run table."""

    store_id: str
    experiment_ids: list[str]
    experiment_names: list[str]
    filter: str
    order_by: OrderBy | None
    group_by: str | None
    columns: list[TableColumn]
    """Those to show, in order; on a page that was asked for certain cells, the columns of these."""
    rows: list[TableRow]
    """Their cells are those of the first columns; the others are asked for when they come into view."""
    groups: list[GroupRow]
    """In place of rows, where runs are grouped."""
    offset: int
    """Index of the first row of this page in the whole result."""
    total: int
    """Rows of the whole result: runs, or groups."""
    runs: int
    """Runs of the whole result."""
    snapshot: str
    """Asks for other pages of the same answer, whatever starts meanwhile."""
    error: FilterError | None
    hint: str
    """What is wrong with a filter that can be read: a word that no run can have, or a key that none has where
    nothing matches; empty where nobody knows."""


def run_table_view(
    store: Store,
    experiment_ids: Sequence[str] = (),
    filter: str = "",  # noqa: A002 - the word of the view and of the route
    order_by: OrderBy | None = None,
    offset: int = 0,
    limit: int = PAGE_SIZE,
    columns: Sequence[str] | None = None,
    max_results: int | None = None,
    group_by: str | None = None,
    cells: Sequence[str] | None = None,
    snapshot: str | None = None,
) -> RunTableView:
    """Return one page of what a `TableQuery` asks for.

    A filter or order that cannot be read is no exception: the view has no rows and says so in `error`.

    Parameters
    ----------
    store : Store
        Where the runs are.
    experiment_ids, filter, order_by, columns, max_results, group_by
        See `TableQuery`; ResourceDoesNotExistError where an experiment is not there.
    offset, limit : int
        Which rows: `limit` (1 to 1,000) of them from row `offset` on.
    cells : sequence of str, optional
        Ids of the columns whose cells are wanted; the first ones of those shown where left out.
    snapshot : str, optional
        That of another page of the same answer.
    """
    query = TableQuery(experiment_ids, filter, order_by, columns, max_results, group_by)
    if offset < 0 or not 1 <= limit <= MAX_PAGE_SIZE:
        raise InvalidParameterError(f"offset={offset}, limit={limit}: offset ≥ 0 and 1 ≤ limit ≤ {MAX_PAGE_SIZE}.")
    if max_results is not None and max_results < 1:
        raise InvalidParameterError(f"max_results={max_results}: at least 1 is expected.")
    if cells is not None and len(cells) > columns_.MAX_COLUMNS:
        raise InvalidParameterError(f"cells: at most {columns_.MAX_COLUMNS} columns, not {len(cells)}.")
    if group_by is not None:
        group_name(group_by)  # says what is wrong with it
    return _Builder(store, query, snapshot or pages.new_snapshot()).page(offset, limit, cells)


class _Builder:
    """One query of one store."""

    def __init__(self, store: Store, query: TableQuery, snapshot: str) -> None:
        self._store, self._query, self._snapshot = store, query, snapshot
        experiments = experiments_of(store, query.experiment_ids)
        self._names = {experiment.experiment_id: experiment.name for experiment in experiments}
        self._scope = Scope(list(self._names), query.filter, stages_of(query.filter))
        self._order = order_of(query.order_by)
        self._answer = pages.answer_of(
            store, snapshot, tuple(self._names), query.filter, query.order_by, query.group_by
        )

    def page(self, offset: int, limit: int, cells: Sequence[str] | None) -> RunTableView:
        """Return the view of a page, or of what is wrong with the query."""
        empty = self._view(offset)
        if not self._names:
            return empty
        try:
            parse_order(self._order, fields.RUNS)
        except InvalidFilterError as error:  # its position is not one in the filter
            return replace(empty, error=FilterError(error.message, None), columns=list(columns_.ATTRIBUTES[:4]))
        try:
            if self._query.group_by is not None:
                return self._grouped(self._query.group_by, empty, limit)
            return self._listed(empty, limit, cells)
        except InvalidFilterError as error:
            wrong = FilterError(error.message, error.position)
            return replace(empty, error=wrong, columns=list(columns_.ATTRIBUTES[:4]))

    def _view(self, offset: int) -> RunTableView:
        query, names = self._query, self._names
        return RunTableView(
            store_id=self._store.store_id,
            experiment_ids=list(names),
            experiment_names=list(names.values()),
            filter=query.filter,
            order_by=query.order_by,
            group_by=query.group_by,
            columns=[],
            rows=[],
            groups=[],
            offset=offset,
            total=0,
            runs=0,
            snapshot=self._snapshot,
            error=None,
            hint="",
        )

    def _total(self) -> int:
        total = pages.total_of(self._store, self._answer, self._scope)
        return total if self._query.max_results is None else min(total, self._query.max_results)

    def _listed(self, empty: RunTableView, limit: int, cells: Sequence[str] | None) -> RunTableView:
        total = self._total()
        length = max(0, min(limit, total - empty.offset))
        shown = self._columns(anything=total > 0) if cells is None else [columns_.column_of(id_) for id_ in cells]
        filled = shown[:FIRST_CELLS] if cells is None else shown
        runs = self._runs(empty.offset, length, filled) if length else []
        rows = [table_row(run, filled, self._names) for run in runs]
        hint = hint_of(self._store, self._scope, anything=total > 0)
        return replace(empty, columns=shown, rows=rows, total=total, runs=total, hint=hint)

    def _grouped(self, group_by: str, empty: RunTableView, limit: int) -> RunTableView:
        metrics = [column for column in self._columns(anything=True) if column.group == "metrics"]
        shown = [columns_.COUNT_COLUMN, *metrics]
        key = tuple(column.id for column in shown)
        keys = columns_.keys_of(metrics)
        near = columns_.finite_metrics(
            pages.page_of(self._store, pages.Answer(), self._scope, [], 0, _NEAR, keys) if metrics else []
        )
        made = pages.once(self._answer, lambda: (key, group_rows(self._store, self._scope, group_by, shown, near)))
        groups = made[1] if made[0] == key else group_rows(self._store, self._scope, group_by, shown, near)
        runs = sum(group.n for group in groups)
        if self._query.order_by is not None:
            by, ascending = self._query.order_by.column, self._query.order_by.ascending
            groups = ordered_groups(groups, shown, by, ascending=ascending)
        page = groups[empty.offset : empty.offset + limit]
        hint = hint_of(self._store, self._scope, anything=runs > 0)
        return replace(empty, columns=shown, groups=page, total=len(groups), runs=runs, hint=hint)

    def _runs(self, offset: int, length: int, columns: Sequence[TableColumn]) -> list[Run]:
        keys = columns_.keys_of(columns)
        return pages.page_of(self._store, self._answer, self._scope, self._order, offset, length, keys)

    def _columns(self, *, anything: bool) -> list[TableColumn]:
        """Return the columns to show, those that were chosen or what tells the first runs apart.

        Where the filter finds not `anything`, those of the runs that it does not find: nothing jumps.
        """
        scope, chosen = self._scope, self._query.columns
        if chosen is not None:
            patterns = any("*" in id_ for id_ in chosen)
            return columns_.chosen_columns(chosen, self._store.logged_keys(scope.experiment_ids) if patterns else {})
        order = [] if self._query.group_by is not None else self._order
        filter_ = scope.filter if anything else ""
        uses = self._store.search_run_keys(scope.experiment_ids, filter_, scope.stages, _SAMPLE, list(order))
        by = None if self._query.order_by is None else self._query.order_by.column
        return columns_.default_columns(uses, by)
