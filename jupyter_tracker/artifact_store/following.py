"""What takes long is shown while it is copied, sent or fetched, and several files go at a time."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, Final, Protocol, TypeVar

from jupyter_tracker.errors import StoreError
from jupyter_tracker.progress import Progress

_FILES_AT_ONCE: Final = 8
_SMALL_BYTES: Final = 1 << 20
"""What is done before anybody could look."""

Step = Callable[[int], None]
Result = TypeVar("Result")


@contextmanager
def shown(label: str, total_bytes: int) -> Iterator[Step]:
    """Give what is to be told of bytes that are done; a line shows them where it takes more than a second."""
    if total_bytes < _SMALL_BYTES:
        yield lambda _count: None
        return
    progress = Progress(label, total_bytes, scale=(1_000_000, " MB"))
    try:
        yield progress.step
    finally:
        progress.close()


class Beginning:
    """What is in an opened local file now, as a file: somebody may be writing on at its end.

    Attributes
    ----------
    size : int
        Its bytes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.size = file, os.fstat(file.fileno()).st_size

    def read(self, size: int = -1) -> bytes:
        """Return what comes next, empty at the end; StoreError where somebody has cut the file off."""
        left = max(0, self.size - self.tell())
        piece = self._file.read(left if size < 0 else min(size, left))
        if left and size and not piece:
            raise StoreError(f"The file {self._file.name} became shorter while it was read. Log it again.")
        return piece

    def seekable(self) -> bool:
        """Tell that it can be sought in."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place in it."""
        return self._file.seek(offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self.size}[whence])

    def tell(self) -> int:
        """Return where in it the next read begins."""
        return self._file.tell()


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return what comes next."""


def read_in_pieces(file: Readable, size: int, step: Step = lambda _count: None) -> Iterator[bytes]:
    """Yield what is left in a file in pieces of this size, the last one smaller."""
    while piece := _read_up_to(file, size):
        yield piece
        step(len(piece))


def _read_up_to(file: Readable, size: int) -> bytes:
    """Return the next bytes of a file, fewer only at its end: what comes over a network comes in bits."""
    piece = file.read(size)
    if not piece or len(piece) == size:
        return piece
    pieces, left = [piece], size - len(piece)
    while left and (piece := file.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def at_once(jobs: Iterable[Callable[[Step], object]], step: Step, threads: int = _FILES_AT_ONCE) -> None:
    """Do jobs on several threads, each given what it has to tell of its bytes; the first error, or Ctrl-C, is raised.

    What has not begun by then is left, and what has stops at its next piece, which is waited for: nothing goes on
    behind the caller's back. A second Ctrl-C does not wait.
    """
    stops = threading.Event()

    def told(count: int) -> None:
        if stops.is_set():
            raise _StoppedError
        step(count)

    workers: set[threading.Thread] = set()

    def done(job: Callable[[Step], object]) -> None:
        workers.add(threading.current_thread())
        if not stops.is_set():
            job(told)

    pool = ThreadPoolExecutor(threads, thread_name_prefix="jupyter_tracker-files")
    try:
        begun = [submitted(pool, partial(done, job)) for job in jobs]
        for each in as_completed(begun):
            each.result()
    except BaseException:
        stops.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        # Ctrl-C while the pool starts a thread: it does not know that one, which may have begun a job.
        for worker in workers - {threading.current_thread()}:
            worker.join()


class _StoppedError(Exception):
    """Raised in the threads of what is given up, and seen by nobody."""


def submitted(pool: ThreadPoolExecutor, job: Callable[[], Result]) -> Future[Result]:
    """Give a job to a pool; where no thread can be started any more it is done here."""
    try:
        return pool.submit(job)
    except RuntimeError:  # the interpreter is about to end
        done: Future[Result] = Future()
        done.set_result(job())
        return done
