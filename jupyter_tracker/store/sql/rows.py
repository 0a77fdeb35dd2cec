"""Rows of the database to entities, and how many rows are fetched at once.

`sqlite3` releases the GIL at every row, and beside a busy cell getting it back costs up to 5 ms each time. So a
query here gives all its rows as one text of JSON: one step, whatever its size.
"""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa

from jupyter_tracker.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
)
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.locations import absolute_location, run_artifact_uri

Query: TypeAlias = "sa.Select[*tuple[Any, ...]]"

# Parameters of one IN list; SQLite takes 32,766 in a statement.
_AT_ONCE = 1000

RUN_COLUMNS = (
    s.runs.c.run,
    s.runs.c.run_id,
    s.runs.c.experiment_id,
    s.runs.c.user_id,
    s.runs.c.status,
    s.runs.c.start_time,
    s.runs.c.end_time,
    s.runs.c.lifecycle_stage,
    s.runs.c.artifact_uri,
    s.runs.c.run_name,
    s.experiments.c.artifact_location,
)


def fetched(connection: sa.Connection, query: Query) -> list[list[Any]]:
    """Return all rows of a query, each as a list. Floating-point columns must be wrapped in `exact`."""
    inner = query.subquery()
    text = connection.execute(sa.select(sa.func.json_group_array(sa.func.json_array(*inner.c)))).scalar_one()
    rows: list[list[Any]] = json.loads(text)
    return rows


def exact(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a floating-point column as text that JSON carries unchanged; read it back with `float_of`."""
    return sa.case((column.is_not(None), sa.func.printf("%!.20g", column))).label(str(column.key))


def float_of(text: str | None) -> float:
    """Return the number that `exact` wrote; NULL stands for NaN, which SQLite does not have."""
    return math.nan if text is None else float(text)


def by_owner(
    connection: sa.Connection, query: Query, owner: sa.Column[Any], owners: Sequence[Any]
) -> dict[Any, list[list[Any]]]:
    """Return the rows of a query whose first column is `owner`, grouped by it, for many owners at once.

    The owner's column is left out of the rows.
    """
    grouped: dict[Any, list[list[Any]]] = defaultdict(list)
    for chunk in _chunks(owners):
        for key, *row in fetched(connection, query.where(owner.in_(chunk))):
            grouped[key].append(row)
    return grouped


def tags_by_owner(connection: sa.Connection, table: sa.Table, owners: Sequence[Any]) -> dict[Any, dict[str, str]]:
    """Return the tags of many owners as dicts sorted by key; `table` has owner, key and value."""
    owner = table.c[0]
    query = sa.select(owner, table.c.key, table.c.value).order_by(owner, table.c.key)
    return {key: dict(rows) for key, rows in by_owner(connection, query, owner, owners).items()}


def experiment_of(root: Path, row: Mapping[str, Any], tags: Mapping[str, str]) -> Experiment:
    """Return an experiment from its row and tags."""
    return Experiment(
        experiment_id=str(row["experiment_id"]),
        name=row["name"],
        artifact_location=absolute_location(root, row["artifact_location"]),
        lifecycle_stage=row["lifecycle_stage"],
        tags=dict(tags),
        creation_time=row["creation_time"],
        last_update_time=row["last_update_time"],
    )


def run_info_of(root: Path, row: Sequence[Any]) -> RunInfo:
    """Return a run's own attributes from a row of `RUN_COLUMNS`."""
    _, run_id, experiment_id, user_id, status, start, end, lifecycle_stage, artifact_uri, run_name, location = row
    return RunInfo(
        run_id=run_id,
        experiment_id=str(experiment_id),
        user_id=user_id,
        status=status,
        start_time=start,
        end_time=end,
        lifecycle_stage=lifecycle_stage,
        artifact_uri=run_artifact_uri(root, artifact_uri, location, run_id),
        run_name=run_name,
    )


def runs_of(connection: sa.Connection, root: Path, rows: Sequence[Sequence[Any]]) -> list[Run]:
    """Return whole runs from rows of `RUN_COLUMNS`, in their order: one query per kind of thing, not per run."""
    ids = [row[0] for row in rows]
    metrics = _metrics(connection, ids)
    params = by_owner(connection, sa.select(*s.params.c).order_by(s.params.c.run, s.params.c.key), s.params.c.run, ids)
    tags = by_owner(connection, sa.select(*s.tags.c).order_by(s.tags.c.run, s.tags.c.key), s.tags.c.run, ids)
    datasets = _datasets(connection, ids)
    models = by_owner(connection, sa.select(*s.model_io.c).order_by(*s.model_io.c), s.model_io.c.run, ids)
    return [
        Run(
            info=run_info_of(root, row),
            data=RunData(
                metrics=metrics.get(row[0], ()),
                params=[Param(key, value) for key, value in params.get(row[0], ())],
                tags=[RunTag(key, value) for key, value in tags.get(row[0], ())],
            ),
            inputs=RunInputs(
                dataset_inputs=datasets.get(row[0], []),
                model_inputs=[LoggedModelInput(model_id) for model_id, out, _ in models.get(row[0], ()) if not out],
            ),
            outputs=RunOutputs(
                [LoggedModelOutput(model_id, step) for model_id, out, step in models.get(row[0], ()) if out]
            ),
        )
        for row in rows
    ]


def now_ms() -> int:
    """Return the present time in ms UTC."""
    return time.time_ns() // 1_000_000


def _metrics(connection: sa.Connection, runs: Sequence[int]) -> dict[int, list[Metric]]:
    latest = s.latest_metrics.c
    query = sa.select(latest.run, latest.key, exact(latest.value), latest.timestamp, latest.step)
    grouped = by_owner(connection, query.order_by(latest.run, latest.key), latest.run, runs)
    return {
        run: [Metric(key, float_of(value), timestamp, step) for key, value, timestamp, step in rows]
        for run, rows in grouped.items()
    }


def _datasets(connection: sa.Connection, runs: Sequence[int]) -> dict[int, list[DatasetInput]]:
    data = s.datasets.c
    query = (
        sa.select(
            s.inputs.c.run,
            s.inputs.c.tags,
            data.name,
            data.digest,
            data.source_type,
            data.source,
            data.schema,
            data.profile,
        )
        .join(s.datasets, data.dataset == s.inputs.c.dataset)
        .order_by(s.inputs.c.run, s.inputs.c.dataset)
    )
    grouped = by_owner(connection, query, s.inputs.c.run, runs)
    return {
        run: [
            DatasetInput(Dataset(*fields), [InputTag(key, value) for key, value in json.loads(tags).items()])
            for tags, *fields in rows
        ]
        for run, rows in grouped.items()
    }


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
