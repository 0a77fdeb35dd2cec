"""How far each journal has come: a small file beside it, since a server of MLflow's keeps no such thing.

It is written after the server has answered. Whoever dies in between sends a piece again, which changes nothing:
identical points, params and tags are one.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_SUFFIX = ".position"


class Positions:
    """Positions of the journals of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, int] = {}

    def get(self, journal_id: str) -> int:
        """Return how many bytes of a journal the server has."""
        known = self._known.get(journal_id)
        return _read(self._path(journal_id)) if known is None else known

    def put(self, journal_id: str, position: int) -> None:
        """Remember it."""
        path = self._path(journal_id)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):  # then a piece is sent twice, at worst
            self._folder.mkdir(mode=0o700, exist_ok=True)
            temporary.write_text(str(position), encoding="ascii")
            temporary.replace(path)
        self._known[journal_id] = position

    def all(self) -> dict[str, int]:
        """Return those of every journal that is not forgotten yet."""
        try:
            paths = [path for path in self._folder.iterdir() if path.name.endswith(_SUFFIX) and path.name[0] != "."]
        except OSError:
            return {}
        return {path.name.removesuffix(_SUFFIX): _read(path) for path in paths}

    def forget(self, journal_id: str) -> None:
        """Forget a journal that is gone."""
        self._known.pop(journal_id, None)
        with contextlib.suppress(OSError):
            self._path(journal_id).unlink()

    def _path(self, journal_id: str) -> Path:
        return self._folder / f"{journal_id}{_SUFFIX}"


def _read(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
