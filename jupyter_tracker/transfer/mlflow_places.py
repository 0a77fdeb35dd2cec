"""Where MLflow's artifacts are, by the URIs that its stores keep, also after the folder was moved.

A local store keeps absolute paths. So where such a path leads nowhere, the same place beside the store itself
is tried: below ``mlruns`` or ``mlartifacts``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jupyter_tracker.artifact_store.local import local_path
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.transfer.local_files import folder_files
from jupyter_tracker.transfer.source import SourceFiles
from jupyter_tracker.wire.files import proxied_path

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]+):")
_ROOTS = ("mlruns", "mlartifacts")


@dataclass(frozen=True)
class MlflowPlaces:
    """Finds artifacts of one MLflow store.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that the store lies in.
    """

    folder: Path

    @cached_property
    def _roots(self) -> list[Path]:
        found = [self.folder / name for name in _ROOTS]
        return [root for root in (*found, self.folder) if root.is_dir()]

    def files(self, uri: str | None) -> SourceFiles:
        """Return the files at an artifact URI."""
        if not uri:
            return SourceFiles()
        scheme = _SCHEME.match(uri)
        proxied = proxied_path(uri)
        if proxied is not None:
            candidates = [root / proxied for root in self._roots]
        elif scheme and scheme[1].lower() != "file":
            return SourceFiles(uri=uri, missing=f"its files stay at {uri}: only local folders are copied")
        else:
            candidates = self._local(uri)
        for folder in candidates:
            if folder.is_dir() and ".." not in folder.parts:
                return folder_files(folder)
        if proxied is not None:
            return SourceFiles(
                missing=f"no files were found for {uri}: put the server's `mlartifacts` beside the store"
            )
        # MLflow makes a run's folder when something is written to it, so most such runs have no files.
        return SourceFiles()

    def _local(self, uri: str) -> list[Path]:
        try:
            # A relative path counts from where MLflow was started, which is where its store usually is.
            path = local_path(uri if _SCHEME.match(uri) or Path(uri).is_absolute() else str(self.folder / uri))
        except InvalidParameterError:  # another machine's
            return []
        parts = path.parts
        moved = [
            root.joinpath(*parts[index + 1 :])
            for name in _ROOTS
            for index, part in enumerate(parts)
            if part == name
            for root in self._roots
        ]
        return [path, *moved]
