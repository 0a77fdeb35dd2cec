"""Rows of the database to experiments and runs: one query for a page of runs, with all that they have logged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

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
from jupyter_tracker.store.sql.constructs import exact, json_gathered, json_list, json_mapping
from jupyter_tracker.store.sql.fetching import Query, float_of
from jupyter_tracker.store.sql.locations import Homes, absolute_location

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
_WIDTH = len(RUN_COLUMNS) + 1  # and the experiment's location

_LATEST = s.latest_metrics


Shape: TypeAlias = Literal["whole", "keyed"]
"""What a row of a page has: all of a run; or, without inputs and outputs, only the keys that are the parameters
``metrics``, ``params`` and ``tags``."""


def runs_in_json(page: Query, shape: Shape = "whole") -> Query:
    """Return the query for a page of runs, which has `RUN_COLUMNS`, as one text of JSON, for `runs_of`."""
    run = page.subquery("page").c
    home = sa.select(s.experiments.c.artifact_location).where(s.experiments.c.experiment_id == run.experiment_id)
    point = json_list(exact(_LATEST.c.value, _LATEST.c.is_nan), _LATEST.c.timestamp, _LATEST.c.step)
    logged = [
        sa.select(json_mapping(table.c.key, what)).where(table.c.run == run.run, _wanted(table, name, shape))
        for table, name, what in (
            (_LATEST, "metrics", point),
            (s.params, "params", s.params.c.value),
            (s.tags, "tags", s.tags.c.value),
        )
    ]
    if shape == "whole":
        logged += [_inputs_of(run), _models_of(run)]
    parts = [query.scalar_subquery() for query in (home, *logged)]
    return sa.select(json_gathered(json_list(*run, *parts)))


def _wanted(table: sa.Table, name: str, shape: Shape) -> sa.ColumnElement[bool]:
    return table.c.key.in_(sa.bindparam(name, expanding=True)) if shape == "keyed" else sa.true()


def _inputs_of(run: Any) -> Query:
    own = s.datasets.c
    columns = (s.inputs.c.tags, own.name, own.digest, own.source_type, own.source, own.schema, own.profile)
    joined = s.datasets.c.dataset == s.inputs.c.dataset
    return sa.select(json_gathered(json_list(s.inputs.c.dataset, *columns))).where(joined, s.inputs.c.run == run.run)


def _models_of(run: Any) -> Query:
    own = s.model_io.c
    return sa.select(json_gathered(json_list(own.model_id, own.is_output, own.step))).where(own.run == run.run)


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


def runs_of(root: Path, rows: Sequence[Sequence[Any]]) -> list[Run]:
    """Return runs from the rows of `runs_in_json`, in their order."""
    homes = Homes(root)
    return [_run(homes, row) for row in rows]


def _run(homes: Homes, row: Sequence[Any]) -> Run:
    info, (metrics, params, tags, *rest) = row[:_WIDTH], row[_WIDTH:]
    inputs, models = rest or ([], [])
    return Run(
        info=_info(homes, info),
        data=RunData(
            metrics=[
                Metric(key, float_of(value), timestamp, step)
                for key, (value, timestamp, step) in sorted(metrics.items())
            ],
            params=[Param(key, value) for key, value in sorted(params.items())],
            tags=[RunTag(key, value) for key, value in sorted(tags.items())],
        ),
        inputs=RunInputs(
            dataset_inputs=[
                DatasetInput(Dataset(*fields), [InputTag(key, value) for key, value in json.loads(labels).items()])
                for _, labels, *fields in sorted(inputs)
            ],
            model_inputs=[LoggedModelInput(model_id) for model_id, is_output, _ in sorted(models) if not is_output],
        ),
        outputs=RunOutputs(
            [LoggedModelOutput(model_id, step) for model_id, is_output, step in sorted(models) if is_output]
        ),
    )


def _info(homes: Homes, row: Sequence[Any]) -> RunInfo:
    _, run_id, experiment_id, user_id, status, start, end, lifecycle_stage, artifact_uri, run_name, home = row
    return RunInfo(
        run_id=run_id,
        experiment_id=str(experiment_id),
        user_id=user_id,
        status=status,
        start_time=start,
        end_time=end,
        lifecycle_stage=lifecycle_stage,
        artifact_uri=homes.uri(artifact_uri, home, run_id),
        run_name=run_name,
    )
