"""A file of a local folder that comes in parts, over requests of which any may be the last: for servers.

The parts are written to their places in one file beside where it goes, under a name that no list shows. It is renamed
when its SHA-256 is that of what was to be sent.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from jupyter_tracker.artifact_store import digests
from jupyter_tracker.artifact_store.in_parts import Part, no_upload
from jupyter_tracker.artifact_store.local import TEMPORARY, LocalArtifactStore, as_store_error
from jupyter_tracker.artifact_store.notes import for_old
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerError

_PIECE_BYTES: Final = 1 << 20
_MOST_BYTES: Final = 1 << 50
_ID: Final = re.compile("[0-9a-f]{32}")


class LocalUploads:
    """Uploads in parts to a folder; see `in_parts.Uploads`.

    Parameters
    ----------
    files : LocalArtifactStore
        The folder.
    """

    def __init__(self, files: LocalArtifactStore) -> None:
        self._files = files

    def begin(self, path: str, digest: str, size: int) -> str:
        """Make the file that the parts go to; what was begun in the same folder a week ago, and left, is removed.

        It has its size from the beginning, and no bytes on the disk: so nothing is kept of what goes beyond.
        """
        digests.check_said(digest)
        if not 0 <= size <= _MOST_BYTES:
            raise InvalidParameterError(f"No file has {size:,} bytes.")
        upload_id = os.urandom(16).hex()
        half = self._half(path, upload_id)
        with as_store_error(half):
            half.parent.mkdir(parents=True, exist_ok=True)
            for_old(half.parent, _forget)
            try:
                with half.open("xb") as file:
                    file.truncate(size)
            except OSError:  # no file is as large in this file system
                half.unlink(missing_ok=True)
                raise
        return upload_id

    def send(self, path: str, upload_id: str, number: int, at: int, content: bytes | BinaryIO) -> str:
        """Write a part to its place; return its number, by which nobody asks. InvalidParameterError beyond the end."""
        half = self._begun(path, upload_id)
        pieces = [content] if isinstance(content, bytes) else iter(partial(content.read, _PIECE_BYTES), b"")
        with as_store_error(half), half.open("r+b") as file:
            size = file.seek(0, io.SEEK_END)
            _check_within(size, at)
            file.seek(at)
            for piece in pieces:
                at += len(piece)
                _check_within(size, at)
                file.write(piece)
        return str(number)

    def complete(self, path: str, upload_id: str, parts: Sequence[Part], digest: str) -> None:  # noqa: ARG002 - all of it is compared
        """Give the file its name, if it is what was to be sent. InvalidParameterError, and nothing is kept, if not.

        Hashing a large file lasts longer than many a proxy waits. So it may be asked again: while it is under way, or
        when it is done, which is no error.
        """
        try:
            half = self._begun(path, upload_id)
            with as_store_error(half):
                self._complete(half, path, digest)
        except ResourceDoesNotExistError:
            if not self._is_there(path, digest):
                raise

    def _complete(self, half: Path, path: str, digest: str) -> None:
        try:
            digests.check_arrived(path, digest, digests.of_file(half))
            digests.keep(os.fspath(half), digest)
            half.replace(self._files.place_of(path))
        except InvalidParameterError:
            half.unlink(missing_ok=True)
            raise
        except FileNotFoundError:  # who asked earlier has done it meanwhile
            raise no_upload(path, half.name.removeprefix(TEMPORARY)) from None

    def _is_there(self, path: str, digest: str) -> bool:
        """Tell whether the file is what was to be sent, as far as its digest is kept with it."""
        with suppress(TrackerError):
            file, kept, _ = self._files.opened(path)
            file.close()
            return kept == digest
        return False

    def abort(self, path: str, upload_id: str) -> None:
        """Remove what has come."""
        half = self._begun(path, upload_id)
        with as_store_error(half):
            half.unlink(missing_ok=True)

    def _half(self, path: str, upload_id: str) -> Path:
        return self._files.place_of(path).with_name(f"{TEMPORARY}{upload_id}")

    def _begun(self, path: str, upload_id: str) -> Path:
        half = self._half(path, upload_id) if _ID.fullmatch(upload_id) else None
        if half is None or half.is_symlink() or not half.is_file():
            raise no_upload(path, upload_id)
        return half


def _check_within(size: int, at: int) -> None:
    if not 0 <= at <= size:
        raise InvalidParameterError(f"The part does not lie in the file, which was begun with {size:,} bytes.")


def _forget(entry: os.DirEntry[str]) -> None:
    if entry.name.startswith(TEMPORARY) and entry.is_file():
        os.unlink(entry)  # noqa: PTH108
