"""Bring a database of an older revision to the present schema.

The hot path compares revisions with one SELECT; this module, and with it Alembic, is imported only where they
differ. An upgrade is one transaction under the write lock, after a copy of the file has been made.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from jupyter_tracker.errors import StoreError, StoreVersionError
from jupyter_tracker.store.sql import connection as driver
from jupyter_tracker.store.sql.engine import engine_of
from jupyter_tracker.store.sql.faults import explain
from jupyter_tracker.store.sql.schema import REVISION

_MIGRATIONS = Path(__file__).with_name("migrations")


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
    """Bring the database to the present revision, making every table where it is empty.

    A SQLite file is copied to ``<file>.before-<new revision>.bak`` first. Several processes may do this at
    once: one upgrades, the others wait and find it done.

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
                _upgrade_locked(connection)
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def _upgrade_locked(connection: sa.Connection) -> None:
    path = connection.exec_driver_sql("PRAGMA database_list").one()[2]
    current = revision_of(connection, path)
    if current == REVISION:
        return
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise StoreVersionError(
            f"The store {path} was written by a newer jupyter_tracker (its schema is {current!r}, this version "
            f"knows up to {REVISION!r}). Upgrade this package: pip install -U jupyter-experiment-tracker."
        )
    if current is not None:
        _back_up(Path(path))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise StoreError(
            f"The store {path} was left as it is: upgrading it to {REVISION!r} would leave {len(broken)} rows "
            "that refer to nothing. Please report this with a copy of the file."
        )


def revision_of(connection: sa.Connection, path: str) -> str | None:
    """Return the revision of a database, None where it is empty; StoreError where it is another program's."""
    tables = set(sa.inspect(connection).get_table_names())
    if not tables:
        return None
    if not {"alembic_version", "store_info", "experiments"} <= tables:
        raise StoreError(
            f"{path} is a database of another program (its tables are {', '.join(sorted(tables)[:5])} …). "
            "Choose another path for the store."
        )
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _back_up(path: Path) -> None:
    # A connection of its own: a copy shows what was committed, and the upgrade is not.
    copy = path.with_name(f"{path.name}.before-{REVISION}.bak")
    source = driver.connect(path)
    target = driver.sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        target.close()
        source.close()
