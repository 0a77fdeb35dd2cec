"""A file of a local folder that comes in parts, over requests of which any may be the last: for servers.

The parts are written to their places in one file beside where it goes, under a name that no list shows. It is renamed
when its SHA-256 is that of what was to be sent.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from jupyter_tracker.artifact_store import digests
from jupyter_tracker.artifact_store.in_parts import Part
from jupyter_tracker.artifact_store.local import TEMPORARY, LocalArtifactStore, as_store_error
from jupyter_tracker.artifact_store.notes import KEPT_S
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError

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
        """Make the file that the parts go to; what was begun in the same folder a week ago, and left, is removed."""
        if digests.known(digest) is None:
            raise InvalidParameterError(f"digest: the SHA-256 in 64 hex digits is expected, not {digest[:80]!r}.")
        _check_size(size)
        upload_id = os.urandom(16).hex()
        half = self._half(path, upload_id)
        with as_store_error(half):
            half.parent.mkdir(parents=True, exist_ok=True)
            _forget_old(half.parent)
            half.open("xb").close()
        return upload_id

    def send(self, path: str, upload_id: str, number: int, at: int, content: bytes | BinaryIO) -> str:
        """Write a part to its place; return its number, by which nobody asks."""
        half = self._begun(path, upload_id)
        _check_size(at)
        pieces = [content] if isinstance(content, bytes) else iter(partial(content.read, _PIECE_BYTES), b"")
        with as_store_error(half), half.open("r+b") as file:
            file.seek(at)
            file.writelines(pieces)
        return str(number)

    def complete(self, path: str, upload_id: str, parts: Sequence[Part], digest: str) -> None:  # noqa: ARG002 - all of it is compared
        """Give the file its name, if it is what was to be sent. InvalidParameterError, and nothing is kept, if not."""
        half = self._begun(path, upload_id)
        with as_store_error(half):
            try:
                digests.check_arrived(path, digest, digests.of_file(half))
                digests.keep(os.fspath(half), digest)
                half.replace(self._files.place_of(path))
            except InvalidParameterError:
                half.unlink(missing_ok=True)
                raise

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
            raise ResourceDoesNotExistError(f"There is no upload {upload_id[:80]!r} of {path!r}: begin it anew.")
        return half


def _check_size(size: int) -> None:
    if not 0 <= size <= _MOST_BYTES:
        raise InvalidParameterError(f"No file has {size:,} bytes.")


def _forget_old(folder: Path) -> None:
    limit = time.time() - KEPT_S
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(TEMPORARY) and entry.is_file() and entry.stat().st_mtime < limit:
                os.unlink(entry)  # noqa: PTH108
