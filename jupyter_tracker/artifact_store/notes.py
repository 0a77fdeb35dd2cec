"""What has arrived of large files that are sent or fetched: one small file for each, in the user's data folder.

It names an upload and the tags of its parts, or a half file and what is in it, and nothing that lets anybody in. It is
appended to when a part has arrived, goes with the last one, and is forgotten after a week.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from jupyter_tracker import settings
from jupyter_tracker.artifact_store.local import TEMPORARY

LARGE_BYTES: Final = 64 << 20
"""A smaller file is sent, or fetched, again sooner than it is noted down."""
_FOLDER: Final = "transfers"
KEPT_S: Final = 7 * 86_400
"""How long what nobody goes on with is kept."""


class Note:
    """What is known of one file at one place.

    Attributes
    ----------
    name : str
        Of the upload at its place, or of the half file here; empty where there is none yet.
    size : int
        In bytes: of each part but the last, or of the whole file that is fetched.
    tags : dict of int to str
        Of the parts that have arrived, by number, from 1.
    is_kept : bool
        A later call or process finds it; a blank one is of this call only.
    """

    def __init__(self, path: Path | None, file: BinaryIO | None) -> None:
        self._path, self._file, self.is_kept = path, file, file is not None
        self._empty()
        if file is not None:
            self._read(file)

    def _empty(self) -> None:
        self.name, self.size = "", 0
        self.tags: dict[int, str] = {}

    def _read(self, file: BinaryIO) -> None:
        """Read what is whole of it: a killed process may have written half a line, which is cut off."""
        file.seek(0)
        whole = 0
        try:
            for line in file.read().splitlines(keepends=True):
                said = json.loads(line) if line.endswith(b"\n") else []
                if whole:
                    self.tags[int(said[0])] = str(said[1])
                else:
                    self.name, self.size = str(said[0]), int(said[1])
                whole += len(line)
        except (ValueError, TypeError, LookupError):
            file.truncate(whole)

    def begin(self, name: str, size: int) -> None:
        """Note one of which nothing has arrived."""
        self.forget()
        self.name, self.size = name, size
        self._append([name, size])

    def add(self, number: int, tag: str) -> None:
        """Note a part that has arrived."""
        self.tags[number] = tag
        self._append([number, tag])

    def _append(self, said: list[object]) -> None:
        if self._file is not None:
            # Without its note the upload goes on, and would begin anew.
            with suppress(OSError):
                self._file.write(json.dumps(said).encode() + b"\n")

    def forget(self) -> None:
        """Note that there is none."""
        self._empty()
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)

    def close(self) -> None:
        """Let others go on with it; what nothing is noted in is removed."""
        if self._file is None or self._path is None:
            return
        with suppress(OSError):
            if not self.name:
                self._path.unlink()
        self._file.close()


def open_note(*of: str) -> Note:
    """Return the note of what these say together; a blank one where it cannot be kept, or is in use."""
    try:
        path = _path(of)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        for_old(path.parent, _forget)
        file = path.open("a+b", buffering=0)
    except OSError:
        return blank_note()
    try:
        if _locked(file):
            return Note(path, file)
    except OSError:  # a disk that cannot be read
        pass
    file.close()
    return blank_note()


def blank_note() -> Note:
    """Return a note of this call only, which nobody finds later."""
    return Note(None, None)


def is_noted(*of: str) -> bool:
    """Tell whether there is such a note."""
    try:
        return _path(of).exists()
    except OSError:
        return False


def _path(of: tuple[str, ...]) -> Path:
    key = hashlib.blake2b(json.dumps(of).encode(), digest_size=16).hexdigest()
    return settings.user_data_folder() / _FOLDER / key


def for_old(folder: Path, forget: Callable[[os.DirEntry[str]], None]) -> None:
    """Let what nobody has gone on with for `KEPT_S` be forgotten: call `forget` with each old entry of a folder."""
    limit = time.time() - KEPT_S
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # one that cannot be removed keeps no other
                if entry.stat().st_mtime < limit:
                    forget(entry)


def _forget(note: os.DirEntry[str]) -> None:
    _remove_half(note.path)
    os.unlink(note)  # noqa: PTH108


def _remove_half(note: str) -> None:
    """Remove the half file that a note is about, where it is one."""
    with suppress(OSError, ValueError, TypeError, LookupError), open(note, "rb") as file:  # noqa: PTH123
        half = Path(str(json.loads(file.readline())[0]))
        if half.is_absolute() and half.name.startswith(TEMPORARY):
            half.unlink()


def _locked(file: BinaryIO) -> bool:
    """Lock a note for this use of it; False where another one has it."""
    try:
        import fcntl
    except ImportError:  # Windows: two that send the same parts of one upload do no harm
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
