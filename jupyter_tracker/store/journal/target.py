"""What the write path needs of a store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from jupyter_tracker.store.base import Batch


class Drained(Protocol):
    """What the drain thread needs of a writer."""

    target: JournalTarget
    owner: bool
    last_used: float

    def drain(self, patience_s: float | None = None) -> int:
        """Bring what the journal holds into the store; return the bytes brought."""

    def settle(self) -> None:
        """Try again what the disk had no room for; show the journal as alive."""

    def park_if_idle(self, seconds: float) -> None:
        """Close the journal where nothing was logged for that long."""

    def close(self) -> None:
        """Drain and close the journal."""

    def after_fork(self) -> None:
        """In a forked child: leave the parent's journal alone."""


class JournalTarget(Protocol):
    """A store that journals drain into."""

    @property
    def journal_dir(self) -> Path:
        """Folder of the journals; the first journal makes it, with mode 0700."""

    def apply(self, batch: Batch) -> None:
        """Apply a batch exactly once."""

    def apply_group(self, batches: Sequence[Batch]) -> None:
        """Apply batches of several runs, in one transaction."""

    def check_loggable(self, run_id: str) -> None:
        """Raise where the run does not exist or is deleted."""

    def params_of(self, run_id: str) -> dict[str, str]:
        """Return the params that the store has of a run, without flushing."""

    def note_place(self) -> None:
        """Look, while a run is open, whether the store is still where it was; `sync` keeps a copy where it is not."""

    def sync(self, gone: list[str]) -> None:
        """Make all earlier commits survive a power cut; forget the positions of the journals in `gone`."""

    def journal_position(self, journal_id: str) -> int:
        """Return how many bytes of a journal the store has."""

    def journal_positions(self) -> dict[str, int]:
        """Return the same of every journal that is not forgotten yet."""
