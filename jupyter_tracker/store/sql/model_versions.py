"""Versions of registered models: numbers, stages, tags, and where their files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import ModelVersion, PagedList, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.registry import check_archiving, check_stage
from jupyter_tracker.entities.registry_event import Action, Change
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.store.registry import Seen, check_seen
from jupyter_tracker.store.sql import filters, places
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.dialects import put
from jupyter_tracker.store.sql.fetching import fetched
from jupyter_tracker.store.sql.paging import page_of
from jupyter_tracker.store.sql.registry_events import record
from jupyter_tracker.store.sql.registry_rows import (
    VERSION_COLUMNS,
    check_tags,
    no_version,
    one_version,
    tag_value,
    touch_model,
    version_number,
    versions_of,
)
from jupyter_tracker.store.sql.schema import model_aliases, model_version_tags, model_versions
from jupyter_tracker.store.sql.sources import download_uri, recorded_name, source_of

_MAX_RESULTS = 200_000


def create_model_version(
    store: SqlAccess,
    name: str,
    source: str,
    run_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    run_link: str | None = None,
    description: str | None = None,
    model_id: str | None = None,
) -> ModelVersion:
    """See `Store.create_model_version`."""
    limits.check_model_name(name)
    check_tags(tags or {})
    with store.write() as connection:
        touch_model(connection, name)
        values = {"run_id": run_id, "model_id": model_id, "run_link": run_link, "description": description}
        return insert_version(store, connection, name, source, tags or {}, values)


def insert_version(
    store: SqlAccess,
    connection: sa.Connection,
    name: str,
    source: str,
    tags: Mapping[str, str],
    values: Mapping[str, Any],
) -> ModelVersion:
    """Make the next version of a model, under the write lock, so that two at the same moment get two numbers."""
    found = source_of(connection, store.root, source, values["model_id"])
    highest = sa.select(sa.func.max(model_versions.c.version)).where(model_versions.c.name == name)
    version = (connection.execute(highest).scalar() or 0) + 1
    now = now_ms()
    connection.execute(
        sa.insert(model_versions).values(
            name=name,
            version=version,
            creation_timestamp=now,
            last_updated_timestamp=now,
            description=values.get("description"),
            current_stage="None",
            source=source,
            storage_location=found.location,
            run_id=values["run_id"] or found.run_id,
            model_id=values["model_id"] or found.model_id,
            run_link=values.get("run_link"),
            status="READY",
        )
    )
    number = str(version)
    if tags:
        rows = [{"name": name, "version": version, "key": key, "value": value} for key, value in tags.items()]
        connection.execute(sa.insert(model_version_tags), rows)
    made = one_version(connection, name, number)
    set_tags = [Change(Action.SET_VERSION_TAG, name, number, key, None, value) for key, value in tags.items()]
    called = recorded_name(source, found, made.run_id)
    record(connection, Change(Action.CREATE_VERSION, name, number, after=called, run_id=made.run_id), *set_tags)
    return made


def get_model_version(store: SqlAccess, name: str, version: str) -> ModelVersion:
    """See `Store.get_model_version`."""
    with store.read() as connection:
        return one_version(connection, name, version)


def search_model_versions(
    store: SqlAccess,
    filter_string: str | None = None,
    max_results: int = 10_000,
    order_by: Sequence[str] | None = None,
    page_token: str | None = None,
) -> PagedList[ModelVersion]:
    """See `Store.search_model_versions`."""
    limits.check_max_results(max_results, _MAX_RESULTS)
    tree = parse_filter(filter_string, fields.MODEL_VERSIONS)
    orderings = parse_order(order_by, fields.MODEL_VERSIONS)
    query = sa.select(*VERSION_COLUMNS).where(filters.where(tree, places.MODEL_VERSIONS))
    query = filters.order_by(query, orderings, places.MODEL_VERSIONS)
    if not orderings:
        query = query.order_by(model_versions.c.last_updated_timestamp.desc())
    query = query.order_by(model_versions.c.name, model_versions.c.version.desc())
    with store.read() as connection:
        rows, token = page_of(connection, query, max_results, page_token)
        return PagedList(versions_of(connection, rows), token)


def update_model_version(store: SqlAccess, name: str, version: str, description: str | None) -> ModelVersion:
    """See `Store.update_model_version`."""
    with store.write() as connection:
        before = one_version(connection, name, version)
        _change(connection, name, version, description=description)
        change = Change(Action.UPDATE_VERSION, name, before.version, None, before.description, description)
        record(connection, change)
        return one_version(connection, name, version)


def transition_model_version_stage(
    store: SqlAccess,
    name: str,
    version: str,
    stage: str,
    *,
    archive_existing_versions: bool = False,
    seen: Seen | None = None,
) -> ModelVersion:
    """See `Store.transition_model_version_stage`."""
    stage = check_stage(stage)
    if archive_existing_versions:
        check_archiving(stage)
    with store.write() as connection:
        if seen is not None:
            table = model_versions.c
            query = sa.select(*VERSION_COLUMNS).where(table.name == name, table.current_stage == stage)
            there = versions_of(connection, fetched(connection, query))
            check_seen(one_version(connection, name, version), stage, there, seen)
        move_to_stage(connection, name, version, stage, archive=archive_existing_versions)
        return one_version(connection, name, version)


def move_to_stage(connection: sa.Connection, name: str, version: str, stage: str, *, archive: bool) -> None:
    """Move a version to a stage, and archive the others in it where asked."""
    table = model_versions.c
    moved = one_version(connection, name, version)
    changes = [_moved(moved, stage)]
    number = _change(connection, name, version, current_stage=stage)
    if archive:
        others = sa.and_(table.name == name, table.current_stage == stage, table.version != number)
        query = sa.select(*VERSION_COLUMNS).where(others).order_by(table.version)
        changes += [_moved(other, "Archived") for other in versions_of(connection, fetched(connection, query))]
        archived = {"current_stage": "Archived", "last_updated_timestamp": now_ms()}
        connection.execute(sa.update(model_versions).where(others).values(**archived))
    record(connection, *changes)


def _moved(version: ModelVersion, stage: str) -> Change:
    before = version.current_stage
    return Change(Action.TRANSITION, version.name, version.version, None, before, stage, version.run_id)


def delete_model_version(store: SqlAccess, name: str, version: str) -> None:
    """See `Store.delete_model_version`."""
    aliases, versions = model_aliases.c, model_versions.c
    with store.write() as connection:
        gone = one_version(connection, name, version)
        number = _change(connection, name, version)
        connection.execute(sa.delete(model_aliases).where(aliases.name == name, aliases.version == number))
        connection.execute(sa.delete(model_versions).where(versions.name == name, versions.version == number))
        pointers = [Change(Action.DELETE_ALIAS, name, gone.version, alias, gone.version) for alias in gone.aliases]
        deleted = Change(Action.DELETE_VERSION, name, gone.version, before=gone.current_stage, run_id=gone.run_id)
        record(connection, *pointers, deleted)


def get_model_version_download_uri(store: SqlAccess, name: str, version: str) -> str:
    """See `Store.get_model_version_download_uri`."""
    table = model_versions.c
    with store.read() as connection:
        number = version_number(version)
        query = sa.select(table.storage_location, table.source).where(table.name == name, table.version == number)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise no_version(name, number)
        return download_uri(connection, store.root, row[0], row[1])


def set_model_version_tag(store: SqlAccess, name: str, version: str, key: str, value: str) -> None:
    """See `Store.set_model_version_tag`."""
    check_tags({key: value})
    with store.write() as connection:
        number = _change(connection, name, version)
        before = tag_value(connection, model_version_tags, name=name, version=number, key=key)
        put(connection, model_version_tags, [{"name": name, "version": number, "key": key, "value": value}])
        record(connection, Change(Action.SET_VERSION_TAG, name, str(number), key, before, value))


def delete_model_version_tag(store: SqlAccess, name: str, version: str, key: str) -> None:
    """See `Store.delete_model_version_tag`."""
    table = model_version_tags.c
    with store.write() as connection:
        number = _change(connection, name, version)
        before = tag_value(connection, model_version_tags, name=name, version=number, key=key)
        gone = connection.execute(
            sa.delete(model_version_tags).where(table.name == name, table.version == number, table.key == key)
        )
        if gone.rowcount:
            record(connection, Change(Action.DELETE_VERSION_TAG, name, str(number), key, before))


def _change(connection: sa.Connection, name: str, version: str, **values: Any) -> int:
    """Update a version, its time of change and its model's, and return its number."""
    number = version_number(version)
    changed = connection.execute(
        sa.update(model_versions)
        .where(model_versions.c.name == name, model_versions.c.version == number)
        .values(last_updated_timestamp=now_ms(), **values)
    )
    if not changed.rowcount:
        raise no_version(name, number)
    touch_model(connection, name)
    return number
