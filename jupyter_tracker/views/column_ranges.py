"""From where to where the metrics of a run table go: what its colour bars are drawn against."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError
from jupyter_tracker.search.tree import Name
from jupyter_tracker.search.writing import write_name
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.browsing import RunKeys
from jupyter_tracker.views.table_query import Scope, scope_of

_MAX_COLUMNS: Final = 100


@dataclass(frozen=True)
class ColumnRange:
    """The smallest and the largest finite value of a metric; null where it has none."""

    column: str
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ColumnRangesView:
    """The ranges of some metrics, over all runs of a table."""

    ranges: list[ColumnRange]


def column_ranges_view(
    store: Store,
    columns: Sequence[str],
    experiment_ids: Sequence[str] = (),
    filter: str = "",  # noqa: A002
) -> ColumnRangesView:
    """Return the ranges of these columns (``metrics.f1``), each found by two walks along an index.

    A filter that cannot be read has no ranges: the table says what is wrong with it.
    """
    if len(columns) > _MAX_COLUMNS:
        raise InvalidParameterError(f"columns: at most {_MAX_COLUMNS}, not {len(columns)}.")
    scope = scope_of(store, experiment_ids, filter)
    try:
        return ColumnRangesView([_range(store, scope, column) for column in columns])
    except InvalidFilterError:
        return ColumnRangesView([])


def _range(store: Store, scope: Scope, column: str) -> ColumnRange:
    group, _, key = column.partition(".")
    if group != "metrics" or not key:
        raise InvalidParameterError(f"{column[:80]!r} is no metric: metrics.<key> is expected.")
    return ColumnRange(column, _extreme(store, scope, key, "ASC"), _extreme(store, scope, key, "DESC"))


def _extreme(store: Store, scope: Scope, key: str, direction: str) -> float | None:
    name, most = write_name(Name("metric", key)), sys.float_info.max
    finite = f"{name} BETWEEN {-most!r} AND {most!r}"
    filter_ = f"({scope.filter}) AND {finite}" if scope.filter.strip() else finite
    rows = store.search_run_rows(
        scope.experiment_ids, filter_, scope.stages, 1, [f"{name} {direction}"], keys=RunKeys(metrics=(key,))
    )
    value = rows[0].data.metrics.get(key) if rows else None
    return value if value is not None and math.isfinite(value) else None
