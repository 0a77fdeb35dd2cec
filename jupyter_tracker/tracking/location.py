"""Which store is used, and why that one. Looks, but opens and makes nothing.

`set_tracking_uri` > JUPYTER_TRACKER_URI > MLFLOW_TRACKING_URI > the project's own
``.jupyter_tracker/tracker.db``, the project being the nearest folder upward with a ``.jupyter_tracker`` or a
``.git`` in it, else the working directory. Always an absolute path, and settled at first use: a notebook
that changes its directory later stays with its store.

A database on a server, or a tracking server, is named by its URL. Its user and password stay in `Location.url`; whoever
asks for the URI of the store gets it without them, and may name the store by that in this process.

To add a kind of store: a line in `_read_uri`, and its opening in `tracking/active.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from jupyter_tracker import settings
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.tracking import offline as offline_store
from jupyter_tracker.tracking.masking import mask
from jupyter_tracker.wire.credentials import is_server, public_address

FOLDER = ".jupyter_tracker"
FILE = "tracker.db"
_DATABASE_SUFFIXES = frozenset({".db", ".db3", ".sqlite", ".sqlite3"})
# What MLflow reads as a server, and would be a folder here.
_NO_FOLDERS = frozenset({"databricks", "databricks-uc"})
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]+):")  # two letters at least: `C:` is a drive


class Location(NamedTuple):
    """Where the store is and why.

    Attributes
    ----------
    path : pathlib.Path or None
        The database file, absolute. It need not exist. None for a database on a server.
    reason : str
        For people: what named this store.
    url : str or None
        Of a database on a server, with its credentials: never to be shown.
    """

    path: Path | None
    reason: str
    url: str | None = None

    def __repr__(self) -> str:
        """Without the URL, which may hold a password."""
        return f"Location({self.name!r}, {self.reason!r})"

    @property
    def uri(self) -> str:
        """The store's URI, absolute and without credentials: ``sqlite:////abs/path/tracker.db``."""
        if self.path is not None:
            return f"sqlite:///{self.path.as_posix()}"
        if is_server(self.url or ""):
            return public_address(self.url or "")
        from jupyter_tracker.store.server_urls import public_uri

        return public_uri(self.url or "")

    @property
    def name(self) -> str:
        """What people call it: the path of the file, or the URI."""
        return self.uri if self.path is None else str(self.path)


class _Choice:
    """What this process has chosen so far."""

    def __init__(self) -> None:
        self.explicit: Location | None = None
        self.project: Location | None = None
        self.of_setting: dict[tuple[str, str], Location] = {}
        self.exported: tuple[str, str | None] | None = None
        self.servers: dict[str, str] = {}  # URI without credentials: the URL with them


_choice = _Choice()
_OFFLINE = "JUPYTER_TRACKER_OFFLINE"
_SETTINGS = ("JUPYTER_TRACKER_URI", "MLFLOW_TRACKING_URI")


def current_location() -> Location:
    """Return where the store of this process is, and why that one; nothing is created."""
    if _choice.explicit is not None:
        return _choice.explicit
    for name in _SETTINGS:
        value = settings.text(name).strip()
        if value:
            found = _choice.of_setting.get((name, value))
            if found is None:
                found = location_of(value, f"the environment variable {name} is set")
                if settings.flag(_OFFLINE) and is_server(found.url or ""):
                    found = offline_location(value, f"{name} and {_OFFLINE} are set")
                _choice.of_setting[name, value] = found
            return found
    if _choice.project is None:
        _choice.project = _project_location(Path.cwd())
    return _choice.project


def is_chosen() -> bool:
    """Tell whether somebody has named the store of this process: it is not the project's own."""
    return _choice.explicit is not None or any(settings.text(name).strip() for name in _SETTINGS)


def choose(uri: str | os.PathLike[str] | None, *, offline: bool = False) -> None:
    """Make `uri` the store of this process and of the processes that it starts; None goes back to the default.

    `offline`: the store on this machine that stands for that server.
    """
    if uri is None or not str(uri).strip():
        _choice.explicit = None
        _take_back_export()
        return
    text = os.fspath(uri).strip()
    if offline or (settings.flag(_OFFLINE) and is_server(text)):
        _choice.explicit = offline_location(text, "set_tracking_uri was called with offline=True")
    else:
        _choice.explicit = location_of(uri, "set_tracking_uri was called")
    if _choice.exported is None:
        _choice.exported = ("", os.environ.get(_SETTINGS[0]))
    # A worker process, or `!jupyter tracker runs` in a cell, means the same store, and needs the password for it.
    exported = _choice.explicit.url or _choice.explicit.uri
    _choice.exported = (exported, _choice.exported[1])
    os.environ[_SETTINGS[0]] = exported


def forget() -> None:
    """Forget every choice, as if nothing had been asked yet."""
    choose(None)
    _choice.project = None
    _choice.of_setting.clear()
    _choice.servers.clear()


def location_of(uri: str | os.PathLike[str], reason: str = "it was named") -> Location:
    """Return the location that a path or a URI names.

    Parameters
    ----------
    uri : str or os.PathLike
        ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``file:folder`` or a path. A folder means the
        ``tracker.db`` in it (or in its ``.jupyter_tracker``). Or ``postgresql://user:password@host/database``,
        ``mysql://…``. Or a tracking server's address: ``http://host:port``.
    reason : str
        What named it.

    Raises
    ------
    InvalidParameterError
        For a URI of another kind, saying which kinds there are.
    """
    if is_server(os.fspath(uri).strip()):
        public_address(os.fspath(uri).strip())
        return Location(None, reason, os.fspath(uri).strip())
    server = _server_location(os.fspath(uri).strip(), reason)
    if server is not None:
        return server
    path = _absolute(_read_uri(os.fspath(uri).strip()))
    if path.is_dir() or (path.suffix.lower() not in _DATABASE_SUFFIXES and not path.is_file()):
        inner = path / FOLDER / FILE
        path = inner if inner.exists() else path / FILE
    return Location(path, reason)


def _absolute(path: str) -> Path:
    """Return a path absolute, links as they are; `//tmp`, of a URI with a slash too many, is `/tmp`."""
    found = os.path.abspath(Path(path).expanduser())  # noqa: PTH100 - links stay
    return Path(found if os.name == "nt" else f"/{found.lstrip('/')}")


def offline_location(url: str, reason: str) -> Location:
    """Return the location of the store on this machine that stands for a tracking server; see `offline`."""
    return Location(offline_store.file_of(url), f"{reason}; it stands for {public_address(url)}")


def project_folder(start: Path) -> Path:
    """Return the nearest folder from `start` upward with a ``.jupyter_tracker`` or ``.git``, else `start`."""
    return _find_project(start)[0]


def _find_project(start: Path) -> tuple[Path, str | None]:
    for folder in (start, *start.parents):
        for mark in (FOLDER, ".git"):
            if os.path.lexists(folder / mark):
                return folder, mark
    return start, None


def _project_location(start: Path) -> Location:
    folder, mark = _find_project(start)
    if mark is None:
        reason = f"no project was found at or above {start}, so the working directory is taken as one"
    else:
        reason = f"{folder} is the nearest folder with a {mark}"
    return Location(folder / FOLDER / FILE, reason)


def _server_location(uri: str, reason: str) -> Location | None:
    if "://" not in uri:
        return None
    from jupyter_tracker.store import server_urls

    if not server_urls.is_server_url(uri):
        return None
    public = server_urls.public_uri(uri)
    if not server_urls.has_credentials(uri):
        # `get_tracking_uri()` says no password, and what it says names the same store again.
        return Location(None, reason, _choice.servers.get(public, uri))
    _choice.servers[public] = uri
    return Location(None, reason, uri)


def _read_uri(uri: str) -> str:
    """Return the path in a URI; InvalidParameterError for a kind that is not supported."""
    match = _SCHEME.match(uri)
    if uri in _NO_FOLDERS:
        raise InvalidParameterError(
            f"{uri!r} is not a store that can be used here: MLflow's own package reaches Databricks. "
            f"For a folder of that name write './{uri}'."
        )
    if match is None:
        return uri
    scheme, rest = match[1].lower(), uri[match.end() :]
    if scheme == "sqlite":
        return _sqlite_path(uri, rest)
    if scheme == "file":
        return _file_path(uri, rest)
    raise InvalidParameterError(
        f"{mask(uri)!r} is not a store that can be used here: '{scheme}:' is not supported. "
        "Use a path, `sqlite:///relative.db`, `sqlite:////absolute.db`, `file:folder`, or a database on a server: "
        "`postgresql://user:password@host/database`, `mysql://user:password@host/database`; or a tracking server: "
        "`http://host:port`."
    )


def _sqlite_path(uri: str, rest: str) -> str:
    path = re.sub(r"\?\w+=.*$", "", rest.removeprefix("///"))
    if not rest.startswith("///") or not path or path == ":memory:":
        raise InvalidParameterError(
            f"{uri!r} does not name a file. Use `sqlite:///relative.db` or `sqlite:////absolute/path.db`; "
            "a database in memory would be lost with the process."
        )
    return path


def _file_path(uri: str, rest: str) -> str:
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host not in {"", "localhost"} or not slash:
            raise InvalidParameterError(f"{uri!r} names another machine. Mount its folder and give the path.")
        rest = "/" + path
        if re.match(r"^/[A-Za-z]:", rest):  # file:///C:/folder
            rest = rest[1:]
    if not rest:
        raise InvalidParameterError(f"{uri!r} does not name a folder. Use `file:///absolute/folder` or a path.")
    return unquote(rest)


def _take_back_export() -> None:
    if _choice.exported is None:
        return
    ours, before = _choice.exported
    _choice.exported = None
    if os.environ.get(_SETTINGS[0]) == ours:
        if before is None:
            del os.environ[_SETTINGS[0]]
        else:
            os.environ[_SETTINGS[0]] = before
