"""Where the files of a model version are, kept so that a store that was moved still finds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import sqlalchemy as sa

from jupyter_tracker.entities import LifecycleStage
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.sql.locations import absolute_location, model_artifact_uri, run_artifact_uri
from jupyter_tracker.store.sql.schema import experiments, logged_models, model_aliases, model_versions, runs

_LOGGED_MODEL = re.compile(r"^models:/+(m-[^/@]+)/*$")
_VERSION = re.compile(r"^models:/+([^/@]+)/(\d{1,18})$")
_ALIAS = re.compile(r"^models:/+([^/@]+)@([^/@]+)$")
_RUN = re.compile(r"^runs:/+([^/]+)/?(.*)$")


@dataclass(frozen=True, slots=True)
class Source:
    """What a source stands for.

    `location` is a logged model's URI or a path relative to the store, None where the source says all itself.
    """

    location: str | None = None
    run_id: str | None = None
    model_id: str | None = None


def source_of(connection: sa.Connection, root: Path, source: str, model_id: str | None) -> Source:
    """Return what the source of a new model version stands for.

    Raises
    ------
    InvalidParameterError
        The source is empty, or a ``models:/`` URI of what is not in this store.
    """
    if not source:
        raise InvalidParameterError("A model version needs a source: the URI or path of the model's files.")
    if source.startswith("models:/"):
        return _of_model(connection, source)
    logged = _logged_by_run(connection, source) if model_id is None else None
    if logged is not None:
        return logged
    run_id = _source_run(connection, model_id) if model_id else None
    return Source(_inside(root, source), run_id, model_id)


def recorded_name(source: str, found: Source, run_id: str | None) -> str:
    """Return what the history calls a source: by the ids of a logged model or a run, where it is the files of one.

    Whoever reads the history has no business with folders of the machine that the files are on.
    """
    if source.startswith(("models:/", "runs:/")):
        return source
    if found.model_id is not None:
        return f"models:/{found.model_id}"
    if run_id is not None:
        _, is_of_run, path = source.partition(f"/{run_id}/artifacts/")
        if is_of_run:
            return f"runs:/{run_id}/{path}"
    return found.location or source


def download_uri(connection: sa.Connection, root: Path, location: str | None, source: str) -> str:
    """Return where the files of a version are now, from its stored location and its source."""
    if location is None:
        return _of_run(connection, root, source) or source
    model = _LOGGED_MODEL.match(location)
    if model is None:
        return absolute_location(root, location)
    stored = connection.execute(
        sa.select(logged_models.c.artifact_location, experiments.c.artifact_location)
        .join(experiments, experiments.c.experiment_id == logged_models.c.experiment_id)
        .where(logged_models.c.model_id == model[1])
    ).one()
    return model_artifact_uri(root, stored[0], stored[1], model[1])


def _of_model(connection: sa.Connection, source: str) -> Source:
    model, version, alias = _LOGGED_MODEL.match(source), _VERSION.match(source), _ALIAS.match(source)
    if model:
        known = sa.select(logged_models.c.model_id).where(logged_models.c.model_id == model[1])
        if connection.execute(known).scalar() is not None:
            return Source(f"models:/{model[1]}", _source_run(connection, model[1]), model[1])
    mv = model_versions.c
    query = sa.select(mv.storage_location, mv.source, mv.run_id, mv.model_id)
    if version:
        query = query.where(mv.name == unquote(version[1]), mv.version == int(version[2]))
    elif alias:
        query = query.join(
            model_aliases, sa.and_(model_aliases.c.name == mv.name, model_aliases.c.version == mv.version)
        ).where(mv.name == unquote(alias[1]), model_aliases.c.alias == alias[2])
    row = connection.execute(query).one_or_none() if version or alias else None
    if row is None:
        raise InvalidParameterError(
            f"Unable to fetch model from model URI source artifact location {source!r}: this store has no such model. "
            "models:/<model id>, models:/<name>/<version> and models:/<name>@<alias> are understood."
        )
    return Source(row[0] or row[1], row[2], row[3])


def _logged_by_run(connection: sa.Connection, source: str) -> Source | None:
    """Return the logged model that ``runs:/<run_id>/<name>`` means, the newest of that name, or None.

    A model in another experiment than the run is not meant: who may write there need not be who may write to the run.
    """
    match = _RUN.match(source)
    if match is None or not match[2]:
        return None
    found = logged_models.c
    is_elsewhere = sa.exists().where(runs.c.run_id == found.source_run_id, runs.c.experiment_id != found.experiment_id)
    query = (
        sa.select(found.model_id)
        .where(
            found.source_run_id == match[1],
            found.name == match[2].rstrip("/"),
            found.lifecycle_stage == LifecycleStage.ACTIVE,
            ~is_elsewhere,
        )
        .order_by(found.creation_timestamp.desc())
        .limit(1)
    )
    model_id: str | None = connection.execute(query).scalar()
    return None if model_id is None else Source(f"models:/{model_id}", match[1], model_id)


def _source_run(connection: sa.Connection, model_id: str) -> str | None:
    query = sa.select(logged_models.c.source_run_id).where(logged_models.c.model_id == model_id)
    run_id: str | None = connection.execute(query).scalar()
    return run_id


def _of_run(connection: sa.Connection, root: Path, source: str) -> str | None:
    match = _RUN.match(source)
    if match is None:
        return None
    row = connection.execute(
        sa.select(runs.c.artifact_uri, experiments.c.artifact_location)
        .join(experiments, experiments.c.experiment_id == runs.c.experiment_id)
        .where(runs.c.run_id == match[1])
    ).one_or_none()
    if row is None:
        return None
    base = run_artifact_uri(root, row[0], row[1], match[1])
    return f"{base}/{match[2]}" if match[2] else base


def _inside(root: Path, source: str) -> str | None:
    """Return an absolute path or file URI relative to the store's folder, None where it is not inside."""
    try:
        parts = urlsplit(source)
    except ValueError:  # `s3://[`: a source is whatever somebody has written
        return None
    text = url2pathname(parts.path) if parts.scheme == "file" and parts.netloc in {"", "localhost"} else source
    path = Path(text)
    if not path.is_absolute() or ".." in path.parts or not path.is_relative_to(root):
        return None
    return path.relative_to(root).as_posix()
