"""Where SQLite, PostgreSQL and MySQL differ in what the nouns say to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import sqlalchemy as sa


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where one of the same key is there, give it the new one's other columns."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key.columns]
    changed = [name for name in rows[0] if name not in keys]
    statement: Any
    # The module of one database only: each takes a while to import.
    statement = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)
    if connection.dialect.name == "mysql":
        statement = statement.on_duplicate_key_update({name: statement.inserted[name] for name in changed})
    else:
        # PostgreSQL and SQLite take the same words.
        statement = statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in changed}
        )
    connection.execute(statement, list(rows))


def insert_one(connection: sa.Connection, table: sa.Table, **values: Any) -> int:
    """Insert a row and return the number that the database has given it."""
    key: Any = connection.execute(sa.insert(table).values(**values)).inserted_primary_key
    return int(key[0])
