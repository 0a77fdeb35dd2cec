"""The files that a run left behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.artifact_store import ArtifactStore
from jupyter_tracker.errors import TrackerError

_SHOWN: Final = 50
_LOOKED_AT: Final = 500


@dataclass(frozen=True)
class ArtifactEntry:
    """A file or folder among a run's artifacts; `path` is relative to their root."""

    path: str
    is_dir: bool
    size_bytes: int | None


def artifact_list(place: Callable[[], ArtifactStore], *, shown: int = _SHOWN) -> tuple[list[ArtifactEntry], int]:
    """Return the first `shown` artifacts, and how many there are: files of all folders, those near the root first.

    `place` returns where they are, as `run_files` does; that there is none, or that it cannot be used, is no error.
    Looks at some 500 at most, so that a run with very many is shown at once; folders that were not looked
    into are then listed as such. Artifacts that cannot be read are none.
    """
    found: list[ArtifactEntry] = []
    folders = deque([""])
    try:
        backend = place()
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
