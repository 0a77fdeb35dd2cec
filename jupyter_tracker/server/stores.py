"""Which stores a Jupyter server shows: the project's under its root, and those that its user's kernels opened.

A browser or a notebook names a store by id only. An id leads to a record that a kernel of this user wrote
(see `tracking/kernel_record`), or to the root's own store; nothing else is ever opened, and nothing is made.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_tracker.api.places import Places
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerError
from jupyter_tracker.server.database_stores import DatabaseStores, has_driver
from jupyter_tracker.server.database_stores import has_journals as has_database_journals
from jupyter_tracker.server.records import SQLITE, STORE_ID, Record, read_record, read_records
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.journal.leftovers import has_journals
from jupyter_tracker.store.sql import open_sqlite
from jupyter_tracker.tracking.active import prepare_folder
from jupyter_tracker.views.store_list import StoreEntry, store_location

if TYPE_CHECKING:
    from jupyter_tracker.store.sql.store import SqlStore

_NO_STORE: Final = "There is no store yet. Run a cell with %%track, or start_run() in a notebook, and it appears here."


@dataclass(frozen=True)
class _Opened:
    """An open store, and which file it was opened from: a deleted store's file may be followed by another."""

    store: SqlStore
    identity: tuple[int, int]


class ServerStores:
    """The stores of one Jupyter server. Any thread may ask.

    Parameters
    ----------
    root : pathlib.Path
        The folder that the server shows; its own store is the default one.
    records : pathlib.Path
        The folder where kernels record the stores that they use.
    """

    def __init__(self, root: Path, records: Path) -> None:
        self._root_file = root / ".jupyter_tracker" / "tracker.db"
        self._records = records
        self._below: Path | None = None
        self._opened: dict[Path, _Opened] = {}
        self._databases = DatabaseStores()
        self._lock = threading.Lock()

    def get(self, store_id: str | None) -> Store:
        """Return the store of an id, for None the default one; ResourceDoesNotExistError where there is none."""
        return self._default() if store_id is None else self._by_id(store_id)

    def entries(self) -> Iterator[StoreEntry]:
        """Yield the root's store, then the recorded ones, used last first; only those whose file is there."""
        seen: set[str] = set()
        for store_id, path in self._known():
            if store_id not in seen:
                yield StoreEntry(store_id, store_location(f"{SQLITE}{path}"), is_default=not seen)
                seen.add(store_id)
        # By their records alone: a server that is away must keep no list waiting.
        for record in self._recorded_databases():
            yield StoreEntry(record.store_id, store_location(record.uri), is_default=not seen)
            seen.add(record.store_id)

    def busy(self) -> Iterator[Store]:
        """Yield the stores with journals: those to which a process logs, or died while logging."""
        seen: set[str] = set()
        for path in dict.fromkeys([self._root_file, *(path for _, path in self._recorded())]):
            if has_journals(f"{path}.runs") and _is_file(path):
                with contextlib.suppress(TrackerError):  # a damaged one hides nothing else
                    store = self._open(path)
                    if store.store_id not in seen:
                        seen.add(store.store_id)
                        yield store
        for record in self._recorded_databases():
            if has_database_journals(record):
                with contextlib.suppress(TrackerError):
                    yield self._databases.open(record)

    def own(self) -> SqlStore:
        """Return the project's store, which clients of MLflow's log to; it is made at the root where there is none."""
        project = self.project()
        if project is not None:
            return project
        prepare_folder(self._root_file.parent)
        return self._open(self._root_file, create=True)

    def project(self) -> SqlStore | None:
        """Return the store at the root, or one below it that a kernel has opened; None where there is neither.

        Of several below it one is taken and kept to, whatever a notebook opens later: a client that logs must find its
        run again. One elsewhere is of another project: it may be looked at, and gets no runs that nobody meant for it.
        """
        if _is_file(self._root_file):
            return self._open(self._root_file)
        if self._below is None or not _is_file(self._below):
            root = self._root_file.parents[1].resolve()
            below = (path for _, path in self._recorded() if path.resolve().is_relative_to(root))
            self._below = next(below, None)
        return None if self._below is None else self._open(self._below)

    @property
    def places(self) -> Places:
        """What lies in the default store's folder of artifacts is handed on, by whatever machine a client runs on."""
        return Places(self.own().artifact_root, is_hidden=True)

    def close(self) -> None:
        """Close every store."""
        with self._lock:
            opened, self._opened = list(self._opened.values()), {}
        for entry in opened:
            entry.store.close()
        self._databases.close()

    def _default(self) -> Store:
        try:
            return self._default_file()
        except ResourceDoesNotExistError:
            for record in self._recorded_databases():
                return self._databases.open(record)
            raise

    def _default_file(self) -> SqlStore:
        if _is_file(self._root_file):
            return self._open(self._root_file)
        for _, path in self._recorded():
            return self._open(path)
        raise ResourceDoesNotExistError(_NO_STORE)

    def _by_id(self, store_id: str) -> Store:
        if not STORE_ID.fullmatch(store_id):
            raise InvalidParameterError(f"{store_id[:60]!r} is no store id: 32 hex digits are expected.")
        recorded = read_record(self._records / f"{store_id}.json")
        if recorded is not None and recorded.path is None and has_driver(recorded):
            return self._databases.open(recorded)
        for path in (None if recorded is None else recorded.path, self._root_file):
            if path is not None and _is_file(path):
                store = self._open(path)
                if store.store_id == store_id:
                    return store
        where = "" if recorded is None else f" It was at {store_location(recorded.uri)}."
        raise ResourceDoesNotExistError(
            f"This Jupyter server does not know the store {store_id}.{where} It may have been moved or deleted, or "
            "belong to another machine. Open it in a notebook (set_tracking_uri('…/tracker.db')) and look again."
        )

    def _known(self) -> Iterator[tuple[str, Path]]:
        if _is_file(self._root_file):
            # A corrupt or foreign file is left out here; who asks for the default store is told.
            with contextlib.suppress(TrackerError):
                yield self._open(self._root_file).store_id, self._root_file
        yield from self._recorded()

    def _recorded(self) -> Iterator[tuple[str, Path]]:
        """Yield id and file of the recorded stores whose file is there, used last first."""
        for record in read_records(self._records):
            if record.path is not None and _is_file(record.path):
                yield record.store_id, record.path

    def _recorded_databases(self) -> Iterator[Record]:
        """Yield the records of databases on servers whose driver is here, used last first."""
        return (one for one in read_records(self._records) if one.path is None and has_driver(one))

    def _open(self, path: Path, *, create: bool = False) -> SqlStore:
        """Return the open store of a file that is there; a file that replaced the one opened is opened anew."""
        with self._lock:
            if create and not path.exists():
                open_sqlite(path).close()
            status = path.stat()
            identity = (status.st_dev, status.st_ino)
            known = self._opened.get(path)
            if known is not None and known.identity == identity:
                return known.store
            if known is not None:
                del self._opened[path]
                known.store.close()
            store = open_sqlite(path)
            self._opened[path] = _Opened(store, identity)
            return store


def _is_file(path: Path) -> bool:
    """Tell whether a store's file is there: one in a network folder that has gone away is not, and hides no other."""
    return os.path.isfile(path)  # noqa: PTH113 - that of a Path raises for most that can be wrong
