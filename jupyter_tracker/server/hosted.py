"""The one store of a server that stands alone, and which of its files clients may have."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from jupyter_tracker.api.messages import Stores
from jupyter_tracker.api.one_store import OneStore
from jupyter_tracker.api.permitted_places import PermittedPlaces
from jupyter_tracker.api.places import Places
from jupyter_tracker.artifact_store import check_destination, confine
from jupyter_tracker.errors import InvalidParameterError, StoreError, StoreUnavailableError, TrackerError
from jupyter_tracker.server.imports import imports_kept
from jupyter_tracker.server.opening import Opening
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.permissions import Permissions
from jupyter_tracker.store.permitted import PermittedStore
from jupyter_tracker.store.server_urls import is_server_url
from jupyter_tracker.store.sql import load_server, open_server, open_sqlite
from jupyter_tracker.store.sql.server_look import Seen, look
from jupyter_tracker.store.turns import SHORT_TURNS
from jupyter_tracker.tracking.active import prepare_folder
from jupyter_tracker.tracking.location import location_of

if TYPE_CHECKING:
    from jupyter_tracker.store.sql.server_store import ServerStore
    from jupyter_tracker.store.sql.store import SqlStore

_log = logging.getLogger(__name__)
_MOST_SEEN: Final = 256


@dataclass(frozen=True)
class Backend:
    """What a server keeps and hands on, as its command line says it.

    Attributes
    ----------
    store_uri : str
        The database, credentials included.
    default_artifact_root : str or None
        What new experiments record as it is; None: what the server hands on.
    artifacts_destination : str or None
        Where the files lie that the server hands on; None: the store's own place.
    serves_artifacts : bool
        Whether it hands files on at all.
    """

    store_uri: str
    default_artifact_root: str | None = None
    artifacts_destination: str | None = None
    serves_artifacts: bool = True


class HostedStore(OneStore["SqlStore | ServerStore"]):
    """The store of a server, as `api` is given it. Any thread may ask.

    One in a PostgreSQL database that is as it should be is not open yet: `open` does that, or who first asks for it.

    Parameters
    ----------
    backend : Backend
        What is served.
    meets_in : pathlib.Path, optional
        Where the processes meet that serve it together.
    """

    def __init__(self, backend: Backend, meets_in: Path | None = None) -> None:
        if backend.serves_artifacts and backend.artifacts_destination is not None:
            check_destination(backend.artifacts_destination)
        hidden = backend.serves_artifacts and backend.default_artifact_root is None
        given = backend.artifacts_destination if hidden else backend.default_artifact_root
        if given and is_server_url(backend.store_uri):
            os.environ["JUPYTER_TRACKER_ARTIFACT_ROOT"] = given
        seen = look(backend.store_uri) if is_server_url(backend.store_uri) else None
        self._opening = Opening(partial(_opened, backend, given, seen, meets_in))
        super().__init__(self._opening.get)
        own_root = self._store.artifact_root if seen is None else seen.artifact_root
        root = own_root if hidden else _destination(backend, own_root)
        self.places = Places(root if backend.serves_artifacts else None, is_hidden=hidden)
        # The same one each time, for what views keep of a store; other grants are other permissions.
        self._seen = lru_cache(_MOST_SEEN)(partial(PermittedHost, self._opening.get, self.places))
        # Whatever location a client records, this process touches nothing outside of these.
        confine([place for place in (root, own_root) if place is not None])

    def open(self) -> None:
        """Open the store, if it is not. An error is logged, and told to who asks for the store next."""
        try:
            # Who asks for something else meanwhile is answered between two imports.
            with SHORT_TURNS:
                self._opening.get()
        except TrackerError as error:
            _log.warning("the store could not be opened yet: %s", error.message)

    def own(self) -> Store:
        """Return the store."""
        return self._store

    def seen_by(self, permissions: Permissions | None) -> Stores:
        """Return what somebody may see: this, where the role alone says it (None)."""
        return self if permissions is None else self._seen(permissions)

    def takes_at_once(self, run_id: object, *, tags: bool) -> bool:
        """Tell whether logging points to a run, and tags, is one append to a file: done before a thread would wake."""
        return self._opening.is_done and self._store.takes_at_once(run_id, tags=tags)

    def close(self) -> None:
        """Bring everything into the store and close it."""
        self._opening.close()


class PermittedHost(OneStore[Store]):
    """The store of a server as somebody sees it whose role depends on the place. Any thread may ask."""

    def __init__(self, opened: Callable[[], Store], places: Places, permissions: Permissions) -> None:
        super().__init__(lambda: cast("Store", self._permitted))
        self._whole, self._all_places, self._permissions = opened, places, permissions

    def own(self) -> Store:
        """Return the store."""
        return self._store

    @cached_property
    def places(self) -> Places:
        """Where artifacts are, and what somebody may do there."""
        places = self._all_places
        return PermittedPlaces(places.root, places.is_hidden, checks=self._permitted.checks)

    @cached_property
    def _permitted(self) -> PermittedStore:
        return PermittedStore(self._whole(), self._permissions)


@cache
def _load() -> None:
    """Import what a store on a server needs."""
    with imports_kept():
        load_server()


def _opened(
    backend: Backend, artifact_root: str | None, seen: Seen | None, meets_in: Path | None
) -> SqlStore | ServerStore:
    """Return the store of a backend, made where there is none; the one that was seen there, if one was."""
    if is_server_url(backend.store_uri):
        _load()
        store: SqlStore | ServerStore = open_server(backend.store_uri)
    else:
        path = location_of(backend.store_uri).path
        if path is None:
            raise InvalidParameterError(
                f"{backend.store_uri!r} is no database that a server can keep runs in: "
                "`sqlite:///tracker.db`, `postgresql://…` and `mysql://…` are."
            )
        prepare_folder(path.parent)
        store = open_sqlite(path, artifact_root)
    if seen is not None and store.store_id != seen.store_id:
        store.close()
        raise StoreError(f"The store {store.uri} is another than when this server was started: start it again.")
    if meets_in is not None:
        try:
            store.share(meets_in)
        except OSError as error:
            store.close()
            raise StoreUnavailableError(
                f"The processes of this server cannot meet in {meets_in}: {error.strerror}."
            ) from error
    return store


def _destination(backend: Backend, own_root: str) -> str | None:
    """Return the root of what is handed on where clients are told other places."""
    if not backend.serves_artifacts:
        return None
    given = backend.artifacts_destination
    if given is None:
        return own_root
    return given if "://" in given else Path(given).absolute().as_uri()
