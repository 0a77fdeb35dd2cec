"""Rows of the database to experiments and runs: one query per kind of thing, not per run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
from jupyter_tracker.store.sql.fetching import by_owner, exact, float_of, owned
from jupyter_tracker.store.sql.locations import absolute_location, run_artifact_uri

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
)

_HOMES = owned(sa.select(s.experiments.c.experiment_id, s.experiments.c.artifact_location))
_PARAMS = owned(sa.select(*s.params.c).order_by(s.params.c.run, s.params.c.key))
_TAGS = owned(sa.select(*s.tags.c).order_by(s.tags.c.run, s.tags.c.key))
_MODELS = owned(sa.select(*s.model_io.c).order_by(*s.model_io.c))
_LATEST = owned(
    sa.select(
        s.latest_metrics.c.run,
        s.latest_metrics.c.key,
        exact(s.latest_metrics.c.value),
        s.latest_metrics.c.timestamp,
        s.latest_metrics.c.step,
    ).order_by(s.latest_metrics.c.run, s.latest_metrics.c.key)
)
_DATASETS = owned(
    sa.select(
        s.inputs.c.run,
        s.inputs.c.tags,
        s.datasets.c.name,
        s.datasets.c.digest,
        s.datasets.c.source_type,
        s.datasets.c.source,
        s.datasets.c.schema,
        s.datasets.c.profile,
    )
    .join(s.datasets, s.datasets.c.dataset == s.inputs.c.dataset)
    .order_by(s.inputs.c.run, s.inputs.c.dataset)
)


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


def _info(root: Path, row: Sequence[Any], homes: Mapping[int, str]) -> RunInfo:
    _, run_id, experiment_id, user_id, status, start, end, lifecycle_stage, artifact_uri, run_name = row
    own = absolute_location(root, artifact_uri) if artifact_uri else None
    return RunInfo(
        run_id=run_id,
        experiment_id=str(experiment_id),
        user_id=user_id,
        status=status,
        start_time=start,
        end_time=end,
        lifecycle_stage=lifecycle_stage,
        artifact_uri=own or run_artifact_uri(root, None, homes[experiment_id], run_id),
        run_name=run_name,
    )


def runs_of(connection: sa.Connection, root: Path, rows: Sequence[Sequence[Any]]) -> list[Run]:
    """Return whole runs from rows of `RUN_COLUMNS`, in their order: one query per kind of thing, not per run."""
    ids = [row[0] for row in rows]
    homes = _homes(connection, root, sorted({row[2] for row in rows}))
    metrics = _metrics(connection, ids)
    params = by_owner(connection, _PARAMS, ids)
    tags = by_owner(connection, _TAGS, ids)
    datasets = _datasets(connection, ids)
    models = by_owner(connection, _MODELS, ids)
    return [
        Run(
            info=_info(root, row, homes),
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


def _homes(connection: sa.Connection, root: Path, experiments: Sequence[int]) -> dict[int, str]:
    grouped = by_owner(connection, _HOMES, experiments)
    # Made absolute once for all runs of an experiment.
    return {experiment: absolute_location(root, rows[0][0]) for experiment, rows in grouped.items()}


def _metrics(connection: sa.Connection, runs: Sequence[int]) -> dict[int, list[Metric]]:
    grouped = by_owner(connection, _LATEST, runs)
    return {
        run: [Metric(key, float_of(value), timestamp, step) for key, value, timestamp, step in rows]
        for run, rows in grouped.items()
    }


def _datasets(connection: sa.Connection, runs: Sequence[int]) -> dict[int, list[DatasetInput]]:
    grouped = by_owner(connection, _DATASETS, runs)
    return {
        run: [
            DatasetInput(Dataset(*fields), [InputTag(key, value) for key, value in json.loads(tags).items()])
            for tags, *fields in rows
        ]
        for run, rows in grouped.items()
    }
