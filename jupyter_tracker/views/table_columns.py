"""Which columns a run table has, in which order, and which of them are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from jupyter_tracker.entities import Run
from jupyter_tracker.views.common import is_user_tag

ColumnGroup: TypeAlias = Literal["attributes", "params", "metrics", "tags"]
ColumnKind: TypeAlias = Literal["text", "number", "time", "duration", "status"]

_VISIBLE_METRICS: Final = 6
_VISIBLE_PARAMS: Final = 8


@dataclass(frozen=True)
class TableColumn:
    """One column of a run table."""

    id: str
    """As in a filter: `metrics.f1`, `params.lr`, `tags.author`, `attributes.start_time`."""
    label: str
    group: ColumnGroup
    kind: ColumnKind
    visible: bool


_ATTRIBUTES: Final[tuple[tuple[str, str, ColumnKind], ...]] = (
    ("attributes.run_name", "Run", "text"),
    ("attributes.status", "Status", "status"),
    ("attributes.start_time", "Started", "time"),
    ("attributes.duration", "Duration", "duration"),
)


def table_columns(
    keys: Mapping[str, Sequence[str]], runs: Sequence[Run], chosen: Sequence[str] | None
) -> list[TableColumn]:
    """Return attributes, metrics, params, then the user's tags; `keys` is what `Store.logged_keys` returns.

    Visible are the `chosen` ids; where None, the attributes, the first metrics, and the params that differ
    between these runs.
    """
    metrics, params = keys.get("metrics", ()), keys.get("params", ())
    tags = [key for key in keys.get("tags", ()) if is_user_tag(key)]
    visible = set(_default_ids(metrics, params, runs) if chosen is None else chosen)
    columns = [TableColumn(id_, label, "attributes", kind, id_ in visible) for id_, label, kind in _ATTRIBUTES]
    columns += [_column("metrics", key, "number", visible) for key in metrics]
    columns += [_column("params", key, "text", visible) for key in params]
    columns += [_column("tags", key, "text", visible) for key in tags]
    return columns


def differing_params(params: Sequence[str], runs: Sequence[Run]) -> list[str]:
    """Return the params whose value is not the same in all of these runs; all of them for a single run."""
    if len(runs) <= 1:
        return list(params)
    return [key for key in params if len({run.data.params.get(key) for run in runs}) > 1]


def _default_ids(metrics: Sequence[str], params: Sequence[str], runs: Sequence[Run]) -> list[str]:
    return [
        *(id_ for id_, _, _ in _ATTRIBUTES),
        *(f"metrics.{key}" for key in metrics[:_VISIBLE_METRICS]),
        *(f"params.{key}" for key in differing_params(params, runs)[:_VISIBLE_PARAMS]),
    ]


def _column(group: ColumnGroup, key: str, kind: ColumnKind, visible: set[str]) -> TableColumn:
    id_ = f"{group}.{key}"
    return TableColumn(id_, key, group, kind, id_ in visible)
