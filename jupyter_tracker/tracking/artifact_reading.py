"""Reading artifacts back, by run and path or by URI."""

from __future__ import annotations

import importlib
import io
import json
import os
from pathlib import Path
from typing import Any

from jupyter_tracker.artifact_store import ArtifactStore, artifact_store, web
from jupyter_tracker.artifact_store.base import safe_file_path
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import InvalidParameterError, InvalidStateError, TrackerError
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.views.model_versions import version_and_path
from jupyter_tracker.views.run_files import run_files

_AT_ROOT = frozenset({"", "file:", "file://", "file://localhost"})
"""What stands before the last slash of what lies at the root of this machine's files, such as ``/data``."""


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[FileInfo]:
    """Return what a folder of artifacts holds, sorted by path; empty where there is no such folder.

    Parameters
    ----------
    artifact_uri : str, optional
        ``runs:/<run_id>/folder``, ``models:/m-…``, a ``file:`` URI or a path; or else
    run_id, artifact_path : str, optional
        A run and a folder among its files.
    tracking_uri : str, optional
        Another store than the one in use.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_text("all went well", "notes.txt")
    >>> [file.path for file in tracker.artifacts.list_artifacts(run_id=run.info.run_id) if not file.is_dir]
    ['notes.txt']
    """
    files, path = _located(artifact_uri, run_id, artifact_path, tracking_uri)
    return files.list(path)


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | os.PathLike[str] | None = None,
    tracking_uri: str | None = None,
) -> str:
    """Return the local path of a file or folder; of a copy below `dst_path` where that is given.

    Parameters
    ----------
    artifact_uri, run_id, artifact_path, tracking_uri : str, optional
        As for `list_artifacts`.
    dst_path : str or os.PathLike, optional
        Folder to copy to; made at need.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such run or artifact.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_text("all went well", "notes.txt")
    >>> from pathlib import Path
    >>> Path(tracker.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="notes.txt")).read_text()
    'all went well'
    """
    if run_id is None and artifact_uri is not None and web.is_web(artifact_uri) and not artifact_path:
        return str(web.download(artifact_uri, None if dst_path is None else Path(dst_path)))
    files, path = _located(artifact_uri, run_id, artifact_path, tracking_uri)
    if dst_path is None:
        return str(files.download(path))
    return str(files.download(path, Path(dst_path)))


def load_text(artifact_uri: str) -> str:
    """Return the text of a file, read as UTF-8.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_text("all went well", "notes.txt")
    >>> tracker.artifacts.load_text(f"runs:/{run.info.run_id}/notes.txt")
    'all went well'
    """
    return _content(artifact_uri).decode("utf-8", "surrogatepass")


def load_dict(artifact_uri: str) -> Any:
    """Return the dictionary or list in a JSON or YAML file; InvalidStateError where it holds neither."""
    text = load_text(artifact_uri)
    try:
        return json.loads(text)
    except ValueError as error:
        try:
            yaml = importlib.import_module("yaml")
        except ImportError:
            raise InvalidStateError(f"{artifact_uri} is no JSON ({error}); to read YAML, install PyYAML.") from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidStateError(f"{artifact_uri} is neither JSON nor YAML: {error}.") from error


def load_image(artifact_uri: str) -> Any:
    """Return an image file as a Pillow image; TrackerError where Pillow is missing."""
    try:
        pillow = importlib.import_module("PIL.Image")
    except ImportError as error:
        raise TrackerError(
            "Reading an image needs Pillow: install it, or `jupyter-experiment-tracker[images]`."
        ) from error
    return pillow.open(io.BytesIO(_content(artifact_uri)))


def _content(uri: str) -> bytes:
    files, path = _located(uri, None, None, None)
    with files.open(safe_file_path(path)) as file:
        return file.read()


def _located(
    uri: str | None, run_id: str | None, path: str | None, tracking_uri: str | None
) -> tuple[ArtifactStore, str]:
    """Return the place of an artifact and its path below that place."""
    if (uri is None) == (run_id is None):
        raise InvalidParameterError("Give either an artifact_uri, or a run_id (and an artifact_path).")
    if run_id is not None:
        return _of_run(active.store_at(tracking_uri, create=False), run_id), path or ""
    if path:
        raise InvalidParameterError("artifact_path belongs to run_id; with an artifact_uri, write it into the URI.")
    uri = str(uri)
    scheme, _, rest = uri.partition(":/")
    if scheme == "runs":
        of, _, path = rest.lstrip("/").partition("/")
        return _of_run(active.store_at(tracking_uri, create=False), of), path
    if scheme == "models":
        return _of_model(active.store_at(tracking_uri, create=False), uri, rest.lstrip("/"))
    place, slash, name = (uri.rstrip("/") or uri[:1]).rpartition("/")
    if place.endswith(":/"):  # a bucket as a whole
        return artifact_store(uri), ""
    if slash and place.lower() in _AT_ROOT:
        place += "/"
    return artifact_store(place or "."), name


def _of_run(store: Store, run_id: str) -> ArtifactStore:
    return run_files(store, store.get_run(run_id))


def _of_model(store: Store, uri: str, rest: str) -> tuple[ArtifactStore, str]:
    """Read ``models:/m-…/path`` and what `version_and_path` reads."""
    name, _, path = rest.partition("/")
    if name.startswith("m-"):
        return artifact_store(store.get_logged_model(name).artifact_location), path
    version, path = version_and_path(store, uri)
    return artifact_store(store.get_model_version_download_uri(version.name, version.version)), path
