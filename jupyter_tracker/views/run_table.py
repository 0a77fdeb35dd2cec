"""A page of the runs of one or more experiments, with the columns that tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import Experiment, Run, ViewType
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.search.paging import token_of
from jupyter_tracker.search.tree import Name, leaves
from jupyter_tracker.search.writing import write_key
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import RunStatus, cut, run_status
from jupyter_tracker.views.table_columns import TableColumn, table_columns
from jupyter_tracker.wire.numbers import JsonNumber, number_to_json

PAGE_SIZE: Final = 100
MAX_PAGE_SIZE: Final = 1000
_FILLED_COLUMNS: Final = 200


@dataclass(frozen=True)
class TableRow:
    """One run of a table."""

    run_id: str
    name: str
    status: RunStatus
    cells: list[JsonNumber | str | None]
    """Aligned with the view's columns; null where the run has no such value."""


@dataclass(frozen=True)
class OrderBy:
    """What a table is sorted by: a column's id, and which way."""

    column: str
    ascending: bool


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
    columns: list[TableColumn]
    """All there are. Cells of hidden ones are left null where there are very many columns."""
    rows: list[TableRow]
    offset: int
    """Index of the first row of this page in the whole result."""
    total: int
    error: FilterError | None


def run_table_view(
    store: Store,
    experiment_ids: Sequence[str] = (),
    filter: str = "",  # noqa: A002 - the word of the view and of the route
    order_by: OrderBy | None = None,
    offset: int = 0,
    limit: int = PAGE_SIZE,
    columns: Sequence[str] | None = None,
    max_results: int | None = None,
) -> RunTableView:
    """Return one page of the runs of these experiments, of all active ones where none is named.

    A filter or order that cannot be read is no exception: the view has no rows and says so in `error`.

    Parameters
    ----------
    store : Store
        Where the runs are.
    experiment_ids : sequence of str
        Experiments to look at; ResourceDoesNotExistError where one is not there.
    filter : str
        In the search language; empty for all runs.
    order_by : OrderBy, optional
        Newest first where left out.
    offset, limit : int
        Which rows: `limit` (1 to 1,000) of them from row `offset` on.
    columns : sequence of str, optional
        Ids of the columns to show; chosen by what tells the runs apart where left out.
    max_results : int, optional
        At most so many runs on all pages together, 1 or more.

    Notes
    -----
    A filter that names `lifecycle_stage` looks at deleted runs, too.
    """
    if offset < 0 or not 1 <= limit <= MAX_PAGE_SIZE:
        raise InvalidParameterError(f"offset={offset}, limit={limit}: offset ≥ 0 and 1 ≤ limit ≤ {MAX_PAGE_SIZE}.")
    if max_results is not None and max_results < 1:
        raise InvalidParameterError(f"max_results={max_results}: at least 1 is expected.")
    experiments = _experiments(store, experiment_ids)
    ids = [experiment.experiment_id for experiment in experiments]
    runs, total, error = _page(store, ids, filter, order_by, _Part(offset, limit, max_results))
    shown = table_columns(store.logged_keys(ids) if ids else {}, runs, columns)
    return RunTableView(
        store_id=store.store_id,
        experiment_ids=ids,
        experiment_names=[experiment.name for experiment in experiments],
        filter=filter,
        order_by=order_by,
        columns=shown,
        rows=[_row(run, shown) for run in runs],
        offset=offset,
        total=total,
        error=error,
    )


def _experiments(store: Store, experiment_ids: Sequence[str]) -> list[Experiment]:
    if experiment_ids:
        return [store.get_experiment(experiment_id) for experiment_id in dict.fromkeys(experiment_ids)]
    return list(store.search_experiments(ViewType.ACTIVE_ONLY))


@dataclass(frozen=True)
class _Part:
    """Which rows of the whole result are wanted."""

    offset: int
    limit: int
    most: int | None

    def of(self, total: int) -> tuple[int, int]:
        """Return the length of the whole result and of this page."""
        shown = total if self.most is None else min(total, self.most)
        return shown, min(self.limit, shown - self.offset)


def _page(
    store: Store, ids: Sequence[str], filter_: str, order_by: OrderBy | None, part: _Part
) -> tuple[list[Run], int, FilterError | None]:
    if not ids:
        return [], 0, None
    order = _order(order_by)
    try:
        parse_order(order, fields.RUNS)
    except InvalidFilterError as error:
        return [], 0, FilterError(error.message, None)  # its position is not one in the filter
    try:
        stages = _stages(filter_)
        total, length = part.of(store.count_runs(ids, filter_, stages))
        if length <= 0:
            return [], total, None
        token = token_of(part.offset)
        page = store.search_runs(ids, filter_, stages, max_results=length, order_by=order, page_token=token)
    except InvalidFilterError as error:
        return [], 0, FilterError(error.message, error.position)
    return list(page), total, None


def _stages(filter_: str) -> int:
    """Return the view type of a filter: one that asks for a lifecycle stage means deleted runs, too."""
    try:
        named = {leaf.name for leaf in leaves(parse_filter(filter_, fields.RUNS))}
    except InvalidFilterError:
        return ViewType.ACTIVE_ONLY  # the store says what is wrong, and knows the keys that exist
    return ViewType.ALL if Name("attribute", "lifecycle_stage") in named else ViewType.ACTIVE_ONLY


def _order(order_by: OrderBy | None) -> list[str]:
    if order_by is None:
        return []
    group, _, key = order_by.column.partition(".")
    return [f"{group}.{write_key(key)} {'ASC' if order_by.ascending else 'DESC'}"]


def _row(run: Run, columns: Sequence[TableColumn]) -> TableRow:
    fill_all = len(columns) <= _FILLED_COLUMNS
    return TableRow(
        run_id=run.info.run_id,
        name=run.info.run_name or run.info.run_id,
        status=run_status(run.info.status),
        cells=[_cell(run, column) if fill_all or column.visible else None for column in columns],
    )


def _cell(run: Run, column: TableColumn) -> JsonNumber | str | None:
    key = column.id.partition(".")[2]
    if column.group == "metrics":
        value = run.data.metrics.get(key)
        return None if value is None else number_to_json(value)
    if column.group == "attributes":
        return _attribute(run, key)
    text = (run.data.params if column.group == "params" else run.data.tags).get(key)
    return None if text is None else cut(text)


def _attribute(run: Run, name: str) -> JsonNumber | str | None:
    info = run.info
    if name == "duration":
        return None if info.end_time is None else info.end_time - info.start_time
    return {"run_name": info.run_name, "status": info.status, "start_time": info.start_time}[name]
