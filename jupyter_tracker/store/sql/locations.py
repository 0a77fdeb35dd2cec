"""Where artifacts are: kept relative to the store's folder, shown absolute.

So a project folder can be moved or mounted elsewhere, and its artifacts are found again.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jupyter_tracker.errors import InvalidParameterError


def stored_location(root: Path, location: str) -> str:
    """Return what the database keeps of a location: relative to `root` where it lies inside, else absolute.

    InvalidParameterError where it is no URI, and no path either.
    """
    try:
        parts = urlsplit(location)
    except ValueError as error:
        raise InvalidParameterError(f"{location[:200]!r} is no URI that can be read: {error}.") from None
    if parts.scheme == "file":
        # urllib.request.url2pathname does this, but brings ssl and an HTTP client to every script's start.
        path = Path(unquote(parts.path).lstrip("/") if os.name == "nt" else unquote(parts.path))
    elif "://" in location or _has_scheme(location):
        return location.rstrip("/")
    else:
        path = Path(location).expanduser()
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links out of the folder
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_uri()


def absolute_location(root: Path, stored: str) -> str:
    """Return the absolute URI of a location that the database keeps."""
    if "://" in stored or _has_scheme(stored):
        return stored
    return (root / stored).as_uri()


def run_artifact_uri(root: Path, artifact_uri: str | None, experiment_location: str, run_id: str) -> str:
    """Return the absolute URI of a run's artifacts."""
    if artifact_uri:
        return absolute_location(root, artifact_uri)
    return f"{_experiment_uri(root, experiment_location)}/{run_id}/artifacts"


@functools.lru_cache(maxsize=256)
def _experiment_uri(root: Path, location: str) -> str:
    # The same one for thousands of runs; building a URI from a Path takes longer than starting a run may.
    return absolute_location(root, location)


class Homes(dict[str, str]):
    """The absolute location of each experiment, made once for all of its runs."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def __missing__(self, location: str) -> str:
        absolute = self[location] = absolute_location(self.root, location)
        return absolute

    def uri(self, artifact_uri: str | None, location: str, run_id: str) -> str:
        """Return the absolute URI of a run's artifacts."""
        if artifact_uri:
            return absolute_location(self.root, artifact_uri)
        return f"{self[location]}/{run_id}/artifacts"


def model_artifact_uri(root: Path, artifact_location: str | None, experiment_location: str, model_id: str) -> str:
    """Return the absolute URI of a logged model's artifacts."""
    return absolute_location(root, artifact_location or f"{experiment_location}/models/{model_id}/artifacts")


def _has_scheme(location: str) -> bool:
    # `mlflow-artifacts:/…`, `models:/…`; not `C:\…`
    scheme, colon, _ = location.partition(":")
    return bool(colon) and len(scheme) > 1 and "/" not in scheme
