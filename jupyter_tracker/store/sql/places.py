"""Where each field of `search/fields.py` lies in the database.

To add a field: a column in the noun's `Place` here, and its row in `search/fields.py`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.constructs import has_scheme


@dataclass(frozen=True)
class Satellite:
    """A table of keys and values that belong to the searched noun; `joins` are its columns and the noun's."""

    table: sa.Table
    joins: tuple[tuple[str, sa.Column[Any]], ...]


@dataclass(frozen=True)
class Place:
    """Where the fields of one noun lie: its own columns, and satellite tables by entity.

    `absent_differs` are tag keys whose absence satisfies ``!=``: MLflow's client appends such a clause. `looked_up`
    where the satellites' rows are to be found row by row, for an answer that has few.
    """

    attributes: Mapping[str, sa.ColumnElement[Any]]
    satellites: Mapping[str, Satellite]
    absent_differs: frozenset[str] = field(default=frozenset())
    looked_up: bool = False


_RUN = (("run", s.runs.c.run),)

# Without `artifact_uri`, which depends on where the store lies: `runs_of_store` adds it.
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
        "lifecycle_stage": s.logged_models.c.lifecycle_stage,
        "creation_timestamp": s.logged_models.c.creation_timestamp,
        "last_updated_timestamp": s.logged_models.c.last_updated_timestamp,
    },
    {
        "metric": Satellite(s.logged_model_metrics, _MODEL),
        "param": Satellite(s.logged_model_params, _MODEL),
        "tag": Satellite(s.logged_model_tags, _MODEL),
    },
)


@lru_cache(16)
def runs_of_store(root: Path) -> Place:
    """Return where the fields of runs lie, with `artifact_uri`, which depends on where the store lies."""
    own = _absolute(root, s.runs.c.artifact_uri)
    home = sa.select(_absolute(root, s.experiments.c.artifact_location)).where(
        s.experiments.c.experiment_id == s.runs.c.experiment_id
    )
    uri = sa.func.coalesce(own, home.correlate(s.runs).scalar_subquery() + "/" + s.runs.c.run_id + "/artifacts")
    return replace(RUNS, attributes={**RUNS.attributes, "artifact_uri": uri})


def _absolute(root: Path, column: sa.Column[str]) -> sa.ColumnElement[str]:
    # `locations.absolute_location` in SQL.
    return sa.case((has_scheme(column), column), else_=sa.literal(root.as_uri() + "/") + column)
