"""A large file on its way in parts. What has arrived is noted, so that a later call or process goes on with the rest.

Places that take files so: S3 (`multipart`), Azure (`azure_parts`), a folder behind our server (`local_parts`), our
server (`served_parts`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from typing import BinaryIO, Final, NamedTuple, Protocol

from jupyter_tracker.artifact_store import digests
from jupyter_tracker.artifact_store.following import Beginning, Step, read_in_pieces, submitted
from jupyter_tracker.artifact_store.notes import Note, open_note
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerError

_PART_BYTES: Final = 8 << 20
"""S3 takes at least 5 MiB as a part, and at most 10,000 parts."""
_MOST_PARTS: Final = 9_000
_PARTS_AT_ONCE: Final = 4


class Part(NamedTuple):
    """A part that was sent: its number, from 1, and the tag that its place gave it."""

    number: int
    tag: str


class Uploads(Protocol):
    """A place that takes files in parts, in any order.

    An upload that is not known there any more is a ResourceDoesNotExistError.
    """

    def begin(self, path: str, digest: str, size: int) -> str:
        """Begin to send a file of this SHA-256 and so many bytes; return the upload's id.

        PartsNotTakenError where it has to be sent as a whole.
        """

    def send(self, path: str, upload_id: str, number: int, at: int, content: bytes | BinaryIO) -> str:
        """Send a part, which begins at a byte of the file; return its tag."""

    def complete(self, path: str, upload_id: str, parts: Sequence[Part], digest: str) -> None:
        """Make the file of its parts: only now it is there."""

    def abort(self, path: str, upload_id: str) -> None:
        """Give an upload up; what was sent of it is thrown away."""


class PartsNotTakenError(TrackerError):
    """A place takes no files in parts: caught in this room, or what a server answers."""

    error_code = "NOT_IMPLEMENTED"


def no_upload(path: str, upload_id: str) -> ResourceDoesNotExistError:
    """Return the error of an upload that a place does not know."""
    return ResourceDoesNotExistError(f"There is no upload {upload_id[:80]!r} of {path!r}: begin it anew.")


def part_bytes(size: int) -> int:
    """Return how large the parts of a file of so many bytes are, but the last."""
    return max(_PART_BYTES, size // _MOST_PARTS + 1)


def send_in_parts(
    to: Uploads, place: str, path: str, now: Beginning, digest: str, step: Step, has: Callable[[], bool]
) -> None:
    """Send what is in a local file now as `path` of a place, whatever arrived of it earlier left out.

    Where this breaks off, by an error, Ctrl-C or a kill, the next call for the same file and place goes on. `has` tells
    whether the file is there: where the answer to its last request was lost.

    Raises
    ------
    InvalidParameterError
        The file was changed while it was sent: its SHA-256 is not `digest` any more. Nothing is kept.
    PartsNotTakenError
        Nothing has been sent.
    """
    with closing(open_note(place, path, digest)) as note:
        is_old = bool(note.name)
        try:
            _send(to, note, path, now, digest, step)
        except (ResourceDoesNotExistError, InvalidParameterError) as error:
            note.forget()
            if isinstance(error, ResourceDoesNotExistError) and has():
                return
            if not is_old:
                raise
            _send(to, note, path, now, digest, step)  # the place has thrown away what is noted


def _send(to: Uploads, note: Note, path: str, now: Beginning, digest: str, step: Step) -> None:
    if not note.name:
        note.begin(to.begin(path, digest, now.size), part_bytes(now.size))
    try:
        _send_missing(to, note, path, now, digest, step)
        parts = [Part(number, note.tags[number]) for number in sorted(note.tags)]
        to.complete(path, note.name, parts, digest)
    except BaseException as error:
        # What no later call goes on with is given up: S3 has it paid for.
        if isinstance(error, InvalidParameterError) or not note.is_kept:
            with suppress(TrackerError):
                to.abort(path, note.name)
        raise
    note.forget()


def _send_missing(to: Uploads, note: Note, path: str, now: Beginning, digest: str, step: Step) -> None:
    """Send the parts that have not arrived, several at a time. All are read: somebody may have changed the file."""
    now.seek(0)
    behind: deque[tuple[int, int, Future[str]]] = deque()

    def settle() -> None:
        number, size, sent = behind.popleft()
        note.add(number, sent.result())
        step(size)

    pool = ThreadPoolExecutor(_PARTS_AT_ONCE, thread_name_prefix="jupyter_tracker-parts")
    try:
        pieces = digests.Hashed(read_in_pieces(now, note.size), path, digest)
        for number, piece in enumerate(pieces, 1):
            if number in note.tags:
                step(len(piece))
                continue
            send = partial(to.send, path, note.name, number, (number - 1) * note.size, piece)
            behind.append((number, len(piece), submitted(pool, send)))
            if len(behind) >= _PARTS_AT_ONCE:
                settle()
        while behind:
            settle()
    finally:
        pool.shutdown(cancel_futures=True)
