"""What has arrived of files that are sent in parts: one small file for each, in the user's data folder.

It names an upload and the tags of its parts, and nothing that lets anybody in. It is appended to when a part has
arrived, goes with the upload's end, and is forgotten after a week.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from jupyter_tracker import settings

_FOLDER: Final = "uploads"
KEPT_S: Final = 7 * 86_400
"""How long what nobody goes on with is kept."""


class Note:
    """What is known of one file at one place.

    Attributes
    ----------
    upload_id : str
        Empty where there is no upload yet.
    part_bytes : int
        Of each of its parts but the last.
    tags : dict of int to str
        Of the parts that have arrived, by number, from 1.
    """

    def __init__(self, path: Path | None, file: BinaryIO | None) -> None:
        self._path, self._file = path, file
        self._empty()
        if file is not None:
            self._read(file)

    def _empty(self) -> None:
        self.upload_id, self.part_bytes = "", 0
        self.tags: dict[int, str] = {}

    def _read(self, file: BinaryIO) -> None:
        """Read what is whole of it: a killed process may have written half a line, which is cut off."""
        file.seek(0)
        whole = 0
        try:
            for line in file:
                said = json.loads(line) if line.endswith(b"\n") else []
                if whole:
                    self.tags[int(said[0])] = str(said[1])
                else:
                    self.upload_id, self.part_bytes = str(said[0]), int(said[1])
                whole += len(line)
        except (ValueError, TypeError, LookupError):
            file.truncate(whole)

    def begin(self, upload_id: str, part_bytes: int) -> None:
        """Note an upload of which nothing has arrived."""
        self.forget()
        self.upload_id, self.part_bytes = upload_id, part_bytes
        self._append([upload_id, part_bytes])

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
        """Note that there is no upload."""
        self._empty()
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)

    def close(self) -> None:
        """Let others go on with it; what nothing is noted in is removed."""
        if self._file is None or self._path is None:
            return
        with suppress(OSError):
            if not self.upload_id:
                self._path.unlink()
        self._file.close()


def open_note(place: str, path: str, digest: str) -> Note:
    """Return the note of a file of this SHA-256 at a place; a blank one where it cannot be kept, or is in use."""
    try:
        folder = settings.user_data_folder() / _FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        _forget_old(folder)
        key = hashlib.blake2b(json.dumps([place, path, digest]).encode(), digest_size=16).hexdigest()
        file = open(folder / key, "a+b", buffering=0)  # noqa: PTH123, SIM115 - the note closes it
    except OSError:
        return Note(None, None)
    if not _locked(file):
        file.close()
        return Note(None, None)
    return Note(folder / key, file)


def _forget_old(folder: Path) -> None:
    limit = time.time() - KEPT_S
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.stat().st_mtime < limit:
                os.unlink(entry)  # noqa: PTH108


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
