"""What one folder of a run's artifacts holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tracker.artifact_store import ArtifactStore
from jupyter_tracker.views.artifact_list import ArtifactEntry

SHOWN: Final = 1000


@dataclass(frozen=True)
class ArtifactFolderView:
    """The entries of one folder: folders first, each by name."""

    path: str
    """Relative to the run's artifacts; empty for their root."""
    entries: list[ArtifactEntry]
    total: int
    """How many there are; more than `entries` in a very full folder."""


def artifact_folder_view(files: ArtifactStore, path: str = "") -> ArtifactFolderView:
    """Return what a folder holds; nothing for a file, or for what is not there."""
    found = sorted(files.list(path), key=lambda info: (not info.is_dir, info.path))
    entries = [ArtifactEntry(info.path, info.is_dir, info.file_size) for info in found[:SHOWN]]
    return ArtifactFolderView(path, entries, len(found))
