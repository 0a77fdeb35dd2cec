"""What an administrator does with a store's database: upgrade, check, vacuum, and look at its size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from jupyter_tracker.errors import StoreError
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.sql import migrate
from jupyter_tracker.store.sql.access import SqlAccess, SqliteAccess
from jupyter_tracker.store.sql.engine import engine_of
from jupyter_tracker.store.sql.faults import explain
from jupyter_tracker.store.sql.schema import REVISION, latest_metrics, metadata, metric_chunks, runs
from jupyter_tracker.store.sql.server_engine import ServerDatabase
from jupyter_tracker.store.sql.server_path import ServerPath

_TABLES = [table.name for table in metadata.sorted_tables]


@dataclass(frozen=True)
class Size:
    """How large a store is.

    Attributes
    ----------
    revision : str
        Of its schema.
    size_bytes : int
        Of tables and indexes, without artifacts.
    points : int
        Points of metrics, all runs together.
    runs : dict of str to int
        Runs by status; those in the trash count as ``deleted``.
    rows : dict of str to int
        Rows by table.
    """

    revision: str
    size_bytes: int
    points: int
    runs: dict[str, int]
    rows: dict[str, int]


def upgrade(path: Path | None, url: str | None) -> tuple[str | None, str]:
    """Bring a store to this version's schema; return its revision before (None: it was empty) and now.

    Of a SQLite file a copy is made first. Processes that have the store open go on.
    """
    if path is not None:
        engine = engine_of(path)
        try:
            with engine.connect() as connection:
                before = migrate.revision_of(connection, str(path))
        except DBAPIError as error:
            raise explain(error, path) from error
        finally:
            engine.dispose()
        migrate.upgrade_file(path)
        return before, REVISION
    database = ServerDatabase(url or "")
    try:
        with database.read() as connection:
            before = migrate.revision_of(connection, database.name)
        migrate.upgrade_server(database)
    finally:
        database.close()
    return before, REVISION


def check(store: Store) -> list[str]:
    """Return what is wrong with a store, one sentence each; an empty list where nothing is."""
    access = _access(store)
    with access.read() as connection:
        found = _damage(connection) if connection.dialect.name == "sqlite" else []
        same = sa.and_(metric_chunks.c.run == latest_metrics.c.run, metric_chunks.c.key == latest_metrics.c.key)
        for table, other, said in (
            (latest_metrics, metric_chunks, "metrics have a latest value but no points"),
            (metric_chunks, latest_metrics, "chunks of points belong to metrics without a latest value"),
        ):
            query = sa.select(sa.func.count()).select_from(table).where(~sa.exists().select_from(other).where(same))
            number = connection.execute(query).scalar_one()
            if number:
                found.append(f"{number} {said}.")
    return found


def vacuum(store: Store) -> tuple[int, int]:
    """Give back the room that deleted rows have left, and renew the planner's statistics.

    Returns
    -------
    tuple of int
        Size in bytes before and after.
    """
    access = _access(store)
    before = stats(store).size_bytes
    if isinstance(access, SqliteAccess):
        access.database.run_alone("VACUUM", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")
    elif isinstance(access, ServerPath):
        words = {"postgresql": "VACUUM (ANALYZE) {}", "mysql": "OPTIMIZE TABLE {}"}[access.database.dialect]
        with access.database.session() as connection:
            for table in _TABLES:
                connection.exec_driver_sql(words.format(table)).close()
    return before, stats(store).size_bytes


def stats(store: Store) -> Size:
    """Return how large a store is."""
    with _access(store).read() as connection:
        counted = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
        by_status = sa.select(runs.c.status, runs.c.lifecycle_stage, sa.func.count())
        numbers: dict[str, int] = {}
        for status, stage, number in connection.execute(by_status.group_by(runs.c.status, runs.c.lifecycle_stage)):
            name = status if stage == "active" else stage
            numbers[name] = numbers.get(name, 0) + number
        points = connection.execute(sa.select(sa.func.coalesce(sa.func.sum(latest_metrics.c.count), 0))).scalar_one()
        revision = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
        size = _SIZES[connection.dialect.name](connection)
    return Size(str(revision), size, int(points), dict(sorted(numbers.items())), dict(sorted(counted.items())))


def _access(store: Store) -> SqlAccess:
    if isinstance(store, SqlAccess):
        return store
    raise StoreError(f"{store.uri} is not a database: there is nothing here to be done with it.")


def _damage(connection: sa.Connection) -> list[str]:
    said = [text for (text,) in connection.exec_driver_sql("PRAGMA integrity_check(20)") if text != "ok"]
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [f"The file is damaged: {text}." for text in said] + [
        f"{len(lost)} rows refer to nothing, the first in {lost[0][0]}." for _ in lost[:1]
    ]


def _size_in_sqlite(connection: sa.Connection) -> int:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())


def _size_in_postgresql(connection: sa.Connection) -> int:
    sizes = [sa.func.pg_total_relation_size(sa.literal(name)) for name in _TABLES]
    return int(sum(connection.execute(sa.select(*sizes)).one()))


def _size_in_mysql(connection: sa.Connection) -> int:
    text = "SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE()"
    return int(connection.exec_driver_sql(text).scalar_one())


_SIZES: dict[str, Callable[[Any], int]] = {
    "sqlite": _size_in_sqlite,
    "postgresql": _size_in_postgresql,
    "mysql": _size_in_mysql,
}
