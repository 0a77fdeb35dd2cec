"""Objects as files of Python's, and as copies on this machine."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from jupyter_tracker.artifact_store import digests
from jupyter_tracker.artifact_store.following import Step, at_once
from jupyter_tracker.artifact_store.halves import Half, half_of
from jupyter_tracker.errors import StoreError

_PIECE_BYTES: Final = 4 << 20
_RANGE_BYTES: Final = 32 << 20
"""What one connection fetches of a large object."""
_RANGES_AT_ONCE: Final = 4
_sync: Final[Callable[[int], None]] = getattr(os, "fdatasync", os.fsync)
"""macOS has no `fdatasync`."""


class ObjectReader(io.RawIOBase):
    """An object as a file. It is sent from where it is read on, in one answer until somebody seeks.

    Attributes
    ----------
    size : int
        Its bytes.
    version : str or None
        Its entity tag.
    digest : str or None
        Its SHA-256 as it was written, where that is kept with it.
    """

    def __init__(self, storage: Any, bucket: Any, name: str) -> None:
        super().__init__()
        self._storage, self._bucket, self._name = storage, bucket, name
        found = storage.get(bucket, name)
        self.size, self.version = int(found.meta["size"]), found.meta.get("e_tag")
        self.digest = digests.known(found.attributes.get(digests.KEY))
        self._begin(found)

    def _begin(self, found: Any, at: int = 0) -> None:
        self._pieces: Iterator[Any] | None = iter(found.stream(min_chunk_size=_PIECE_BYTES))
        self._left, self._streamed, self._at = memoryview(b""), at, at

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be sought in."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what comes next; 0 at the end. StoreError where it does not come, or was replaced."""
        try:
            return self._read_into(buffer)
        except (OSError, self._storage.exceptions.BaseError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise StoreError(f"The artifact {self._name!r} cannot be read on: {reason}") from error

    def _read_into(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        if self._at != self._streamed or self._pieces is None:
            options = {"range": {"offset": self._at}, **({"if_match": self.version} if self.version else {})}
            self._begin(self._storage.get(self._bucket, self._name, options=options), self._at)
        while not self._left:
            piece = next(self._pieces or iter(()), None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        self._at += count
        self._streamed = self._at
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place in it; nothing is asked for before it is read."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence])
        return self._at

    def tell(self) -> int:
        """Return where in it the next read begins."""
        return self._at

    def close(self) -> None:
        """Let go of the connection."""
        self._pieces = None
        super().close()


def fetch(storage: Any, bucket: Any, name: str, target: Path, place: str, step: Step, *, resumes: bool) -> None:
    """Write an object to a file: aside, compared with its digest, and then renamed.

    A large one is fetched by several connections at a time. A connection that breaks goes on where it broke, and where
    the call `resumes` a later one with the ranges that are missing.
    """
    with half_of(place, name, target, resumes=resumes) as half:
        half.fill(partial(_fill, storage, bucket, name, half, place, step))


def _fill(storage: Any, bucket: Any, name: str, half: Half, place: str, step: Step) -> None:
    found = storage.get(bucket, name)
    size, digest = int(found.meta["size"]), digests.known(found.attributes.get(digests.KEY))
    expected = None if digest is None else digests.Written(digest, name, place)
    if size <= _RANGE_BYTES or not hasattr(os, "pwrite"):  # Windows has none
        half.restart()
        arrived = _in_one(found, half, name, step)
    else:
        version = found.meta.get("e_tag")
        del found
        if (half.version, half.size) != (version, size):
            half.restart()
        _in_ranges(partial(storage.get, bucket, name), version, size, half, step, is_synced=digest is None)
        arrived = partial(digests.of_file, half.path)
    if expected is not None:
        expected.check(arrived())


def _in_one(found: Any, half: Half, name: str, step: Step) -> Callable[[], str]:
    hashed = digests.Hashed((bytes(piece) for piece in found.stream(min_chunk_size=_PIECE_BYTES)), name)
    with half.open() as file:
        for piece in hashed:
            file.write(piece)
            step(len(piece))
    return lambda: hashed.digest


def _in_ranges(
    get: Callable[..., Any], version: str | None, size: int, half: Half, step: Step, *, is_synced: bool
) -> None:
    """Fetch what is missing of a large object by several connections, each to its own place in the file.

    `is_synced`: a range is on the disk before it is noted. So a power cut leaves no holes that nothing would find.
    """
    with half.open() as file:
        if not half.is_old:
            file.truncate(size)
            half.keep(version, size)
        into = file.fileno()

        def fetch_range(number: int, begins: int, ends: int, step: Step) -> None:
            if half.has(number):
                step(ends - begins)
                return
            options = {"range": (begins, ends), **({"if_match": version} if version else {})}
            for piece in get(options=options).stream(min_chunk_size=_PIECE_BYTES):
                _write_at(into, piece, begins)
                begins += len(piece)
                step(len(piece))
            if begins != ends:
                raise OSError(f"{ends - begins} bytes of it did not come")
            if is_synced and half.is_noted:
                _sync(into)
            half.add(number)

        spans = enumerate(((at, min(size, at + _RANGE_BYTES)) for at in range(0, size, _RANGE_BYTES)), 1)
        at_once((partial(fetch_range, number, *span) for number, span in spans), step, _RANGES_AT_ONCE)


def _write_at(into: int, piece: Any, at: int) -> None:
    """Write all of a piece to a place in a file: the system may take less of it at a time."""
    left = memoryview(piece)
    while left:
        count = os.pwrite(into, left, at)
        left, at = left[count:], at + count
