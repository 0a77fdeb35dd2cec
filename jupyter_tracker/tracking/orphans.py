"""Files in a store's folder that belong to nothing any more.

Looked for only where the store itself puts files, and only by the names that it gives: folders of runs and
logged models that it does not have, files whose writing was interrupted, shared requirement lists that no run
links to. Nothing that was touched within a day, for a run may be about to begin.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_tracker.artifact_store.local import TEMPORARY
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.store.base import Store

_QUIET_S = 86_400.0
_RUN = re.compile(r"[0-9a-f]{32}")
_MODEL = re.compile(r"m-[0-9a-f]{32}")
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Orphan:
    """A file or folder that belongs to nothing, and its size in bytes."""

    path: Path
    size_bytes: int

    def remove(self) -> None:
        """Remove it."""
        with contextlib.suppress(OSError):
            if self.path.is_dir() and not self.path.is_symlink():
                shutil.rmtree(self.path)
            else:
                self.path.unlink(missing_ok=True)


def orphans(store: Store) -> list[Orphan]:
    """Return what belongs to nothing; nothing where the folder is shared with another database."""
    root: Path | None = getattr(store, "root", None)
    if root is None or not store.uri.startswith("sqlite:") or shared_with(store) is not None:
        return []
    artifacts = root / "artifacts"
    found = [*_partial_files(artifacts), *_unused_environments(root / "environments")]
    runs = {folder.name: folder for folder in _named(artifacts, _RUN)}
    found += [runs[run_id] for run_id in sorted(set(runs) - store.known_runs(runs))]
    found += [folder for folder in _named(artifacts, _MODEL) if not _has_model(store, folder.name)]
    return [Orphan(path, size_of(path)) for path in found if _is_quiet(path)]


def shared_with(store: Store) -> Path | None:
    """Return another database in the store's folder: its runs' files lie beside this store's."""
    path: Path | None = getattr(store, "path", None)
    if path is None:
        return None
    with contextlib.suppress(OSError):
        for other in sorted(path.parent.iterdir()):
            if other != path and other.suffix != ".bak" and _is_database(other):
                return other
    return None


def size_of(path: Path) -> int:
    """Return how many bytes removing a file or folder frees; a file that is linked elsewhere frees none."""
    total = 0
    for file in [path] if path.is_file() else path.rglob("*"):
        with contextlib.suppress(OSError):
            status = file.lstat()
            if not file.is_dir() and status.st_nlink <= 1:
                total += status.st_size
    return total


def _named(artifacts: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
    """Give the folders of runs, or of models, of every experiment."""
    for experiment in _folders(artifacts):
        if experiment.name.isdecimal():
            homes = _folders(experiment / "models") if pattern is _MODEL else _folders(experiment)
            yield from (folder for folder in homes if pattern.fullmatch(folder.name))


def _folders(parent: Path) -> list[Path]:
    try:
        with os.scandir(parent) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _partial_files(artifacts: Path) -> list[Path]:
    return [
        Path(folder, name) for folder, _, names in os.walk(artifacts) for name in names if name.startswith(TEMPORARY)
    ]


def _unused_environments(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return [
            path
            for path in folder.iterdir()
            if path.suffix == ".tmp" or (path.suffix == ".txt" and path.stat().st_nlink == 1)
        ]
    return []


def _has_model(store: Store, model_id: str) -> bool:
    try:
        store.get_logged_model(model_id)
    except ResourceDoesNotExistError:
        return any(entry.id == model_id for entry in store.trash())
    return True


def _is_quiet(path: Path) -> bool:
    limit = time.time() - _QUIET_S
    with contextlib.suppress(OSError):
        return all(each.lstat().st_mtime < limit for each in (path, *path.rglob("*")))
    return False


def _is_database(path: Path) -> bool:
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(len(_SQLITE)) == _SQLITE
    return False
