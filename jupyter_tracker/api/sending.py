"""How every host sends a file: whole, one range of it, or not at all because the client has it (RFC 9110)."""

from __future__ import annotations

import io
import mimetypes
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final

from jupyter_tracker.api.answering import error_response
from jupyter_tracker.api.messages import Response
from jupyter_tracker.api.saving import saved_as
from jupyter_tracker.artifact_store import ArtifactStore, LocalArtifactStore, digests
from jupyter_tracker.artifact_store.object_storage import ObjectArtifactStore
from jupyter_tracker.artifact_store.overlay import OverlayArtifactStore
from jupyter_tracker.errors import DamagedArtifactError, ResourceDoesNotExistError

PIECE_BYTES: Final = 1 << 18
_MOST_DIGITS: Final = 18
_NOT_MODIFIED: Final = 304


def file_response(files: ArtifactStore, path: str, content_type: str | None = None) -> Response:
    """Return the answer that is a file, to be saved; `content_type` is guessed by its name where left out."""
    if isinstance(files, OverlayArtifactStore):
        files, path = files.located(path)
    name = path.rpartition("/")[2]
    kind = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = saved_as(name)
    if isinstance(files, LocalArtifactStore):
        if not files.download(path).is_file():
            raise ResourceDoesNotExistError(f"There is no artifact {path!r}: it is a folder.")
        local, digest, about = files.opened(path)
        headers |= _told(digest, f"{about.st_mtime_ns:x}-{about.st_size:x}")
        return Response(content_type=kind, headers=headers, opened=local)
    if isinstance(files, ObjectArtifactStore):
        opened, about_it = files.opened(path)
        headers |= _told(about_it.digest, about_it.version)
        return Response(content_type=kind, headers=headers, opened=opened)
    return Response(content_type=kind, headers=headers, stream=_pieces(files.open(path)))


def opened_file(response: Response) -> BinaryIO | None:
    """Return the file that an answer is, opened; None where it is none. What is not what was written breaks off."""
    return response.opened if response.file is None else response.file.open("rb")


@dataclass(frozen=True)
class Sending:
    """What is sent of a file: `response` without it, and the first byte and the one behind the last."""

    response: Response
    start: int = 0
    stop: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


def sending(response: Response, file: BinaryIO, asked: Mapping[str, str], *, head: bool = False) -> Sending:
    """Return what is sent of an opened file to a client with these headers (their names in small letters).

    Of several ranges none is understood, and all is sent, as HTTP allows. A client that has this version, and wants to
    know its digest, is told that it has it only where the file here is still what was written.
    """
    size = file.seek(0, io.SEEK_END)
    tag = response.headers.get("ETag")
    wanted = digests.WANTED.lower() in asked
    if tag is not None and _has(asked.get("if-none-match"), tag) and not (wanted and _is_damaged(file, size)):
        return Sending(replace(response, status=_NOT_MODIFIED))
    whole = {"Accept-Ranges": "bytes", "Content-Length": str(size)}
    if head or asked.get("if-range", tag) != tag:
        return Sending(response, 0, size, whole)
    span = span_of(asked.get("range"), size)
    if span is None:
        return Sending(response, 0, size, whole)
    start, stop = span
    if start >= stop:
        message = f"The range {asked['range'][:40]!r} is not in a file of {size} bytes."
        refused = error_response(416, "INVALID_PARAMETER_VALUE", message)
        return Sending(replace(refused, headers={"Content-Range": f"bytes */{size}"}))
    partly = {**whole, "Content-Length": str(stop - start), "Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return Sending(replace(response, status=206), start, stop, partly)


def pieces_between(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    """Yield what stands in an opened file from one byte to the one before another."""
    file.seek(start)
    while start < stop and (piece := file.read(min(stop - start, PIECE_BYTES))):
        start += len(piece)
        yield piece


def _is_damaged(file: BinaryIO, size: int) -> bool:
    """Read an opened file to its end, and tell whether it is not what was written."""
    try:
        deque(pieces_between(file, 0, size), maxlen=0)
    except DamagedArtifactError:
        return True
    return False


def span_of(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte and the one behind the last that a Range header asks for; None where it asks for all.

    There is no such byte where the first is not before the last.
    """
    unit, _, text = (header or "").strip().partition("=")
    first, dash, last = (part.strip() for part in text.partition("-"))
    if unit.strip().lower() != "bytes" or not dash or not (first + last).isascii() or not (first + last).isdigit():
        return None
    # More digits than any file has bytes: Python refuses thousands of them.
    begins, ends = (10**_MOST_DIGITS if len(part) > _MOST_DIGITS else int(part or 0) for part in (first, last))
    if not first:
        return (max(0, size - ends), size) if ends else (size, size)
    if last and ends < begins:
        return None
    return begins, min(ends + 1, size) if last else size


def _has(header: str | None, tag: str) -> bool:
    """Tell whether a client has this version: the comparison is weak, as RFC 9110 says."""
    if header is None:
        return False
    return header.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in header.split(",")}


def _told(digest: str | None, version: str | None) -> dict[str, str]:
    """Return the headers that say which version of a file it is, and what it should be."""
    name = digest or (version or "").strip('"')
    tag = {"ETag": f'"{name}"'} if name and name.isascii() and name.isprintable() and '"' not in name else {}
    return tag if digest is None else {**tag, digests.HEADER: digests.header_of(digest)}


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece
