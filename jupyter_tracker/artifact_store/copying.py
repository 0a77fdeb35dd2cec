"""A large local file copied by the system itself, while another thread takes the SHA-256 of the copy.

Read and written here, the bytes would pass through this process, and wait for each other: a copy that stays in the
kernel takes a third of the time that hashing does, so that hashing alone is what it lasts. (1.0 GB/s where one thread
that reads, hashes and writes gets 0.6 to 0.8.) A file system that shares blocks between files copies nothing at all.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

from jupyter_tracker.artifact_store.following import Step, shown, submitted

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPAN_BYTES: Final = 16 << 20
_SPANS_AHEAD: Final = 4
"""What is copied is hashed before it leaves the page cache, however large the file is."""
_BUFFER_BYTES: Final = 1 << 18
"""Stays in the processor's cache from the read to the hash."""
_PIECE_BYTES: Final = 1 << 20


def copied(source: BinaryIO, target: str | os.PathLike[str], name: str) -> str:
    """Copy what is in an opened file now to a new file; return the SHA-256 of the copy, as read back from it.

    A line shows how far it is. Somebody may be writing to the source: the digest is of what has been copied.
    """
    size = os.fstat(source.fileno()).st_size
    with open(target, "xb", buffering=0) as copy, open(target, "rb", buffering=0) as again:  # noqa: PTH123
        found = hashlib.sha256()
        with shown(f"copying {name}", size) as step, _thread() as pool:
            behind: deque[Future[None]] = deque()
            for count in _spans(source, copy, size, step):
                behind.append(submitted(pool, partial(_hash, found, again, count)))
                if len(behind) > _SPANS_AHEAD:
                    behind.popleft().result()
            for each in behind:
                each.result()
    return found.hexdigest()


def _spans(source: BinaryIO, copy: BinaryIO, size: int, step: Step) -> Iterator[int]:
    """Copy span by span; yield the bytes of each, and tell of them when whoever takes them has gone on."""
    at = 0
    while at < size:
        count = _copy_span(source, copy, at, min(_SPAN_BYTES, size - at))
        if not count:  # somebody has cut the file off
            return
        at += count
        yield count
        step(count)


def _copy_span(source: BinaryIO, copy: BinaryIO, at: int, count: int) -> int:
    """Copy some bytes from a place to the same place; return how many, 0 at the end of the source."""
    if hasattr(os, "copy_file_range"):
        try:
            done = os.copy_file_range(source.fileno(), copy.fileno(), count, at, at)
        except OSError:
            done = 0  # not between these file systems; if it is a full disk the next attempt says so
        if done:
            return done
    source.seek(at)
    copy.seek(at)
    piece = memoryview(source.read(min(count, _PIECE_BYTES)))
    done = 0
    while done < len(piece):
        done += copy.write(piece[done:])
    return done


def _hash(found: hashlib._Hash, file: BinaryIO, count: int) -> None:
    """Hash the next bytes of a file."""
    buffer = memoryview(bytearray(min(count, _BUFFER_BYTES)))
    while count:
        got = file.readinto(buffer[:count])  # type: ignore[attr-defined]
        if not got:
            raise OSError("the copy became shorter while it was written")
        found.update(buffer[:got])
        count -= got


@contextmanager
def _thread() -> Iterator[ThreadPoolExecutor]:
    """Give one thread; after Ctrl-C what it has not begun is left."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="jupyter_tracker-hash")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
