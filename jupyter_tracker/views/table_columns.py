"""Which columns a run table has, in which order, and which of them are shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Literal, TypeAlias

from jupyter_tracker.entities import Run
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.browsing import KeyUse, RunKeys, RunKeyUses
from jupyter_tracker.views.common import is_user_tag, metric_place
from jupyter_tracker.views.metric_goals import metric_goal
from jupyter_tracker.views.run_head import NOTE_TAG

ColumnGroup: TypeAlias = Literal["attributes", "params", "metrics", "tags"]
ColumnKind: TypeAlias = Literal["text", "number", "time", "duration", "status", "note", "count"]

MAX_COLUMNS: Final = 1000
"""Columns that a table shows at most; any of those there are."""

NOTE_ID: Final = f"tags.{NOTE_TAG}"
COUNT_ID: Final = "attributes.run_count"
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


@dataclass(frozen=True)
class OrderBy:
    """What a table is sorted by: a column's id, and which way."""

    column: str
    ascending: bool


COUNT_COLUMN: Final = TableColumn(COUNT_ID, "Runs", "attributes", "count")
ATTRIBUTES: Final = (
    TableColumn("attributes.run_name", "Run", "attributes", "text"),
    TableColumn("attributes.status", "Status", "attributes", "status"),
    TableColumn("attributes.start_time", "Started", "attributes", "time"),
    TableColumn("attributes.duration", "Duration", "attributes", "duration"),
    TableColumn(NOTE_ID, "Note", "attributes", "note"),
    TableColumn("attributes.end_time", "Ended", "attributes", "time"),
    TableColumn("attributes.user_id", "User", "attributes", "text"),
    TableColumn("attributes.experiment_id", "Experiment", "attributes", "text"),
    TableColumn("attributes.run_id", "Run id", "attributes", "text"),
)
_BY_ID: Final = {column.id: column for column in ATTRIBUTES}
_SHOWN: Final = tuple(_BY_ID)[:4]


def column_of(column_id: str) -> TableColumn:
    """Return the column of an id; InvalidParameterError where it is none."""
    group, _, key = column_id.partition(".")
    if column_id in _BY_ID:
        return _BY_ID[column_id]
    if group == "metrics" and key:
        return TableColumn(column_id, key, "metrics", "number")
    if group in {"params", "tags"} and key:
        return TableColumn(column_id, key, "params" if group == "params" else "tags", "text")
    raise InvalidParameterError(
        f"{column_id[:80]!r} is no column: metrics.<key>, params.<key>, tags.<key> or one of {sorted(_BY_ID)}."
    )


def chosen_columns(ids: Sequence[str], keys: Mapping[str, Sequence[str]]) -> list[TableColumn]:
    """Return the columns of these ids in their order; ``metrics.*`` stands for all of `keys` that match.

    `keys` is what `Store.logged_keys` returns; it is looked at for patterns only.
    """
    found: dict[str, TableColumn] = {}
    for id_ in ids:
        group, _, pattern = id_.partition(".")
        matching = (
            [f"{group}.{key}" for key in keys.get(group, ()) if fnmatchcase(key, pattern)] if "*" in id_ else [id_]
        )
        found |= {one: column_of(one) for one in matching}
    return list(found.values())[:MAX_COLUMNS]


def default_columns(uses: RunKeyUses, sorted_by: str | None) -> list[TableColumn]:
    """Return the attributes, the metrics that most of these runs have, and the params that differ between them.

    What more runs have comes first, then what is first by name. A metric that is the same in all of them tells half
    as much as one that is not; those without a better (`epoch`) come last. So do params that have one value, which
    some of the runs lack.
    Notes are shown where there is one, and the column that the runs are sorted by in any case.
    """
    keys = {use.key for use in uses.metrics}
    metrics = sorted(uses.metrics, key=lambda use: (metric_place(use.key, keys), *_metric_rank(use)))
    ids = [*_SHOWN, *(f"metrics.{use.key}" for use in metrics[:_VISIBLE_METRICS])]
    differing = [use for use in uses.params if use.varies or use.runs < uses.runs or uses.runs == 1]
    differing.sort(key=lambda use: not use.varies)
    ids += [f"params.{use.key}" for use in differing[:_VISIBLE_PARAMS]]
    ids += [NOTE_ID] if any(use.key == NOTE_TAG for use in uses.tags) else []
    ids += [sorted_by] if sorted_by is not None and sorted_by not in ids else []
    return [column_of(id_) for id_ in ids]


def _metric_rank(use: KeyUse) -> tuple[bool, int, str]:
    return metric_goal(use.key) == "none", -use.runs * (2 if use.varies else 1), use.key


def finite_metrics(runs: Iterable[Run]) -> dict[str, float]:
    """Return a finite value of each metric that one of these runs has, by key."""
    return {key: value for run in runs for key, value in run.data.metrics.items() if math.isfinite(value)}


def differing_params(params: Sequence[str], runs: Sequence[Run]) -> list[str]:
    """Return the params whose value is not the same in all of these runs; all of them for a single run."""
    if len(runs) <= 1:
        return list(params)
    return [key for key in params if len({run.data.params.get(key) for run in runs}) > 1]


def keys_of(columns: Iterable[TableColumn]) -> RunKeys:
    """Return what of a run is needed for these columns."""
    groups: dict[str, list[str]] = {"metrics": [], "params": [], "tags": [], "attributes": []}
    for column in columns:
        group, _, key = column.id.partition(".")
        groups[group].append(key)
    return RunKeys(tuple(groups["metrics"]), tuple(groups["params"]), tuple(groups["tags"]))


def all_columns(keys: Mapping[str, Sequence[str]]) -> list[TableColumn]:
    """Return every column there is: attributes, metrics, params, then the user's tags."""
    tags = [key for key in keys.get("tags", ()) if is_user_tag(key)]
    logged = (("metrics", keys.get("metrics", ())), ("params", keys.get("params", ())), ("tags", tags))
    return [*ATTRIBUTES, *(column_of(f"{group}.{key}") for group, found in logged for key in found)]
