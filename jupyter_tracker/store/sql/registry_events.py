"""The history of the registry: events that are appended in the transaction of what they record, and read back."""

from __future__ import annotations

import dataclasses

import sqlalchemy as sa

from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.registry_event import (
    EMPTY_HEAD,
    Action,
    Change,
    Provenance,
    RegistryEvent,
    digest_of,
)
from jupyter_tracker.store import acting
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.fetching import fetched
from jupyter_tracker.store.sql.schema import registry_events as table
from jupyter_tracker.store.sql.schema import store_info

_HEAD_KEY = "registry_head"
_HEAD = sa.select(store_info.c.value).where(store_info.c.key == _HEAD_KEY)
_COLUMNS = tuple(table.c[field.name] for field in dataclasses.fields(RegistryEvent))
# What PostgreSQL's text cannot hold would be another text when it is read, and so another digest.
_REPLACED = {0: "\ufffd"}
_LIMITS = {"user": 256, "cell": 256, "source_name": 2000, "comment": 10_000}


def record(connection: sa.Connection, *changes: Change) -> None:
    """Append an event for each change; the connection must be one of `SqlAccess.write`, which one has at a time."""
    if not changes:
        return
    kept = connection.execute(_HEAD).scalar()
    count, previous = _parsed(kept or EMPTY_HEAD)
    who, now = acting.provenance(), now_ms()
    rows = []
    for number, change in enumerate(changes, start=count + 1):
        event = _event(number, now, change, who, previous)
        previous = event.digest
        rows.append(dataclasses.asdict(event))
    connection.execute(sa.insert(table), rows)
    head = f"{count + len(changes)}:{previous}"
    if kept is None:
        connection.execute(sa.insert(store_info).values(key=_HEAD_KEY, value=head))
    else:
        connection.execute(sa.update(store_info).where(store_info.c.key == _HEAD_KEY).values(value=head))


def registry_events(
    store: SqlAccess, name: str | None = None, after: int = 0, max_results: int = 10_000
) -> list[RegistryEvent]:
    """See `Store.registry_events`."""
    query = sa.select(*_COLUMNS).where(table.c.number > after).order_by(table.c.number).limit(max_results)
    if name is not None:
        renamed = sa.and_(table.c.action == Action.RENAME_MODEL, table.c.before == name)
        query = query.where(sa.or_(table.c.name == name, renamed))
    with store.read() as connection:
        rows = fetched(connection, query)
    fields = [column.name for column in _COLUMNS]
    found = [RegistryEvent(**dict(zip(fields, row, strict=True))) for row in rows]
    return [dataclasses.replace(event, verified=bool(event.verified)) for event in found]


def registry_head(store: SqlAccess) -> str:
    """See `Store.registry_head`."""
    with store.read() as connection:
        return connection.execute(_HEAD).scalar() or EMPTY_HEAD


def _event(number: int, timestamp: int, change: Change, who: Provenance, previous: str) -> RegistryEvent:
    values = {**dataclasses.asdict(change), **dataclasses.asdict(who)}
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.translate(_REPLACED)[: _LIMITS.get(name)]
    event = RegistryEvent(number=number, timestamp=timestamp, **values)
    return dataclasses.replace(event, digest=digest_of(event, previous))


def _parsed(head: str) -> tuple[int, str]:
    count, _, digest = head.partition(":")
    return int(count), digest
