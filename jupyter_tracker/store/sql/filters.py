"""The search tree as SQL: where each field of `search/fields.py` lies, and what each operator means there.

To add a field: a column in the noun's `Place` here, and its row in `search/fields.py`; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import sqlalchemy as sa

from jupyter_tracker.search.tree import And, Comparison, Name, Node, Ordering, Presence
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.fetching import Query

Clause: TypeAlias = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Satellite:
    """A table of keys and values that belong to the searched noun; `joins` are its columns and the noun's."""

    table: sa.Table
    joins: tuple[tuple[str, sa.Column[Any]], ...]


@dataclass(frozen=True)
class Place:
    """Where the fields of one noun lie: its own columns, and satellite tables by entity.

    `absent_differs` are tag keys whose absence satisfies ``!=``: MLflow's client appends such a clause.
    """

    attributes: Mapping[str, sa.ColumnElement[Any]]
    satellites: Mapping[str, Satellite]
    absent_differs: frozenset[str] = field(default=frozenset())


def where(node: Node, place: Place) -> Clause:
    """Return the condition that a filter's tree stands for."""
    if isinstance(node, And):
        return sa.and_(sa.true(), *(where(part, place) for part in node.parts))
    if isinstance(node, Presence):
        found = _exists(node.name, place, lambda _: sa.true())
        return found if node.present else sa.not_(found)
    return _comparison(node, place)


def order_by(query: Query, orderings: Sequence[Ordering], place: Place) -> Query:
    """Return the query with its sort keys: missing values last in both directions, NaN just before them."""
    for ordering in orderings:
        query, column, rank = _sort_key(query, ordering.name, place)
        query = query.order_by(rank, column.asc() if ordering.ascending else column.desc())
    return query


def only_with(query: Query, ordering: Ordering, place: Place) -> Query:
    """Return the query for what has a number under a metric, sorted by it: an index gives it in this order."""
    table, joined = _joined(ordering.name, place)
    query = query.join(table, joined).where(table.c.value.is_not(None))
    return query.order_by(table.c.value.asc() if ordering.ascending else table.c.value.desc())


def _comparison(node: Comparison, place: Place) -> Clause:
    if node.name.entity == "attribute":
        return compare(place.attributes[node.name.key], node.operator, node.value)
    if node.name.entity == "dataset":
        return _dataset(node)
    found = _exists(node.name, place, lambda value: compare(value, node.operator, node.value))
    if node.operator == "!=" and node.name.entity == "tag" and node.name.key in place.absent_differs:
        return sa.or_(found, sa.not_(_exists(node.name, place, lambda _: sa.true())))
    return found


def compare(column: sa.ColumnElement[Any], operator: str, value: object) -> Clause:
    """Return `column operator value`. LIKE minds case, as in MLflow; SQLite's own does not, but its GLOB does."""
    if operator == "LIKE":
        return column.op("GLOB", is_comparison=True)(_glob(str(value)))
    if operator == "ILIKE":
        return sa.func.lower(column).like(sa.func.lower(value))
    return _PLAIN[operator](column, value)


_PLAIN: dict[str, Callable[[sa.ColumnElement[Any], Any], Clause]] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    "IN": lambda column, value: column.in_(value),
    "NOT IN": lambda column, value: column.not_in(value),
}


def _glob(pattern: str) -> str:
    escaped = re.sub(r"[*?\[]", lambda match: f"[{match.group()}]", pattern)
    return escaped.replace("%", "*").replace("_", "?")


def _exists(name: Name, place: Place, condition: Callable[[sa.ColumnElement[Any]], Clause]) -> Clause:
    table, joined = _joined(name, place)
    return sa.exists().where(joined, condition(table.c.value))


def _joined(name: Name, place: Place) -> tuple[sa.FromClause, Clause]:
    """Return the table that holds a key's value, and when a row of it is the searched noun's."""
    satellite = place.satellites[name.entity]
    table = satellite.table.alias()
    return table, sa.and_(*(table.c[column] == owner for column, owner in satellite.joins), table.c.key == name.key)


def _dataset(node: Comparison) -> Clause:
    inputs, datasets = s.inputs.alias(), s.datasets.alias()
    column: sa.ColumnElement[Any] = (
        sa.func.json_extract(inputs.c.tags, '$."mlflow.data.context"')
        if node.name.key == "context"
        else datasets.c[node.name.key]
    )
    return sa.exists().where(
        inputs.c.run == s.runs.c.run,
        datasets.c.dataset == inputs.c.dataset,
        compare(column, node.operator, node.value),
    )


def _sort_key(query: Query, name: Name, place: Place) -> tuple[Query, sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    if name.entity == "attribute":
        column = place.attributes[name.key]
        return query, column, column.is_(None)
    table, joined = _joined(name, place)
    query = query.outerjoin(table, joined)
    if name.entity == "metric":
        rank: sa.ColumnElement[Any] = sa.case((table.c.value.is_not(None), 0), (table.c.is_nan, 1), else_=2)
    else:
        rank = table.c.value.is_(None)
    return query, table.c.value, rank


_RUN = (("run", s.runs.c.run),)

# Without `artifact_uri`, which depends on where the store lies: `runs.py` adds it.
RUNS = Place(
    {
        "run_id": s.runs.c.run_id,
        "run_name": s.runs.c.run_name,
        "status": s.runs.c.status,
        "user_id": s.runs.c.user_id,
        "experiment_id": sa.cast(s.runs.c.experiment_id, sa.Text),
        "lifecycle_stage": s.runs.c.lifecycle_stage,
        "start_time": s.runs.c.start_time,
        "end_time": s.runs.c.end_time,
        "duration": s.runs.c.end_time - s.runs.c.start_time,
    },
    {
        "metric": Satellite(s.latest_metrics, _RUN),
        "param": Satellite(s.params, _RUN),
        "tag": Satellite(s.tags, _RUN),
    },
)

EXPERIMENTS = Place(
    {
        "experiment_id": sa.cast(s.experiments.c.experiment_id, sa.Text),
        "name": s.experiments.c.name,
        "lifecycle_stage": s.experiments.c.lifecycle_stage,
        "creation_time": s.experiments.c.creation_time,
        "last_update_time": s.experiments.c.last_update_time,
    },
    {"tag": Satellite(s.experiment_tags, (("experiment_id", s.experiments.c.experiment_id),))},
)

REGISTERED_MODELS = Place(
    {
        "name": s.registered_models.c.name,
        "creation_timestamp": s.registered_models.c.creation_timestamp,
        "last_updated_timestamp": s.registered_models.c.last_updated_timestamp,
    },
    {"tag": Satellite(s.registered_model_tags, (("name", s.registered_models.c.name),))},
    frozenset({"mlflow.prompt.is_prompt"}),
)

MODEL_VERSIONS = Place(
    {
        "name": s.model_versions.c.name,
        "version_number": s.model_versions.c.version,
        "run_id": s.model_versions.c.run_id,
        "source_path": s.model_versions.c.source,
        "current_stage": s.model_versions.c.current_stage,
        "creation_timestamp": s.model_versions.c.creation_timestamp,
        "last_updated_timestamp": s.model_versions.c.last_updated_timestamp,
    },
    {
        "tag": Satellite(
            s.model_version_tags,
            (("name", s.model_versions.c.name), ("version", s.model_versions.c.version)),
        )
    },
    frozenset({"mlflow.prompt.is_prompt"}),
)

_MODEL = (("model_id", s.logged_models.c.model_id),)

LOGGED_MODELS = Place(
    {
        "name": s.logged_models.c.name,
        "model_id": s.logged_models.c.model_id,
        "model_type": s.logged_models.c.model_type,
        "status": s.logged_models.c.status,
        "source_run_id": s.logged_models.c.source_run_id,
        "experiment_id": sa.cast(s.logged_models.c.experiment_id, sa.Text),
        "creation_timestamp": s.logged_models.c.creation_timestamp,
        "last_updated_timestamp": s.logged_models.c.last_updated_timestamp,
    },
    {
        "metric": Satellite(s.logged_model_metrics, _MODEL),
        "param": Satellite(s.logged_model_params, _MODEL),
        "tag": Satellite(s.logged_model_tags, _MODEL),
    },
)
