"""Runs grouped by a param, a tag or an attribute: mean and spread of each metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError
from jupyter_tracker.search import fields
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.search.tree import Name
from jupyter_tracker.search.writing import write_name, write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.browsing import ValueStats
from jupyter_tracker.views.rounding import number_in
from jupyter_tracker.views.table_columns import COUNT_ID, TableColumn
from jupyter_tracker.views.table_query import Scope
from jupyter_tracker.views.table_rows import GroupCell, GroupRow
from jupyter_tracker.wire.numbers import number_to_json

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_EQUAL = 1e-12
_GROUPED_ATTRIBUTES = ("status", "user_id", "experiment_id", "run_name")


def group_name(group_by: str) -> Name:
    """Return the field of a text such as ``params.model``; InvalidParameterError where runs cannot be grouped by it."""
    try:
        (ordering,) = parse_order([group_by], fields.RUNS)
    except (InvalidFilterError, ValueError):
        raise _no_group(group_by) from None
    name = ordering.name
    if name.entity in {"param", "tag"} or (name.entity == "attribute" and name.key in _GROUPED_ATTRIBUTES):
        return name
    raise _no_group(group_by)


def _no_group(group_by: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"group_by={group_by[:80]!r}: a param or a tag is expected, such as 'params.model', or one of "
        f"{', '.join(_GROUPED_ATTRIBUTES)}."
    )


def group_rows(
    store: Store, scope: Scope, group_by: str, columns: Sequence[TableColumn], near: Mapping[str, float]
) -> list[GroupRow]:
    """Return one row per value, by value; the runs that have none come last.

    A metric that is NaN counts as missing. `near` has a value of some metrics, by key, that may be near the mean.
    """
    name = group_name(group_by)
    metrics = {column.id: write_name(Name("metric", _key(column))) for column in columns if column.group == "metrics"}
    about = {metrics[column.id]: near.get(_key(column), 0.0) for column in columns if column.id in metrics}
    found = store.search_run_groups(scope.experiment_ids, scope.filter, scope.stages, write_name(name), about)
    if found is None:
        return _counted_here(store, scope, name, columns, metrics)
    place = {id_: i for i, id_ in enumerate(metrics)}
    return [
        GroupRow(
            group.value,
            group.runs,
            _filter(name, group.value),
            [_cell(group.stats[place[column.id]]) if column.id in place else None for column in columns],
        )
        for group in sorted(found, key=lambda group: _by_value(group.value))
    ]


def _key(column: TableColumn) -> str:
    return column.id.partition(".")[2]


def _cell(stats: ValueStats | None) -> GroupCell | None:
    if stats is None:
        return None
    return GroupCell(number_to_json(stats.mean), None if stats.std is None else number_to_json(stats.std), stats.count)


def _counted_here(
    store: Store, scope: Scope, name: Name, columns: Sequence[TableColumn], metrics: Mapping[str, str]
) -> list[GroupRow]:
    """Return the same of every run's values: slower, and exact whatever these are."""
    import numpy as np

    wanted = [write_name(name), *metrics.values()]
    rows = store.search_run_values(scope.experiment_ids, scope.filter, scope.stages, wanted)
    if not rows:
        return []
    labels, *values = zip(*rows, strict=True)
    groups = sorted(set(labels), key=_by_value)
    number = {label: i for i, label in enumerate(groups)}
    members = np.fromiter((number[label] for label in labels), np.intp, len(labels))
    stats = {id_: _stats(members, some, len(groups)) for id_, some in zip(metrics, values, strict=True)}
    sizes = np.bincount(members, minlength=len(groups)).tolist()
    return [
        GroupRow(label, sizes[i], _filter(name, label), [stats[c.id][i] if c.id in stats else None for c in columns])
        for i, label in enumerate(groups)
    ]


def ordered_groups(rows: list[GroupRow], columns: Sequence[TableColumn], by: str, *, ascending: bool) -> list[GroupRow]:
    """Return groups sorted by a metric's mean or by how many runs they have; by value for any other column.

    Groups without a number come last in both directions.
    """
    if by == COUNT_ID:
        return sorted(rows, key=lambda row: row.n, reverse=not ascending)
    index = next((i for i, column in enumerate(columns) if column.id == by and column.group == "metrics"), None)
    if index is None:
        named = [row for row in rows if row.value is not None]
        return [*(named if ascending else named[::-1]), *(row for row in rows if row.value is None)]
    have = [row for row in rows if row.cells[index] is not None]
    have.sort(key=lambda row: float(row.cells[index].mean), reverse=not ascending)  # type: ignore[union-attr]
    return [*have, *(row for row in rows if row.cells[index] is None)]


def _stats(members: npt.NDArray[np.intp], values: Sequence[float | None], groups: int) -> list[GroupCell | None]:
    import numpy as np

    floats = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    present = ~np.isnan(floats)
    where, some = members[present], floats[present]
    counts = np.bincount(where, minlength=groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(where, weights=some, minlength=groups) / counts
        squares = np.bincount(where, weights=(some - means[where]) ** 2, minlength=groups)
        spread = np.sqrt(squares / (counts - 1))
    # What equal values differ from their mean by is the rounding of a sum.
    spread = np.where(spread < _EQUAL * np.abs(means), 0.0, spread)
    return [
        None if not n else GroupCell(number_to_json(mean), number_to_json(std) if n > 1 else None, n)
        for n, mean, std in zip(counts.tolist(), means.tolist(), spread.tolist(), strict=True)
    ]


def _filter(name: Name, value: Any) -> str:
    field = write_name(name)
    return f"{field} IS NULL" if value is None else f"{field} = {write_text(str(value))}"


def _by_value(value: str | None) -> tuple[int, float, str]:
    """Return a key that sorts numbers by their size, before texts, and what is missing last."""
    if value is None:
        return 2, 0.0, ""
    number = number_in(value)
    return (1, 0.0, value) if number is None or math.isnan(number) else (0, number, value)
