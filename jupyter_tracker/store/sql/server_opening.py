"""Opening a store on a server: make its tables where there are none, and say where its files are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from jupyter_tracker.errors import ResourceDoesNotExistError, StoreError, StoreVersionError
from jupyter_tracker.store.sql.schema import REVISION, experiments, store_info
from jupyter_tracker.store.sql.server_faults import is_missing_table
from jupyter_tracker.store.sql.server_look import ROOT, UNPLACED, absolute, root_of, wanted_root

if TYPE_CHECKING:
    from jupyter_tracker.store.sql.server_engine import ServerDatabase

_RECORDED = sa.select(store_info.c.value).where(store_info.c.key == ROOT)


def open_database(database: ServerDatabase, *, create: bool = True) -> str:
    """Return the store id of a database, made at need unless told otherwise.

    Raises
    ------
    StoreError
        It is the database of another program.
    StoreVersionError
        It was written by a newer version of this package, or by an older one.
    ResourceDoesNotExistError
        There is none, and none is to be made.
    PermissionDeniedError
        It may not be used or made by this user.
    StoreUnavailableError
        The server does not answer.
    """
    revision, known, placed = _look_at_any(database)
    if revision is not None and revision < REVISION:
        from jupyter_tracker.store.sql.migrate import wait_for_upgrade

        wait_for_upgrade(database)
        revision, known, placed = _look_at_any(database)
    if revision is not None and revision < REVISION:
        raise StoreVersionError(
            f"The store {database.name} was made by an older jupyter_tracker (its schema is {revision!r}, this version "
            f"needs {REVISION!r}). Others may use it, so it is not upgraded by itself: run "
            "`jupyter tracker db upgrade` when all can follow."
        )
    if revision is None and not create:
        raise ResourceDoesNotExistError(f"There is no store at {database.name}.")
    if revision != REVISION:
        from jupyter_tracker.store.sql.migrate import upgrade_server

        upgrade_server(database)
        _, known, placed = _look(database)
    if not placed or (ROOT not in known and wanted_root()):
        _place(database, known["store_id"])
    return known["store_id"]


def artifact_location(connection: sa.Connection, store_id: str, given: str | None, number: int) -> str:
    """Return the absolute URI of a new experiment's artifacts."""
    return absolute(given) if given else f"{artifact_root(connection, store_id)}/{number}"


def artifact_root(connection: sa.Connection, store_id: str) -> str:
    """Return the absolute URI below which new experiments keep their artifacts."""
    return root_of(store_id, connection.execute(_RECORDED).scalar())


def _look_at_any(database: ServerDatabase) -> tuple[str | None, dict[str, str], bool]:
    """Return the same as `_look`; no revision where the tables are not there, or being made."""
    try:
        return _look(database)
    except StoreError as error:
        if not isinstance(error.__cause__, DBAPIError) or not is_missing_table(error.__cause__):
            raise
        return None, {}, False


def _look(database: ServerDatabase) -> tuple[str | None, dict[str, str], bool]:
    """Return the revision, what `store_info` says, and whether the Default experiment has its place."""
    with database.read() as connection:
        revision: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        known: dict[str, str] = dict(map(tuple, connection.execute(sa.select(store_info.c.key, store_info.c.value))))
        return revision, known, connection.execute(sa.select(experiments.c.name).where(_unplaced())).first() is None


def _unplaced() -> sa.ColumnElement[bool]:
    # The Default experiment comes with the tables.
    return sa.and_(experiments.c.experiment_id == 0, experiments.c.artifact_location == UNPLACED)


def _place(database: ServerDatabase, store_id: str) -> None:
    """Keep the first root that somebody sets, which whoever sets none uses too; then place the Default experiment."""
    with database.write() as connection:
        connection.execute(sa.select(store_info).where(store_info.c.key == "store_id").with_for_update())
        wanted = wanted_root()
        if wanted and connection.execute(sa.select(store_info.c.value).where(store_info.c.key == ROOT)).first() is None:
            connection.execute(sa.insert(store_info).values(key=ROOT, value=absolute(wanted)))
        location = artifact_location(connection, store_id, None, 0)
        connection.execute(sa.update(experiments).where(_unplaced()).values(artifact_location=location))
