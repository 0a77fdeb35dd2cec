"""Where files of runs and models are kept: the contract (`base`) and its backends, by URI scheme.

To add a backend: a class with the methods of `base.ArtifactStore` in a file of its own, one line in
`_BACKENDS`, and a mode in the contract test of backends.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from urllib.parse import unquote

from jupyter_tracker.artifact_store.base import ArtifactStore
from jupyter_tracker.artifact_store.local import LocalArtifactStore, local_path
from jupyter_tracker.errors import InvalidParameterError, PermissionDeniedError

__all__ = ["ArtifactStore", "LocalArtifactStore", "artifact_store", "check_destination", "confine"]

# A plain path has no scheme; a single letter is a Windows drive.
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]+):")
# The library of object storage reads an address as browsers do: it takes `..`, also as `%2e%2e`, for a step up, and
# leaves out control characters before that.
_LEADS_UP = re.compile(r"[\x00-\x1f\x7f]|[/\\]\.\.(?:[/\\?#]|$)")


def _object_storage(uri: str) -> ArtifactStore:
    from jupyter_tracker.artifact_store.object_storage import ObjectArtifactStore

    return ObjectArtifactStore(uri)


def _served(uri: str) -> ArtifactStore:
    from jupyter_tracker.artifact_store.served import ServedArtifactStore

    return ServedArtifactStore(uri)


_BACKENDS: dict[str, Callable[[str], ArtifactStore]] = {
    "": LocalArtifactStore.from_uri,
    "file": LocalArtifactStore.from_uri,
    **dict.fromkeys(("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "wasb", "wasbs"), _object_storage),
    "http": _served,
    "https": _served,
}
_confined_to: list[str] | None = None


def confine(roots: Sequence[str]) -> None:
    """Let this process use no place outside of these (URIs or paths): a server, where clients say where places are."""
    global _confined_to  # noqa: PLW0603 - it is the process that is confined
    _confined_to = [_real(root) for root in roots]


def _real(uri: str) -> str:
    # Symbolic links are resolved first, or one inside would lead out.
    return uri if _is_remote(uri) else os.path.realpath(local_path(uri))


def _is_remote(uri: str) -> bool:
    return _scheme_of(uri) not in {"", "file"}


def _check_confined(uri: str) -> None:
    if _confined_to is None:
        return
    place = _real(uri)
    leads_up = _is_remote(uri) and (_LEADS_UP.search(uri) or _LEADS_UP.search(unquote(uri)))
    if leads_up or not any(place == root or place.startswith(root.rstrip("/") + "/") for root in _confined_to):
        raise PermissionDeniedError(f"The files at {uri[:200]!r} lie outside of what this server may use.")


def artifact_store(uri: str) -> ArtifactStore:
    """Return the backend that keeps the files below `uri`; nothing is made or opened yet.

    Raises
    ------
    InvalidParameterError
        The URI is empty, or of a kind that is not supported.
    PermissionDeniedError
        This process is confined to other places.
    """
    if not uri:
        raise InvalidParameterError("There is no artifact location: the URI is empty.")
    _check_confined(uri)
    scheme = _scheme_of(uri)
    try:
        backend = _BACKENDS[scheme]
    except KeyError:
        raise InvalidParameterError(
            f"Artifacts at '{scheme}:' cannot be used: jupyter_tracker keeps files in folders (a path, or "
            "`file:///…`) in object storage (`s3://`, `gs://`, `az://`, `abfss://`) and on tracking servers. Give the "
            "experiment another artifact_location."
        ) from None
    return backend(uri)


def check_destination(uri: str) -> None:
    """Raise InvalidParameterError where a server could keep no files below `uri`; nothing is imported or asked."""
    scheme = _scheme_of(uri)
    kind = _BACKENDS.get(scheme)
    if kind not in {LocalArtifactStore.from_uri, _object_storage}:
        raise InvalidParameterError(
            f"A server cannot keep files at {uri!r}: a folder is expected, or `s3://`, `gs://`, `az://` or `abfss://`."
        )
    if kind is _object_storage and not uri.lower().startswith(f"{scheme}://"):
        raise InvalidParameterError(f"{uri!r} names no bucket: write {scheme}://{uri[len(scheme) + 1 :].lstrip('/')}.")
    if kind is _object_storage and find_spec("obstore") is None:
        raise InvalidParameterError(
            f"To keep files at {uri!r} a library is missing: pip install 'jupyter-experiment-tracker[object-storage]'."
        )


def _scheme_of(uri: str) -> str:
    match = _SCHEME.match(uri)
    return match[1].lower() if match is not None else ""
