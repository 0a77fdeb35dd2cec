"""The ids of a range of rows of a run table: what a long selection takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.browsing import RunKeys
from jupyter_tracker.views.table_query import TableQuery, order_of, scope_of

MAX_SELECTED: Final = 10_000
_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class RunIdsView:
    """Ids of runs, in the order of the table."""

    run_ids: list[str]
    total: int
    """Runs of the whole table."""


def run_ids_view(store: Store, query: TableQuery, offset: int = 0, limit: int = MAX_SELECTED) -> RunIdsView:
    """Return the ids of rows `offset` to `offset + limit` (at most 10,000 of them) of an ungrouped table."""
    if offset < 0 or not 1 <= limit <= MAX_SELECTED:
        raise InvalidParameterError(f"offset={offset}, limit={limit}: offset ≥ 0 and 1 ≤ limit ≤ {MAX_SELECTED}.")
    scope = scope_of(store, query.experiment_ids, query.filter)
    numbers = store.search_run_order(scope.experiment_ids, scope.filter, scope.stages, order_of(query.order_by))
    total = len(numbers) if query.max_results is None else min(len(numbers), query.max_results)
    wanted = numbers[offset : min(offset + limit, total)]
    pages = (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
    return RunIdsView([run.info.run_id for page in pages for run in store.run_rows(page, RunKeys())], total)
