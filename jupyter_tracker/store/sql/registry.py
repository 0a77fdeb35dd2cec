"""Registered models, their tags and aliases. Versions are in `model_versions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import ModelVersion, PagedList, RegisteredModel, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.registry import check_stage
from jupyter_tracker.entities.registry_event import Action, Change
from jupyter_tracker.errors import InvalidParameterError, ResourceAlreadyExistsError
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.store.sql import filters, places
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.dialects import put
from jupyter_tracker.store.sql.fetching import by_owner, fetched, owned, tags_by_owner
from jupyter_tracker.store.sql.paging import page_of
from jupyter_tracker.store.sql.registry_events import record
from jupyter_tracker.store.sql.registry_rows import (
    VERSION_COLUMNS,
    check_tags,
    no_model,
    one_version,
    tag_value,
    touch_model,
    versions_of,
)
from jupyter_tracker.store.sql.schema import model_aliases, model_versions, registered_model_tags, registered_models

_MAX_RESULTS = 1000
_ALIASES = owned(
    sa.select(model_aliases.c.name, model_aliases.c.alias, model_aliases.c.version).order_by(model_aliases.c.alias)
)
_newest = (
    sa.select(model_versions.c.name, sa.func.max(model_versions.c.version).label("version"))
    .group_by(model_versions.c.name, model_versions.c.current_stage)
    .subquery()
)
_LATEST = owned(
    sa.select(model_versions.c.name.label("owner"), *VERSION_COLUMNS)
    .join(_newest, sa.and_(_newest.c.name == model_versions.c.name, _newest.c.version == model_versions.c.version))
    .order_by(model_versions.c.name, model_versions.c.version)
)


def create_registered_model(
    store: SqlAccess, name: str, tags: Mapping[str, str] | None = None, description: str | None = None
) -> RegisteredModel:
    """See `Store.create_registered_model`."""
    limits.check_model_name(name)
    check_tags(tags or {})
    with store.write() as connection:
        _refuse_taken(connection, name)
        now = now_ms()
        connection.execute(
            sa.insert(registered_models).values(
                name=name, creation_timestamp=now, last_updated_timestamp=now, description=description
            )
        )
        if tags:
            rows = [{"name": name, "key": key, "value": value} for key, value in tags.items()]
            connection.execute(sa.insert(registered_model_tags), rows)
        record(connection, Change(Action.CREATE_MODEL, name, after=description), *_tags_set(name, tags or {}))
        return _one(connection, name)


def get_registered_model(store: SqlAccess, name: str) -> RegisteredModel:
    """See `Store.get_registered_model`."""
    with store.read() as connection:
        return _one(connection, name)


def search_registered_models(
    store: SqlAccess,
    filter_string: str | None = None,
    max_results: int = 100,
    order_by: Sequence[str] | None = None,
    page_token: str | None = None,
) -> PagedList[RegisteredModel]:
    """See `Store.search_registered_models`."""
    limits.check_max_results(max_results, _MAX_RESULTS)
    tree = parse_filter(filter_string, fields.REGISTERED_MODELS)
    orderings = parse_order(order_by, fields.REGISTERED_MODELS)
    query = sa.select(*registered_models.c).where(filters.where(tree, places.REGISTERED_MODELS))
    query = filters.order_by(query, orderings, places.REGISTERED_MODELS).order_by(registered_models.c.name)
    with store.read() as connection:
        rows, token = page_of(connection, query, max_results, page_token)
        return PagedList(_models_of(connection, rows), token)


def update_registered_model(store: SqlAccess, name: str, description: str | None) -> RegisteredModel:
    """See `Store.update_registered_model`."""
    with store.write() as connection:
        before = _one(connection, name).description
        touch_model(connection, name, description=description)
        record(connection, Change(Action.UPDATE_MODEL, name, before=before, after=description))
        return _one(connection, name)


def rename_registered_model(store: SqlAccess, name: str, new_name: str) -> RegisteredModel:
    """See `Store.rename_registered_model`."""
    limits.check_model_name(new_name)
    with store.write() as connection:
        if new_name != name:
            _refuse_taken(connection, new_name)
        touch_model(connection, name)
        # Versions, tags and aliases follow by ON UPDATE CASCADE.
        connection.execute(sa.update(registered_models).where(registered_models.c.name == name).values(name=new_name))
        connection.execute(
            sa.update(model_versions).where(model_versions.c.name == new_name).values(last_updated_timestamp=now_ms())
        )
        if new_name != name:
            record(connection, Change(Action.RENAME_MODEL, new_name, before=name, after=new_name))
        return _one(connection, new_name)


def delete_registered_model(store: SqlAccess, name: str) -> None:
    """See `Store.delete_registered_model`."""
    versions = sa.select(model_versions.c.version, model_versions.c.current_stage).where(model_versions.c.name == name)
    with store.write() as connection:
        stages = connection.execute(versions.order_by(model_versions.c.version)).all()
        gone = connection.execute(sa.delete(registered_models).where(registered_models.c.name == name))
        if not gone.rowcount:
            raise no_model(name)
        had = ", ".join(f"{version} ({stage})" for version, stage in stages)
        record(connection, Change(Action.DELETE_MODEL, name, before=had or None))


def set_registered_model_tag(store: SqlAccess, name: str, key: str, value: str) -> None:
    """See `Store.set_registered_model_tag`."""
    check_tags({key: value})
    with store.write() as connection:
        touch_model(connection, name)
        before = tag_value(connection, registered_model_tags, name=name, key=key)
        put(connection, registered_model_tags, [{"name": name, "key": key, "value": value}])
        record(connection, Change(Action.SET_MODEL_TAG, name, key=key, before=before, after=value))


def delete_registered_model_tag(store: SqlAccess, name: str, key: str) -> None:
    """See `Store.delete_registered_model_tag`."""
    table = registered_model_tags.c
    with store.write() as connection:
        touch_model(connection, name)
        before = tag_value(connection, registered_model_tags, name=name, key=key)
        gone = connection.execute(sa.delete(registered_model_tags).where(table.name == name, table.key == key))
        if gone.rowcount:
            record(connection, Change(Action.DELETE_MODEL_TAG, name, key=key, before=before))


def get_latest_versions(store: SqlAccess, name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
    """See `Store.get_latest_versions`."""
    wanted = [check_stage(stage) for stage in stages] if stages else None
    with store.read() as connection:
        latest = _one(connection, name).latest_versions
    return [version for version in latest if wanted is None or version.current_stage in wanted]


def set_registered_model_alias(store: SqlAccess, name: str, alias: str, version: str) -> None:
    """See `Store.set_registered_model_alias`."""
    limits.check_alias(alias)
    with store.write() as connection:
        number = int(one_version(connection, name, version).version)
        before = _pointed_at(connection, name, alias)
        put(connection, model_aliases, [{"name": name, "alias": alias, "version": number}])
        touch_model(connection, name)
        record(connection, Change(Action.SET_ALIAS, name, str(number), alias, before, str(number)))


def delete_registered_model_alias(store: SqlAccess, name: str, alias: str) -> None:
    """See `Store.delete_registered_model_alias`."""
    with store.write() as connection:
        touch_model(connection, name)
        before = _pointed_at(connection, name, alias)
        connection.execute(sa.delete(model_aliases).where(model_aliases.c.name == name, model_aliases.c.alias == alias))
        if before is not None:
            record(connection, Change(Action.DELETE_ALIAS, name, before, alias, before))


def get_model_version_by_alias(store: SqlAccess, name: str, alias: str) -> ModelVersion:
    """See `Store.get_model_version_by_alias`."""
    with store.read() as connection:
        found = _one(connection, name).aliases
        if alias not in found:
            raise InvalidParameterError(
                f"Registered model alias {alias!r} not found: {name!r} has {sorted(found) or 'no aliases'}."
            )
        return one_version(connection, name, found[alias])


def _tags_set(name: str, tags: Mapping[str, str]) -> list[Change]:
    return [Change(Action.SET_MODEL_TAG, name, key=key, after=value) for key, value in tags.items()]


def _pointed_at(connection: sa.Connection, name: str, alias: str) -> str | None:
    table = model_aliases.c
    found = connection.execute(sa.select(table.version).where(table.name == name, table.alias == alias)).scalar()
    return None if found is None else str(found)


def _refuse_taken(connection: sa.Connection, name: str) -> None:
    if connection.execute(sa.select(registered_models.c.name).where(registered_models.c.name == name)).first():
        raise ResourceAlreadyExistsError(f"Registered Model (name={name}) already exists.")


def _one(connection: sa.Connection, name: str) -> RegisteredModel:
    query = sa.select(*registered_models.c).where(registered_models.c.name == name)
    found = _models_of(connection, fetched(connection, query))
    if not found:
        raise no_model(name)
    return found[0]


def _models_of(connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> list[RegisteredModel]:
    names = [row[0] for row in rows]
    tags = tags_by_owner(connection, registered_model_tags, names)
    aliases = by_owner(connection, _ALIASES, names)
    latest = _latest_versions(connection, names)
    return [
        RegisteredModel(
            name=name,
            creation_timestamp=created,
            last_updated_timestamp=updated,
            description=description,
            latest_versions=latest.get(name, []),
            tags=tags.get(name, {}),
            aliases={alias: str(version) for alias, version in aliases.get(name, ())},
        )
        for name, created, updated, description in rows
    ]


def _latest_versions(connection: sa.Connection, names: Sequence[str]) -> dict[str, list[ModelVersion]]:
    grouped = by_owner(connection, _LATEST, names)
    versions = versions_of(connection, [row for rows in grouped.values() for row in rows])
    latest: dict[str, list[ModelVersion]] = {}
    for version in versions:
        latest.setdefault(version.name, []).append(version)
    return latest
