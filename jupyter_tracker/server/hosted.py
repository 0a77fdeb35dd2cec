"""The one store of a server that stands alone, and which of its files clients may have."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from jupyter_tracker.api.messages import Stores
from jupyter_tracker.api.one_store import OneStore
from jupyter_tracker.api.permitted_places import PermittedPlaces
from jupyter_tracker.api.places import Places
from jupyter_tracker.artifact_store import check_destination, confine
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.permissions import Permissions
from jupyter_tracker.store.permitted import PermittedStore
from jupyter_tracker.store.server_urls import is_server_url
from jupyter_tracker.store.sql import open_server, open_sqlite
from jupyter_tracker.tracking.active import prepare_folder
from jupyter_tracker.tracking.location import location_of

if TYPE_CHECKING:
    from jupyter_tracker.store.sql.server_store import ServerStore
    from jupyter_tracker.store.sql.store import SqlStore

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
    is_shared : bool
        Other processes serve the same store.
    """

    store_uri: str
    default_artifact_root: str | None = None
    artifacts_destination: str | None = None
    serves_artifacts: bool = True
    is_shared: bool = False


class HostedStore(OneStore["SqlStore | ServerStore"]):
    """The store of a server, as `api` is given it. Any thread may ask."""

    def __init__(self, backend: Backend) -> None:
        if backend.serves_artifacts and backend.artifacts_destination is not None:
            check_destination(backend.artifacts_destination)
        hidden = backend.serves_artifacts and backend.default_artifact_root is None
        super().__init__(_opened(backend, backend.artifacts_destination if hidden else backend.default_artifact_root))
        own_root = self._store.artifact_root
        root = own_root if hidden else _destination(backend, own_root)
        self.places = Places(root if backend.serves_artifacts else None, is_hidden=hidden)
        # The same one each time, for what views keep of a store; other grants are other permissions.
        self._seen = lru_cache(_MOST_SEEN)(partial(PermittedHost, self._store, self.places))
        # Whatever location a client records, this process touches nothing outside of these.
        confine([place for place in (root, own_root) if place is not None])

    def own(self) -> Store:
        """Return the store."""
        return self._store

    def seen_by(self, permissions: Permissions | None) -> Stores:
        """Return what somebody may see: this, where the role alone says it (None)."""
        return self if permissions is None else self._seen(permissions)

    def takes_at_once(self, run_id: object) -> bool:
        """Tell whether logging points and tags to a run is one append to a file: done before a thread would wake."""
        return self._store.takes_at_once(run_id)

    def close(self) -> None:
        """Bring everything into the store and close it."""
        self._store.close()


class PermittedHost(OneStore[Store]):
    """The store of a server as somebody sees it whose role depends on the place. Any thread may ask."""

    def __init__(self, store: Store, places: Places, permissions: Permissions) -> None:
        seen = PermittedStore(store, permissions)
        super().__init__(cast("Store", seen))
        self.places = PermittedPlaces(places.root, places.is_hidden, checks=seen.checks)

    def own(self) -> Store:
        """Return the store."""
        return self._store


def _opened(backend: Backend, artifact_root: str | None) -> SqlStore | ServerStore:
    """Return the store of a backend, made where there is none."""
    if is_server_url(backend.store_uri):
        if artifact_root:
            os.environ["JUPYTER_TRACKER_ARTIFACT_ROOT"] = artifact_root
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
    store.is_shared = backend.is_shared
    return store


def _destination(backend: Backend, own_root: str) -> str | None:
    """Return the root of what is handed on where clients are told other places."""
    if not backend.serves_artifacts:
        return None
    given = backend.artifacts_destination
    if given is None:
        return own_root
    return given if "://" in given else Path(given).absolute().as_uri()
