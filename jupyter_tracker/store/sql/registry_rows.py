"""What registered models and their versions share: rows to versions, and the checks of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import ModelVersion, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.store.sql.fetching import by_owner, fetched, owned
from jupyter_tracker.store.sql.schema import model_aliases, model_version_tags, model_versions, registered_models

VERSION_COLUMNS = (
    model_versions.c.name,
    model_versions.c.version,
    model_versions.c.creation_timestamp,
    model_versions.c.last_updated_timestamp,
    model_versions.c.description,
    model_versions.c.user_id,
    model_versions.c.current_stage,
    model_versions.c.source,
    model_versions.c.run_id,
    model_versions.c.status,
    model_versions.c.status_message,
    model_versions.c.run_link,
    model_versions.c.model_id,
)
_TAGS = owned(sa.select(*model_version_tags.c).order_by(model_version_tags.c.key))
_ALIASES = owned(
    sa.select(model_aliases.c.name, model_aliases.c.version, model_aliases.c.alias).order_by(model_aliases.c.alias)
)


def touch_model(connection: sa.Connection, name: str, **values: Any) -> None:
    """Update a registered model and the time of its last change; ResourceDoesNotExistError where there is none."""
    changed = connection.execute(
        sa.update(registered_models)
        .where(registered_models.c.name == name)
        .values(**{"last_updated_timestamp": now_ms(), **values})
    )
    if not changed.rowcount:
        raise no_model(name)


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse tags of the registry whose key or value cannot be stored."""
    for key, value in tags.items():
        limits.check_key(key, "Tag")
        limits.check_text(value, limits.MAX_REGISTRY_TAG_VALUE, f"The value of tag {key!r}")


def tag_value(connection: sa.Connection, table: sa.Table, **key: Any) -> str | None:
    """Return the value of a tag by its whole key, None where there is none."""
    query = sa.select(table.c.value).where(*(table.c[name] == value for name, value in key.items()))
    value: str | None = connection.execute(query).scalar()
    return value


def no_model(name: str) -> ResourceDoesNotExistError:
    """Return the error for a registered model that is not there."""
    return ResourceDoesNotExistError(f"Registered Model with name={name} not found.")


def one_version(connection: sa.Connection, name: str, version: str) -> ModelVersion:
    """Return one version; ResourceDoesNotExistError where there is none."""
    table = model_versions.c
    number = version_number(version)
    query = sa.select(*VERSION_COLUMNS).where(table.name == name, table.version == number)
    found = versions_of(connection, fetched(connection, query))
    if not found:
        raise no_version(name, number)
    return found[0]


def versions_of(connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> list[ModelVersion]:
    """Return versions from rows of `VERSION_COLUMNS`, in their order."""
    names = sorted({row[0] for row in rows})
    tags = by_owner(connection, _TAGS, names)
    aliases = by_owner(connection, _ALIASES, names)
    tags_of: dict[tuple[str, int], dict[str, str]] = {}
    aliases_of: dict[tuple[str, int], list[str]] = {}
    for name in names:
        for version, key, value in tags.get(name, ()):
            tags_of.setdefault((name, version), {})[key] = value
        for version, alias in aliases.get(name, ()):
            aliases_of.setdefault((name, version), []).append(alias)
    columns = [column.key for column in VERSION_COLUMNS]
    return [
        ModelVersion(
            **{**dict(zip(columns, row, strict=True)), "version": str(row[1])},
            tags=tags_of.get((row[0], row[1]), {}),
            aliases=aliases_of.get((row[0], row[1]), []),
        )
        for row in rows
    ]


def version_number(version: object) -> int:
    """Return a version's number, given as text or as a whole number; InvalidParameterError for anything else."""
    text = str(version)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidParameterError(f"Model version must be an integer, but {version!r} was given.")
    return int(text)


def no_version(name: str, number: int) -> ResourceDoesNotExistError:
    """Return the error for a version that is not there."""
    return ResourceDoesNotExistError(f"Model Version (name={name}, version={number}) not found.")
