"""The files that a run left behind."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.errors import TrackerError

_SHOWN: Final = 50
_LOOKED_AT: Final = 500


@dataclass(frozen=True)
class ArtifactEntry:
    """A file or folder among a run's artifacts; `path` is relative to their root."""

    path: str
    is_dir: bool
    size_bytes: int | None


def artifact_list(artifact_uri: str | None, *, shown: int = _SHOWN) -> tuple[list[ArtifactEntry], int]:
    """Return the first `shown` artifacts, and how many there are: files of all folders, those near the root first.

    Looks at some 500 at most, so that a run with very many is shown at once; folders that were not looked
    into are then listed as such. Artifacts that cannot be read are none.
    """
    if not artifact_uri:
        return [], 0
    found: list[ArtifactEntry] = []
    folders = deque([""])
    try:
        backend = artifact_store(artifact_uri)
        while folders and len(found) + len(folders) < _LOOKED_AT:
            for info in backend.list(folders.popleft()):
                if info.is_dir:
                    folders.append(info.path)
                else:
                    found.append(ArtifactEntry(info.path, is_dir=False, size_bytes=info.file_size))
    except TrackerError:
        return [], 0
    found += [ArtifactEntry(path, is_dir=True, size_bytes=None) for path in folders]
    return found[:shown], len(found)
