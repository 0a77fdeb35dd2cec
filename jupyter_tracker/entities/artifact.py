"""Artifacts: files that belong to a run."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_tracker.entities.entity import Entity


@dataclass(frozen=True, slots=True)
class FileInfo(Entity):
    """One file or folder among a run's artifacts.

    `path` is relative to the run's artifact root; `file_size` is in bytes, None for a folder.
    """

    path: str
    is_dir: bool
    file_size: int | None
