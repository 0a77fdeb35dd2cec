"""The store that is in use: opened once per process and place, made at the first write.

The one module of this room that opens stores; everything else is given one.

>>> from jupyter_tracker.tracking import active
>>> active.location().reason                    # doctest: +SKIP
'/home/alice/churn is the nearest folder with a .git'
>>> active.store().create_experiment("churn")   # doctest: +SKIP
'1'
"""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path

from jupyter_tracker.errors import PermissionDeniedError, StoreError
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.server_urls import user_of
from jupyter_tracker.tracking import kernel_record, provenance
from jupyter_tracker.tracking.location import FOLDER, Location, current_location, location_of
from jupyter_tracker.wire.credentials import is_server

_PRIVATE = 0o700


# Whatever is changed through a store of this process is recorded as of its notebook, job or script.
provenance.install()


class _Opened:
    """The open stores of this process, by path."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.stores: dict[Path | str, Store] = {}  # by path, or by URL
        self.nothing: tuple[int, Store] | None = None  # the pid that made it, and the store


_opened = _Opened()


def location() -> Location:
    """Return where the store of this process is, and the reason; neither opens nor makes it."""
    return current_location()


def store(*, create: bool = True) -> Store:
    """Return the open store of this process.

    Parameters
    ----------
    create : bool
        Make the store where there is none yet. A reader passes False, so that looking at an empty project
        leaves nothing behind in it: an empty store is returned then, which must not be written to.

    Raises
    ------
    StoreError
        The file is no store of ours, is corrupt, or was written by a newer version.
    PermissionDeniedError
        The folder may not be made or written.
    """
    return open_store(current_location(), create=create)


def store_at(uri: str | os.PathLike[str] | None, *, create: bool = True) -> Store:
    """Return the open store that a URI names; None is the store of this process."""
    return store(create=create) if uri is None else open_store(location_of(uri), create=create)


def open_store(where: Location, *, create: bool = True) -> Store:
    """Return the open store at a location; see `store`."""
    path = where.path
    if path is None:
        return _open_server(where)
    found = _opened.stores.get(path)
    # A user may have deleted the folder to start afresh: what is written to an unlinked file is lost.
    if found is not None and os.path.exists(path):  # noqa: PTH110 - 1 µs, a Path costs 5
        return found
    with _opened.lock:
        found = _opened.stores.get(path)
        exists = path.exists()
        if found is not None and exists:
            return found
        if found is not None:
            del _opened.stores[path]
        if not exists and not create:
            return _empty_store()
        prepare_folder(path.parent)
        opened = _open(path)
        _opened.stores[path] = opened
    kernel_record.write(opened.store_id, opened.uri)
    return opened


def _open_server(where: Location) -> Store:
    url = where.url or ""
    found = _opened.stores.get(url)
    if found is not None:
        return found
    with _opened.lock:
        if url not in _opened.stores:
            _opened.stores[url] = _open_url(url)
        opened = _opened.stores[url]
    kernel_record.write(opened.store_id, opened.uri, user_of(url))
    return opened


def _open_url(url: str) -> Store:
    if is_server(url):
        from jupyter_tracker.store.rest import open_rest

        return open_rest(url)
    from jupyter_tracker.store.sql import open_server

    return open_server(url)


def close_all() -> None:
    """Flush and close every store that this process has opened."""
    with _opened.lock:
        stores = list(_opened.stores.values())
        _opened.stores.clear()
    for opened in stores:
        opened.close()


def _open(path: Path) -> Store:
    from jupyter_tracker.store.sql import open_sqlite

    return open_sqlite(path)


def prepare_folder(folder: Path) -> None:
    """Make the store's folder. A project's own is private, and hidden from git by a `.gitignore` inside."""
    try:
        if folder.name != FOLDER:
            folder.mkdir(parents=True, exist_ok=True)
            return
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=_PRIVATE, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists() and os.access(folder, os.W_OK):
            ignore.write_text("*\n", encoding="utf-8")
    except PermissionError as error:
        raise PermissionDeniedError(
            f"The store's folder {folder} cannot be made or written: {error.strerror}. Choose another place with "
            "set_tracking_uri('…/tracker.db') or the environment variable JUPYTER_TRACKER_URI."
        ) from error
    except OSError as error:
        raise StoreError(
            f"The store's folder {folder} cannot be made: {error.strerror or error}. Choose another place with "
            "set_tracking_uri('…/tracker.db') or the environment variable JUPYTER_TRACKER_URI."
        ) from error


def _empty_store() -> Store:
    """Return a store with nothing in it but the default experiment, for readers of a project without one."""
    if _opened.nothing is None or _opened.nothing[0] != os.getpid():
        import tempfile

        folder = Path(tempfile.mkdtemp(prefix="jupyter-tracker-"))
        nothing = _open(folder / "empty.db")
        _opened.nothing = (os.getpid(), nothing)
        atexit.register(_remove_empty, os.getpid(), nothing, folder)
    return _opened.nothing[1]


def _remove_empty(pid: int, nothing: Store, folder: Path) -> None:
    if pid == os.getpid():
        import shutil

        nothing.close()
        shutil.rmtree(folder, ignore_errors=True)


def _after_fork() -> None:
    # Another thread of the parent may have held the lock; the stores themselves know about forks.
    _opened.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
