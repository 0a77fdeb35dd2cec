"""What the write path needs of a store."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from jupyter_tracker.store.base import Batch


class JournalTarget(Protocol):
    """A store that journals drain into."""

    @property
    def journal_dir(self) -> Path:
        """Folder of the journals, made at need with mode 0700."""

    def apply(self, batch: Batch) -> None:
        """Apply a batch exactly once."""

    def check_loggable(self, run_id: str) -> None:
        """Raise where the run does not exist or is deleted."""

    def params_of(self, run_id: str) -> dict[str, str]:
        """Return the params that the store has of a run, without flushing."""

    def sync(self, gone: list[str]) -> None:
        """Make all earlier commits survive a power cut; forget the positions of the journals in `gone`."""

    def journal_position(self, journal_id: str) -> int:
        """Return how many bytes of a journal the store has."""
