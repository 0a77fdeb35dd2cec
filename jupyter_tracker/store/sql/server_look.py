"""A first look at a store on a server, by the driver alone: a tracking server answers before SQLAlchemy is imported.

It finds out whether opening the store would have nothing to do and nothing to say; where it would, the store is opened,
which does so and says so in its own words. Also where a store on a server keeps files: that takes no SQLAlchemy either.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jupyter_tracker import settings
from jupyter_tracker.store.server_urls import driver_options
from jupyter_tracker.store.sql.locations import stored_location
from jupyter_tracker.store.sql.sqlite_ddl import REVISION

ROOT: Final = "artifact_root"
"""The key of `store_info` with the first root that somebody has set."""
UNPLACED: Final = "artifacts/0"
"""The place of the Default experiment before anybody knows where its artifacts go."""
_SETTING: Final = "JUPYTER_TRACKER_ARTIFACT_ROOT"
# Who takes longer is opened as always, which waits for as long as is right. libpq knows no shorter time to connect.
_PATIENCE_S: Final = "2"
_QUESTION: Final = f"""SELECT
    (SELECT version_num FROM alembic_version),
    (SELECT value FROM store_info WHERE key = 'store_id'),
    (SELECT value FROM store_info WHERE key = '{ROOT}'),
    EXISTS (SELECT FROM experiments WHERE experiment_id = 0 AND artifact_location = '{UNPLACED}')"""  # noqa: S608 - ours


@dataclass(frozen=True)
class Seen:
    """A store that is as it should be: its id, and the URI below which new experiments keep their artifacts."""

    store_id: str
    artifact_root: str


def look(url: str) -> Seen | None:
    """Return what a store in a PostgreSQL database is; None wherever opening it would do or say anything."""
    options = driver_options(url)
    if options is None or not url.lower().startswith("postgres"):
        return None
    try:
        import psycopg
        from psycopg.conninfo import make_conninfo
    except ImportError:
        return None
    try:
        place = make_conninfo(**(options | {"application_name": "jupyter_tracker", "connect_timeout": _PATIENCE_S}))
        with contextlib.closing(psycopg.connect(place)) as connection:
            # In a transaction that is never committed: poolers hand connections on.
            connection.execute(f"SET LOCAL lock_timeout = '{_PATIENCE_S}s'")
            revision, store_id, recorded, is_unplaced = connection.execute(_QUESTION).fetchone() or (None,) * 4
        if revision != REVISION or not store_id or is_unplaced or (recorded is None and wanted_root()):
            return None
        store_folder(store_id)
    except (psycopg.Error, OSError, ValueError):
        return None
    return Seen(store_id, root_of(store_id, recorded))


def data_folder(store_id: str) -> Path:
    """Return the folder of this user for what a store on a server keeps on this machine: journals, artifacts."""
    return settings.user_data_folder() / store_id


def store_folder(store_id: str) -> Path:
    """Return the same folder, made where there is none; OSError where it cannot be."""
    folder = data_folder(store_id)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def wanted_root() -> str:
    """Return where this process is told to keep artifacts, as it was told; empty where it is not."""
    return settings.text(_SETTING).strip()


def root_of(store_id: str, recorded: str | None) -> str:
    """Return the absolute URI below which new experiments keep their artifacts; `recorded` is what the store says."""
    return absolute(wanted_root() or recorded or str(data_folder(store_id) / "artifacts"))


def absolute(location: str) -> str:
    """Return a location as a URI."""
    # Nothing lies inside of no folder, so what comes back is a URI.
    return stored_location(Path(os.devnull), location)
