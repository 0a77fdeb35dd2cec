"""Logged models: models with an id of their own, made by a run or without one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import LifecycleStage, LoggedModel, LoggedModelStatus, PagedList, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.names import random_name
from jupyter_tracker.errors import InvalidFilterError, InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.search.tree import Name, leaves
from jupyter_tracker.store.sql import filters, places
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.dialects import put
from jupyter_tracker.store.sql.experiments import active_experiment, numbers_of
from jupyter_tracker.store.sql.fetching import Query, fetched, tags_by_owner
from jupyter_tracker.store.sql.locations import model_artifact_uri
from jupyter_tracker.store.sql.logged_model_metrics import latest_of, metrics_of, no_model
from jupyter_tracker.store.sql.paging import page_of
from jupyter_tracker.store.sql.schema import (
    experiments,
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
)

_MODELS = sa.join(logged_models, experiments, experiments.c.experiment_id == logged_models.c.experiment_id)
# MLflow's, so that a name is one part of a path and of a URI.
_STAGE = Name("attribute", "lifecycle_stage")
_COLUMNS = (
    logged_models.c.model_id,
    logged_models.c.experiment_id,
    logged_models.c.name,
    logged_models.c.artifact_location,
    experiments.c.artifact_location.label("experiment_location"),
    logged_models.c.creation_timestamp,
    logged_models.c.last_updated_timestamp,
    logged_models.c.model_type,
    logged_models.c.source_run_id,
    logged_models.c.status,
    logged_models.c.status_message,
)


def create_logged_model(
    store: SqlAccess,
    experiment_id: str,
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    model_type: str | None = None,
) -> LoggedModel:
    """See `Store.create_logged_model`."""
    model_id = f"m-{uuid.uuid4().hex}"
    name = limits.check_logged_model_name(name) if name is not None else random_name()
    limits.check_entries(tags or {}, "Tag", limits.MAX_TAG_VALUE)
    limits.check_entries(params or {}, "Param", limits.MAX_PARAM_VALUE)
    now = now_ms()
    with store.write() as connection:
        connection.execute(
            sa.insert(logged_models).values(
                model_id=model_id,
                experiment_id=active_experiment(connection, experiment_id),
                name=name,
                creation_timestamp=now,
                last_updated_timestamp=now,
                model_type=model_type,
                source_run_id=source_run_id,
                status=LoggedModelStatus.PENDING,
                lifecycle_stage=LifecycleStage.ACTIVE,
            )
        )
        _put(connection, logged_model_tags, model_id, tags or {})
        _put(connection, logged_model_params, model_id, params or {})
        return _one(connection, store.root, model_id)


def get_logged_model(store: SqlAccess, model_id: str) -> LoggedModel:
    """See `Store.get_logged_model`."""
    with store.read() as connection:
        return _one(connection, store.root, model_id)


def finalize_logged_model(
    store: SqlAccess, model_id: str, status: str, status_message: str | None = None
) -> LoggedModel:
    """See `Store.finalize_logged_model`."""
    if status not in {LoggedModelStatus.READY, LoggedModelStatus.FAILED}:
        raise InvalidParameterError(f"Invalid model status {status!r}: READY or FAILED is expected.")
    with store.write() as connection:
        _change(connection, model_id, status=status, status_message=status_message)
        return _one(connection, store.root, model_id)


def delete_logged_model(store: SqlAccess, model_id: str) -> None:
    """See `Store.delete_logged_model`."""
    with store.write() as connection:
        _change(connection, model_id, lifecycle_stage=LifecycleStage.DELETED)


def set_logged_model_tags(store: SqlAccess, model_id: str, tags: Mapping[str, str]) -> None:
    """See `Store.set_logged_model_tags`."""
    limits.check_entries(tags, "Tag", limits.MAX_TAG_VALUE)
    with store.write() as connection:
        _change(connection, model_id)
        _put(connection, logged_model_tags, model_id, tags)


def delete_logged_model_tag(store: SqlAccess, model_id: str, key: str) -> None:
    """See `Store.delete_logged_model_tag`."""
    with store.write() as connection:
        _change(connection, model_id)
        table = logged_model_tags.c
        gone = connection.execute(sa.delete(logged_model_tags).where(table.model_id == model_id, table.key == key))
        if not gone.rowcount:
            raise ResourceDoesNotExistError(f"No tag with key {key!r} found for logged model with id {model_id!r}.")


def log_logged_model_params(store: SqlAccess, model_id: str, params: Mapping[str, str]) -> None:
    """See `Store.log_logged_model_params`."""
    limits.check_entries(params, "Param", limits.MAX_PARAM_VALUE)
    table = logged_model_params.c
    with store.write() as connection:
        _change(connection, model_id)
        query = sa.select(table.key, table.value).where(table.model_id == model_id)
        known: dict[str, str] = dict(map(tuple, connection.execute(query)))
        for key, value in params.items():
            if known.get(key, value) != value:
                raise InvalidParameterError(
                    f"Changing param values is not allowed. Param {key!r} of logged model {model_id!r} is "
                    f"{known[key]!r}; {value!r} was given."
                )
        _put(connection, logged_model_params, model_id, params)


def search_logged_models(
    store: SqlAccess,
    experiment_ids: Sequence[str],
    filter_string: str | None = None,
    max_results: int = 100,
    order_by: Sequence[Mapping[str, object]] | None = None,
    page_token: str | None = None,
) -> PagedList[LoggedModel]:
    """See `Store.search_logged_models`."""
    limits.check_max_results(max_results)
    tree = parse_filter(filter_string, fields.LOGGED_MODELS)
    query = (
        sa.select(*_COLUMNS)
        .select_from(_MODELS)
        .where(
            logged_models.c.experiment_id.in_(numbers_of(experiment_ids)),
            filters.where(tree, places.LOGGED_MODELS),
        )
    )
    if _STAGE not in {leaf.name for leaf in leaves(tree)}:
        query = query.where(logged_models.c.lifecycle_stage == LifecycleStage.ACTIVE)
    for entry in order_by or ():
        query = _ordered(query, entry)
    query = query.order_by(logged_models.c.creation_timestamp.desc(), logged_models.c.model_id)
    with store.read() as connection:
        rows, token = page_of(connection, query, max_results, page_token)
        return PagedList(_models_of(connection, store.root, rows), token)


def _ordered(query: Query, entry: Mapping[str, object]) -> Query:
    unknown = set(entry) - {"field_name", "ascending", "dataset_name", "dataset_digest"}
    if "field_name" not in entry or unknown:
        raise InvalidFilterError(
            f"Invalid order_by clause {dict(entry)!r}. Could not be parsed: its keys are field_name, ascending, "
            "dataset_name and dataset_digest."
        )
    (ordering,) = parse_order([str(entry["field_name"])], fields.LOGGED_MODELS)
    ascending = bool(entry.get("ascending", True))
    if ordering.name.entity != "metric":
        return filters.order_by(query, [type(ordering)(ordering.name, ascending)], places.LOGGED_MODELS)
    value = latest_of(ordering.name, entry, logged_model_metrics.c.value)
    is_nan = latest_of(ordering.name, entry, logged_model_metrics.c.is_nan)
    rank = sa.case((value.is_not(None), 0), (is_nan, 1), else_=2)
    return query.order_by(rank, value.asc() if ascending else value.desc())


def _one(connection: sa.Connection, root: Path, model_id: str) -> LoggedModel:
    query = (
        sa.select(*_COLUMNS)
        .select_from(_MODELS)
        .where(logged_models.c.model_id == model_id, logged_models.c.lifecycle_stage == LifecycleStage.ACTIVE)
    )
    found = _models_of(connection, root, fetched(connection, query))
    if not found:
        raise no_model(model_id)
    return found[0]


def _models_of(connection: sa.Connection, root: Path, rows: Sequence[Sequence[Any]]) -> list[LoggedModel]:
    ids = [row[0] for row in rows]
    tags = tags_by_owner(connection, logged_model_tags, ids)
    params = tags_by_owner(connection, logged_model_params, ids)
    metrics = metrics_of(connection, ids)
    models = []
    for model_id, experiment_id, name, location, experiment_location, created, updated, *rest in rows:
        model_type, source_run_id, status, status_message = rest
        models.append(
            LoggedModel(
                experiment_id=str(experiment_id),
                model_id=model_id,
                name=name,
                artifact_location=model_artifact_uri(root, location, experiment_location, model_id),
                creation_timestamp=created,
                last_updated_timestamp=updated,
                model_type=model_type,
                source_run_id=source_run_id,
                status=status,
                status_message=status_message,
                tags=tags.get(model_id, {}),
                params=params.get(model_id, {}),
                metrics=metrics.get(model_id, []),
            )
        )
    return models


def _change(connection: sa.Connection, model_id: str, **values: Any) -> None:
    changed = connection.execute(
        sa.update(logged_models)
        .where(logged_models.c.model_id == model_id, logged_models.c.lifecycle_stage == LifecycleStage.ACTIVE)
        .values(last_updated_timestamp=now_ms(), **values)
    )
    if not changed.rowcount:
        raise no_model(model_id)


def _put(connection: sa.Connection, table: sa.Table, model_id: str, entries: Mapping[str, str]) -> None:
    put(connection, table, [{"model_id": model_id, "key": key, "value": value} for key, value in entries.items()])
