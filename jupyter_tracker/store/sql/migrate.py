"""Bring a database of an older revision to the present schema.

The hot path compares revisions with one SELECT; this module, and with it Alembic, is imported only where they
differ. An upgrade is one transaction under the write lock, after a copy of the file has been made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from jupyter_tracker.errors import StoreError, StoreUnavailableError, StoreVersionError, warn_once
from jupyter_tracker.store.sql import connection as driver
from jupyter_tracker.store.sql.engine import engine_of
from jupyter_tracker.store.sql.faults import explain
from jupyter_tracker.store.sql.schema import REVISION, metadata
from jupyter_tracker.store.sql.server_engine import ServerDatabase

_MIGRATIONS = Path(__file__).with_name("migrations")
# Of PostgreSQL's advisory locks, of which each database has its own.
_LOCK = 0x6A74_7261_636B
_LOCK_WAIT_S = 120


def upgrade_file(path: Path) -> None:
    """Upgrade a SQLite file; see `upgrade`. Errors name the file."""
    engine = engine_of(path)
    try:
        upgrade(engine)
    except DBAPIError as error:
        raise explain(error, path) from error
    finally:
        engine.dispose()


def upgrade(engine: sa.Engine) -> None:
    """Bring a SQLite file to the present revision, making every table where it is empty.

    It is copied to ``<file>.before-<new revision>.bak`` first. Several processes may do this at once: one
    upgrades, the others wait and find it done.

    Raises
    ------
    StoreVersionError
        The database was written by a newer version of this package.
    StoreError
        It belongs to another program.
    """
    with engine.connect() as connection:
        # A batch migration replaces tables, and dropping one would cascade to the rows that refer to it.
        # This word is ignored inside a transaction.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.commit()
        try:
            with connection.begin():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                path = connection.exec_driver_sql("PRAGMA database_list").one()[2]
                copy = _upgrade_locked(connection, path, back_up=Path(path))
                _check_references(connection, path)
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    if copy is not None:
        warn_once(f"The store {path} was upgraded for this version. A copy of it as it was is in {copy}.")


def upgrade_server(database: ServerDatabase) -> None:
    """Bring a database on a server to the present revision, making every table where it is empty; see `upgrade`.

    PostgreSQL does all of it or nothing. MySQL commits each statement, and goes on where it was cut short.
    """
    if database.dialect == "postgresql":
        with database.write() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            _upgrade_locked(connection, database.name)
        return
    with _alone_on_mysql(database) as connection:
        _forget_half_made(connection)
        _upgrade_locked(connection, database.name)


def wait_for_upgrade(database: ServerDatabase) -> None:
    """Wait for whoever is just making or upgrading a database of MySQL, which shows each step of it; see `upgrade`."""
    if database.dialect == "mysql":
        with _alone_on_mysql(database):
            pass


@contextmanager
def _alone_on_mysql(database: ServerDatabase) -> Iterator[sa.Connection]:
    with database.session() as connection:
        name = "CONCAT('jupyter_tracker.', MD5(DATABASE()))"
        (got,) = connection.exec_driver_sql(f"SELECT GET_LOCK({name}, {_LOCK_WAIT_S})").one()
        if not got:
            raise StoreUnavailableError(f"The store {database.name} is being upgraded by another process. Try again.")
        try:
            yield connection
        finally:
            connection.exec_driver_sql(f"SELECT RELEASE_LOCK({name})")


def _upgrade_locked(connection: sa.Connection, name: str, back_up: Path | None = None) -> Path | None:
    """Run the migrations that are due; return the copy of a file that was made before, if one was."""
    current = revision_of(connection, name)
    if current == REVISION:
        return None
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise StoreVersionError(
            f"The store {name} was written by a newer jupyter_tracker (its schema is {current!r}, this version "
            f"knows up to {REVISION!r}). Upgrade this package: pip install -U jupyter-experiment-tracker."
        )
    copy = _backed_up(back_up) if current is not None and back_up is not None else None
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return copy


def _check_references(connection: sa.Connection, path: str) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise StoreError(
            f"The store {path} was left as it is: upgrading it to {REVISION!r} would leave {len(broken)} rows "
            "that refer to nothing. Please report this with a copy of the file."
        )


def revision_of(connection: sa.Connection, name: str) -> str | None:
    """Return the revision of a database, None where it is empty; StoreError where it is another program's."""
    tables = set(sa.inspect(connection).get_table_names())
    if not tables:
        return None
    if {"experiments", "runs", "latest_metrics", "alembic_version"} <= tables and "store_info" not in tables:
        raise StoreError(f"{name} is a database of MLflow, not of jupyter_tracker. Choose another for the store.")
    if not {"alembic_version", "store_info", "experiments"} <= tables:
        raise StoreError(
            f"{name} is a database of another program (its tables are {', '.join(sorted(tables)[:5])} …). "
            "Choose another for the store."
        )
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _forget_half_made(connection: sa.Connection) -> None:
    """Drop the tables of a store whose making was cut short: nobody has used it yet."""
    tables = set(sa.inspect(connection).get_table_names())
    if "alembic_version" not in tables or not tables <= {"alembic_version", *metadata.tables}:
        return
    if connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar():
        return
    for table in [*reversed(metadata.sorted_tables), sa.table("alembic_version")]:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table.name}")


def _backed_up(path: Path) -> Path:
    # A connection of its own: a copy shows what was committed, and the upgrade is not.
    copy = path.with_name(f"{path.name}.before-{REVISION}.bak")
    source = driver.connect(path)
    target = driver.sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
    return copy
