"""Registered models from elsewhere, merged into the registry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import RegisteredModel, limits
from jupyter_tracker.entities.registry import check_stage
from jupyter_tracker.entities.registry_event import Action, Change
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.importing import clean, key_values, many
from jupyter_tracker.store.sql.locations import stored_location
from jupyter_tracker.store.sql.registry_events import record as append_events
from jupyter_tracker.store.sql.sources import Source, recorded_name
from jupyter_tracker.store.upkeep import RegistryRecord, VersionRecord

_MODEL_SOURCE = re.compile(r"^models:/+(m-[^/@]+)/*$")


def import_registered_models(store: SqlAccess, records: Sequence[RegistryRecord]) -> list[str]:
    """See `Store.import_registered_models`."""
    conflicts: list[str] = []
    with store.write() as connection:
        for record in records:
            _put_model(connection, record.model)
            for version in record.versions:
                conflicts += _put_version(connection, store, version)
            conflicts += _put_aliases(connection, record.model)
    return conflicts


def _put_model(connection: sa.Connection, model: RegisteredModel) -> None:
    table = s.registered_models
    if connection.execute(sa.select(table.c.name).where(table.c.name == model.name)).first() is not None:
        return
    values = {
        "name": limits.check_model_name(model.name),
        "creation_timestamp": model.creation_timestamp or 0,
        "last_updated_timestamp": model.last_updated_timestamp or model.creation_timestamp or 0,
        "description": model.description,
    }
    connection.execute(sa.insert(table).values(**values))
    tags = key_values(model.tags, limits.MAX_REGISTRY_TAG_VALUE)
    many(connection, s.registered_model_tags, [{"name": model.name, **row} for row in tags])
    set_tags = [Change(Action.SET_MODEL_TAG, model.name, key=row["key"], after=row["value"]) for row in tags]
    append_events(connection, Change(Action.CREATE_MODEL, model.name, after=model.description), *set_tags)


def _put_version(connection: sa.Connection, store: SqlAccess, record: VersionRecord) -> list[str]:
    version, table = record.version, s.model_versions.c
    number = int(version.version)
    query = sa.select(table.source, table.run_id).where(table.name == version.name, table.version == number)
    known = connection.execute(query).one_or_none()
    if known is not None:
        if tuple(known) == (version.source, version.run_id):
            return []
        return [f"model {version.name}: version {number} is another one here (its source is {known[0]!r}); it was kept"]
    values: dict[str, Any] = {
        name: getattr(version, name)
        for name in ("name", "creation_timestamp", "description", "user_id", "source", "run_id")
    }
    location = _location(connection, store, record)
    made_from = _MODEL_SOURCE.match(location or "")
    values |= {
        "version": number,
        "model_id": version.model_id or (made_from[1] if made_from else None),
        "last_updated_timestamp": version.last_updated_timestamp or version.creation_timestamp,
        "current_stage": check_stage(version.current_stage or "None"),
        "storage_location": location,
        "run_link": version.run_link,
        "status": clean(version.status or "READY", 32),
        "status_message": version.status_message,
    }
    connection.execute(sa.insert(s.model_versions).values(**values))
    tags = key_values(version.tags, limits.MAX_REGISTRY_TAG_VALUE)
    many(connection, s.model_version_tags, [{"name": version.name, "version": number, **row} for row in tags])
    made = (version.name, str(number))
    called = recorded_name(version.source or "", Source(location, model_id=values["model_id"]), version.run_id)
    append_events(
        connection,
        Change(Action.IMPORT_VERSION, *made, after=called, run_id=version.run_id),
        Change(Action.TRANSITION, *made, None, "None", values["current_stage"], version.run_id),
        *(Change(Action.SET_VERSION_TAG, *made, row["key"], None, row["value"]) for row in tags),
    )
    return []


def _location(connection: sa.Connection, store: SqlAccess, record: VersionRecord) -> str | None:
    if record.location is not None:
        return stored_location(store.root, record.location)
    for place in (record.version.source, f"models:/{record.version.model_id}"):
        match = _MODEL_SOURCE.match(place or "")
        known = sa.select(s.logged_models.c.model_id).where(s.logged_models.c.model_id == (match[1] if match else ""))
        if match and connection.execute(known).first() is not None:
            return f"models:/{match[1]}"
    return None


def _put_aliases(connection: sa.Connection, model: RegisteredModel) -> list[str]:
    table, versions = s.model_aliases.c, s.model_versions.c
    here = dict(map(tuple, connection.execute(sa.select(table.alias, table.version).where(table.name == model.name))))
    numbers = set(connection.execute(sa.select(versions.version).where(versions.name == model.name)).scalars())
    conflicts = []
    for alias, version in model.aliases.items():
        if alias not in here and int(version) in numbers:
            row = {"name": model.name, "alias": alias, "version": int(version)}
            connection.execute(sa.insert(s.model_aliases).values(**row))
            append_events(connection, Change(Action.SET_ALIAS, model.name, str(version), alias, None, str(version)))
        elif alias in here and here[alias] != int(version):
            conflicts.append(f"model {model.name}: alias {alias} points at version {here[alias]} here; it was kept")
    return conflicts
