"""Files that are being fetched: written beside where they go, and renamed when they are whole.

Of a large one it is noted what has come, so that a later call or process, for the same file and place, goes on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from jupyter_tracker.artifact_store import notes
from jupyter_tracker.artifact_store.local import TEMPORARY
from jupyter_tracker.errors import DamagedArtifactError, ResourceDoesNotExistError


class Half:
    """One file that is being fetched.

    Attributes
    ----------
    is_old : bool
        An earlier call has begun it.
    """

    def __init__(self, of: tuple[str, ...], target: Path, *, resumes: bool) -> None:
        self._of, self._target, self._resumes = of, target, resumes
        # A small file has no note that is kept, and one that is large gets it when its size is known.
        self._note = notes.open_note(*of) if resumes and notes.is_noted(*of) else notes.blank_note()
        self.path = Path(self._note.name) if self._note.name else self._new()
        self.is_old = self.path.is_file()
        if not self.is_old:
            self._note.forget()

    def _new(self) -> Path:
        return self._target.with_name(f"{TEMPORARY}{os.urandom(16).hex()}")

    @property
    def version(self) -> str:
        """Which version of the file has been begun; empty where that is not known."""
        return self._note.tags.get(0, "")

    @property
    def size(self) -> int:
        """Of the whole file, in bytes."""
        return self._note.size

    @property
    def is_noted(self) -> bool:
        """Tell whether a later call can go on with it."""
        return self._note.is_kept and bool(self._note.name)

    def has(self, number: int) -> bool:
        """Tell whether a span of it has come, from 1."""
        return number in self._note.tags

    def add(self, number: int) -> None:
        """Note a span that has come, where a later call can go on with it."""
        if self.is_noted:
            self._note.add(number, "")

    def keep(self, version: str | None, size: int) -> None:
        """Note that a file of this version and size is begun, where it is worth it; without a version, that none is."""
        if not self._resumes or version is None or size < notes.LARGE_BYTES:
            self._note.forget()
            return
        if not self._note.is_kept:
            self._note = notes.open_note(*self._of)
        self._note.begin(os.fspath(self.path), size)
        self._note.add(0, version)

    def restart(self) -> None:
        """Throw away what has come."""
        self.path.unlink(missing_ok=True)
        self.path, self.is_old = self._new(), False
        self._note.forget()

    def open(self) -> BinaryIO:
        """Return it, opened for reading and writing."""
        return self.path.open("r+b" if self.is_old else "x+b")

    def begins_at(self, file: BinaryIO) -> int:
        """Go to where a file goes on that comes from its beginning to its end; its last byte is asked for again.

        So there is something to ask for, whose answer says what the file should be.
        """
        has = min(os.fstat(file.fileno()).st_size, self.size - 1) if self.is_old and self.version else 0
        file.truncate(max(0, has))
        return file.seek(max(0, has))

    def fill(self, fetch: Callable[[], None]) -> None:
        """Let it be fetched, and give it its name. What goes on and proves to be damaged is fetched anew, once."""
        try:
            try:
                fetch()
            except DamagedArtifactError:
                if not self.is_old:
                    raise
                self.restart()
                fetch()
        except (DamagedArtifactError, ResourceDoesNotExistError):
            self.restart()
            raise
        self.path.replace(self._target)
        self._note.forget()

    def close(self) -> None:
        """Let others go on with it; what nobody can go on with is removed."""
        if not self.is_noted:
            self.path.unlink(missing_ok=True)
        self._note.close()


@contextmanager
def half_of(place: str, path: str, target: Path, *, resumes: bool) -> Iterator[Half]:
    """Give the half of a file that goes to a local path; what is not whole at the end is kept where it can go on."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = Half((place, path, os.path.abspath(target)), target, resumes=resumes)  # noqa: PTH100 - links stay
    try:
        yield half
    finally:
        half.close()
