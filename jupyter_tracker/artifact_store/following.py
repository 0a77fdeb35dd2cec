"""What takes long is shown while it is copied, sent or fetched, and several files go at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import BinaryIO, Final

from jupyter_tracker.progress import Progress

_FILES_AT_ONCE: Final = 8
_SMALL_BYTES: Final = 1 << 20
"""What is done before anybody could look."""

Step = Callable[[int], None]


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


def read_in_pieces(file: BinaryIO, size: int, step: Step = lambda _count: None) -> Iterator[bytes]:
    """Yield what is left in a file in pieces of this size, the last one smaller."""
    while piece := _read_up_to(file, size):
        yield piece
        step(len(piece))


def _read_up_to(file: BinaryIO, size: int) -> bytes:
    """Return the next bytes of a file, fewer only at its end: what comes over a network comes in bits."""
    piece = file.read(size)
    if not piece or len(piece) == size:
        return piece
    pieces, left = [piece], size - len(piece)
    while left and (piece := file.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def at_once(steps: Iterable[Callable[[], object]], threads: int = _FILES_AT_ONCE) -> None:
    """Do steps on several threads; the first error is raised, and what has not begun by then is left."""
    with ThreadPoolExecutor(threads, thread_name_prefix="jupyter_tracker-files") as pool:
        try:
            waiting = [_submitted(pool, step) for step in steps]
            for each in waiting:
                if each is not None:
                    each.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _submitted(pool: ThreadPoolExecutor, step: Callable[[], object]) -> Future[object] | None:
    try:
        return pool.submit(step)
    except RuntimeError:  # the interpreter is about to end, and starts no thread any more
        step()
        return None
