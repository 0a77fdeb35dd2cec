"""Opening a SQLite store: make it where there is none, and refuse what is not one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_tracker.errors import StoreError
from jupyter_tracker.store.sql import sqlite_text as text
from jupyter_tracker.store.sql.connection import sqlite3
from jupyter_tracker.store.sql.faults import explain
from jupyter_tracker.store.sql.sqlite_ddl import DDL, REVISION

if TYPE_CHECKING:
    from sqlite3 import Connection


def open_database(path: Path, connection: Connection) -> str:
    """Return the store id of a database, made or upgraded at need.

    Raises
    ------
    StoreError
        The file is damaged, or a database of another program.
    StoreVersionError
        It was written by a newer version of this package.
    PermissionDeniedError
        It cannot be made or upgraded by this user.
    """
    try:
        if _revision(connection) != REVISION:
            _make_or_upgrade(path, connection)
        (store_id,) = connection.execute(text.STORE_ID).fetchone()
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return str(store_id)


def _revision(connection: Connection) -> str | None:
    try:
        row = connection.execute(text.REVISION_OF).fetchone()
    except sqlite3.OperationalError:
        if "alembic_version" in _tables(connection):
            raise
        return None
    return None if row is None else str(row[0])


def _tables(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute(text.TABLES)]


def _make_or_upgrade(path: Path, connection: Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Two processes may come here at once; the second finds it done.
        tables = _tables(connection)
        if not tables:
            for statement in DDL:
                connection.execute(statement)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    if not tables:
        return
    if not {"alembic_version", "store_info", "metric_chunks"} <= set(tables):
        raise StoreError(_foreign(path, tables))
    if _revision(connection) != REVISION:
        from jupyter_tracker.store.sql.migrate import upgrade_file

        upgrade_file(path)


def _foreign(path: Path, tables: list[str]) -> str:
    if {"experiments", "runs", "latest_metrics", "alembic_version"} <= set(tables):
        return (
            f"{path} is a database of MLflow, not of jupyter_tracker. Choose another path for the store, such as "
            f"tracker.db; `jupyter tracker import mlflow {path.name}` brings what it holds across."
        )
    shown = ", ".join(tables[:5]) + (" …" if len(tables) > 5 else "")
    return f"{path} is a database of another program (its tables are {shown}). Choose another path for the store."
