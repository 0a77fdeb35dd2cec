"""Stores on PostgreSQL and MySQL that a kernel recorded, opened with what this server itself knows of passwords.

A record says where a database is and as whom it was used, never the password. That is taken from this server's own
environment (`JUPYTER_TRACKER_URI` or `MLFLOW_TRACKING_URI`, where it names the same database), or is found by the
driver: libpq looks into PGPASSWORD and ``~/.pgpass``. A database that cannot be opened so is not known here; its
panels are then answered by the kernel that can.
"""

from __future__ import annotations

import os
import threading
import time
from importlib.util import find_spec
from typing import Final
from urllib.parse import quote

from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerError
from jupyter_tracker.server.records import Record
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.journal import leftovers
from jupyter_tracker.store.server_urls import is_server_url, public_uri
from jupyter_tracker.store.sql import open_server
from jupyter_tracker.store.sql.server_look import data_folder

# The driver that `server_urls` names for a scheme.
_DRIVERS: Final = {"postgresql": "psycopg", "mysql": "pymysql"}
_OWN_URIS: Final = ("JUPYTER_TRACKER_URI", "MLFLOW_TRACKING_URI")
_AGAIN_S: Final = 30.0
"""A database that could not be opened is left alone for so long: panels ask twice a second."""


class DatabaseStores:
    """The databases that have been opened. Any thread may ask, and waits for the server of its own store alone."""

    def __init__(self) -> None:
        self._opened: dict[str, Store] = {}
        self._refused: dict[str, tuple[float, str]] = {}
        self._opening: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def open(self, record: Record) -> Store:
        """Return the open store of a record; ResourceDoesNotExistError, which says why, where this server cannot."""
        with self._lock:
            turn = self._opening.setdefault(record.store_id, threading.Lock())
        with turn:
            found = self._opened.get(record.store_id)
            return self._try(record) if found is None else found

    def close(self) -> None:
        """Close every store."""
        with self._lock:
            opened, self._opened = list(self._opened.values()), {}
        for store in opened:
            store.close()

    def _try(self, record: Record) -> Store:
        refused_s, reason = self._refused.get(record.store_id, (-_AGAIN_S, ""))
        if time.monotonic() - refused_s < _AGAIN_S:
            raise ResourceDoesNotExistError(reason)
        try:
            store = _open(record)
        except TrackerError as error:
            reason = (
                f"This Jupyter server cannot open {record.uri}: {error.message} The kernel keeps its password to "
                "itself; give this server one by JUPYTER_TRACKER_URI in its environment, or ~/.pgpass (docs/databases)."
            )
            self._refused[record.store_id] = time.monotonic(), reason
            raise ResourceDoesNotExistError(reason) from None
        self._opened[record.store_id] = store
        return store


def has_driver(record: Record) -> bool:
    """Tell whether the driver of a record's database is installed here."""
    return find_spec(_DRIVERS[record.uri.partition("://")[0]]) is not None


def has_journals(record: Record) -> bool:
    """Tell whether a process of this user logs to a database from here, or died while logging."""
    return leftovers.has_journals(data_folder(record.store_id) / "runs")


def _open(record: Record) -> Store:
    store = open_server(_url(record), create=False)
    if store.store_id != record.store_id:
        store.close()
        raise ResourceDoesNotExistError("Another store is there now.")
    return store


def _url(record: Record) -> str:
    """Return the address of a database with what this server knows of user and password."""
    for name in _OWN_URIS:
        own = os.environ.get(name, "").strip()
        if is_server_url(own) and _names(own, record.uri):
            return own
    if record.user is None:
        return record.uri
    scheme, _, rest = record.uri.partition("://")
    return f"{scheme}://{quote(record.user, safe='')}@{rest}"


def _names(url: str, uri: str) -> bool:
    try:
        return public_uri(url) == uri
    except InvalidParameterError:
        return False
