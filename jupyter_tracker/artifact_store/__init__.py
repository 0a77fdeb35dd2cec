"""Where files of runs and models are kept: the contract (`base`) and its backends, by URI scheme.

To add a backend: a class with the methods of `base.ArtifactStore` in a file of its own, one line in
`_BACKENDS`, and a mode in the contract test of backends.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from jupyter_tracker.artifact_store.base import ArtifactStore
from jupyter_tracker.artifact_store.local import LocalArtifactStore
from jupyter_tracker.errors import InvalidParameterError

__all__ = ["ArtifactStore", "LocalArtifactStore", "artifact_store"]

# A plain path has no scheme; a single letter is a Windows drive.
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]+):")
_BACKENDS: dict[str, Callable[[str], ArtifactStore]] = {
    "": LocalArtifactStore.from_uri,
    "file": LocalArtifactStore.from_uri,
}


def artifact_store(uri: str) -> ArtifactStore:
    """Return the backend that keeps the files below `uri`; nothing is made or opened yet.

    Raises
    ------
    InvalidParameterError
        The URI is empty, or of a kind that is not supported.
    """
    if not uri:
        raise InvalidParameterError("There is no artifact location: the URI is empty.")
    match = _SCHEME.match(uri)
    scheme = match[1].lower() if match is not None else ""
    try:
        backend = _BACKENDS[scheme]
    except KeyError:
        raise InvalidParameterError(
            f"Artifacts at '{scheme}:' cannot be used: this version of jupyter_tracker keeps files in folders "
            "(a path, or `file:///…`). Give the experiment another artifact_location."
        ) from None
    return backend(uri)
