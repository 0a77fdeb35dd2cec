"""A folder of artifacts as a zip file, made piece by piece: however large it is, little of it is in memory."""

from __future__ import annotations

import time
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, cast

from jupyter_tracker.artifact_store.base import ArtifactStore
from jupyter_tracker.errors import InvalidParameterError

MAX_FILES: Final = 10_000
_MAX_DEPTH: Final = 30
_PIECE_BYTES: Final = 1 << 18


def archived_paths(files: ArtifactStore, path: str = "") -> list[str]:
    """Return the files of a folder and of those in it.

    Raises
    ------
    InvalidParameterError
        They are too many, or lie too deep: a link may lead to a folder above it, and so round and round.
    """
    found: list[str] = []
    folders = deque([(path, 0)])
    while folders:
        folder, depth = folders.popleft()
        for info in files.list(folder):
            if not info.is_dir:
                found.append(info.path)
            elif depth < _MAX_DEPTH:
                folders.append((info.path, depth + 1))
            else:
                raise InvalidParameterError(f"{info.path!r} lies too deep, or its links go round in a circle.")
        if len(found) + len(folders) > MAX_FILES:
            raise InvalidParameterError(
                f"{path or 'This run'!r} has more than {MAX_FILES:,} files: too many for one archive. Choose a folder "
                "in it, or use artifacts.download_artifacts."
            )
    return found


def archive(files: ArtifactStore, path: str, paths: Sequence[str]) -> Iterator[bytes]:
    """Yield a zip file of these files, named relative to the folder `path`."""
    sink = _Sink()
    skipped = len(path) + 1 if path else 0
    with zipfile.ZipFile(cast("BinaryIO", sink), "w", zipfile.ZIP_DEFLATED) as packed:
        for name in paths:
            # What is no UTF-8 on this disk is none in an archive either.
            shown = name[skipped:].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            entry = zipfile.ZipInfo(shown, time.localtime()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with files.open(name) as source, packed.open(entry, "w", force_zip64=True) as target:
                while piece := source.read(_PIECE_BYTES):
                    target.write(piece)
                    yield from sink.taken()
    yield from sink.taken()


class _Sink:
    """What a zip file is written to: keeps what came since it was asked last."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> list[bytes]:
        """Return what was written as one piece, or none, and forget it: an empty piece would be taken for the end."""
        taken, self._pieces = b"".join(self._pieces), []
        return [taken] if taken else []
