"""Several places seen as one: a place of its own, with folders in it that really lie elsewhere.

So the models that a run has logged, which have places of their own, are found among the run's files. What the run's
own place has under the same name wins. Writing goes to the own place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from jupyter_tracker.artifact_store.base import ArtifactStore, safe_path
from jupyter_tracker.entities import FileInfo

if TYPE_CHECKING:
    from builtins import list as List  # noqa: N812 - a method below is called list


class OverlayArtifactStore:
    """A place with folders that lie elsewhere.

    Parameters
    ----------
    own : ArtifactStore
        The place itself.
    folders : mapping of str to ArtifactStore
        Path of a folder → where it really is.
    """

    def __init__(self, own: ArtifactStore, folders: Mapping[str, ArtifactStore]) -> None:
        self.own = own
        self.folders = {safe_path(path): place for path, place in folders.items()}

    @property
    def uri(self) -> str:
        """Where the own place is."""
        return self.own.uri

    def write(self, path: str, content: bytes) -> None:
        """See `ArtifactStore`."""
        self.own.write(path, content)

    def write_stream(self, path: str, stream: BinaryIO, digest: str | None = None) -> None:
        """See `ArtifactStore`."""
        self.own.write_stream(path, stream, digest)

    def log_file(self, local_path: Path, artifact_path: str = "") -> str:
        """See `ArtifactStore`."""
        return self.own.log_file(local_path, artifact_path)

    def log_dir(self, local_dir: Path, artifact_path: str = "") -> None:
        """See `ArtifactStore`."""
        self.own.log_dir(local_dir, artifact_path)

    def list(self, path: str = "") -> List[FileInfo]:
        """Return what a folder holds, sorted by path, the folders from elsewhere among it."""
        relative = safe_path(path)
        elsewhere = self._elsewhere(relative)
        if elsewhere is not None:
            folder, inner = elsewhere
            return [replace(file, path=f"{folder}/{file.path}") for file in self.folders[folder].list(inner)]
        found = {file.path: file for file in self.own.list(relative)}
        below = f"{relative}/" if relative else ""
        for folder in self.folders:
            if folder.startswith(below):
                name = below + folder[len(below) :].partition("/")[0]
                found.setdefault(name, FileInfo(name, is_dir=True, file_size=None))
        return sorted(found.values(), key=lambda file: file.path)

    def open(self, path: str) -> BinaryIO:
        """Return a file, opened for reading bytes."""
        place, inner = self.located(path)
        return place.open(inner)

    def located(self, path: str) -> tuple[ArtifactStore, str]:
        """Return the place that a file or folder really is in, and its path there."""
        elsewhere = self._elsewhere(safe_path(path))
        return (self.own, path) if elsewhere is None else (self.folders[elsewhere[0]], elsewhere[1])

    def download(self, path: str = "", dst: Path | None = None) -> Path:
        """Return a local copy of a file or folder; without `dst` its own place where that is local."""
        relative = safe_path(path)
        elsewhere = self._elsewhere(relative)
        if elsewhere is None:
            local = self.own.download(relative, dst)
            if dst is not None:
                for folder, place in self.folders.items():
                    if (not relative or folder.startswith(f"{relative}/")) and not self.own.list(folder):
                        place.download("", dst / folder)
            return local
        folder, inner = elsewhere
        if dst is None:
            return self.folders[folder].download(inner)
        self.folders[folder].download(inner, dst / folder)
        return dst / relative

    def delete(self, path: str = "") -> None:
        """See `ArtifactStore`."""
        self.own.delete(path)

    def _elsewhere(self, path: str) -> tuple[str, str] | None:
        """Return the folder from elsewhere that a path is in, and the path below it; None for the own place's."""
        for folder in sorted(self.folders, key=len, reverse=True):
            if path == folder or path.startswith(f"{folder}/"):
                is_own = any(file.path == folder for file in self.own.list(folder.rpartition("/")[0]))
                return None if is_own else (folder, path[len(folder) + 1 :])
        return None
