"""Files that a tracking server hands on: ours, or any with MLflow's artifact proxy.

A file is sent in one request, piece by piece, and a large one to servers of ours in parts (`in_parts`); the server has
it as a whole or not at all. What failed is sent again, and a file that came only in part goes on where it stopped,
where the server understands ranges. Our servers are told the SHA-256 of what is sent, and say that of what they have;
others say nothing, and nothing is compared.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
from builtins import list as List  # noqa: N812 - a method below is called list
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, cast
from urllib.parse import quote

import urllib3

from jupyter_tracker.artifact_store import digests, in_parts, notes
from jupyter_tracker.artifact_store.base import joined, safe_file_path, safe_path
from jupyter_tracker.artifact_store.following import Beginning, Step, at_once, read_in_pieces, shown
from jupyter_tracker.artifact_store.halves import Half, half_of
from jupyter_tracker.artifact_store.served_parts import ServedUploads
from jupyter_tracker.artifact_store.temporary import temporary_folder
from jupyter_tracker.artifact_store.uploading import upload_dir, upload_file
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import (
    DamagedArtifactError,
    InvalidParameterError,
    PermissionDeniedError,
    ResourceDoesNotExistError,
    StoreError,
    StoreUnavailableError,
    TrackerError,
)
from jupyter_tracker.wire.connections import Connections, in_pieces
from jupyter_tracker.wire.credentials import authorization, is_used
from jupyter_tracker.wire.files import file_from_json
from jupyter_tracker.wire.reading import Fields

_FILES: Final = "/api/2.0/mlflow-artifacts/artifacts"
_TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=300.0)
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_MOST_TRIES: Final = 5
_PAUSE_S: Final = 0.1
_PARTIAL: Final = 206
_NOT_MODIFIED: Final = 304
_PIECE_BYTES: Final = 1 << 16
"""What came of a piece is lost where the connection breaks in it."""
_SMALL_BYTES: Final = 1 << 20
"""Less than this is read once, as a whole."""
_KINDS: Final[dict[int, type[TrackerError]]] = {
    400: InvalidParameterError,
    401: PermissionDeniedError,
    403: PermissionDeniedError,
    404: ResourceDoesNotExistError,
}
_connections: Final = Connections()
_DIGESTS: Final = re.compile("[0-9a-f]{64}")


class ServedArtifactStore:
    """Files below a place of a server.

    Parameters
    ----------
    uri : str
        ``http://host:port/api/2.0/mlflow-artifacts/artifacts/1/<run_id>/artifacts``.
    """

    def __init__(self, uri: str) -> None:
        server, mark, root = uri.partition(_FILES)
        if not mark:
            raise InvalidParameterError(
                f"{uri[:200]!r} is no place of a tracking server's artifacts. Give the experiment another "
                "artifact_location."
            )
        if not is_used(server):
            raise PermissionDeniedError(
                f"The artifacts at {server} are not asked for: it is no server that this process uses. Name it with "
                "set_tracking_uri first, if you trust it."
            )
        self._uri, self._server, self._root = uri.rstrip("/"), server, safe_path(root.strip("/"))

    @property
    def uri(self) -> str:
        """Where the root is."""
        return self._uri

    def write(self, path: str, content: bytes) -> None:
        """Keep `content` as the file `path`."""
        self._send(safe_file_path(path), content, hashlib.sha256(content).hexdigest())

    def write_stream(self, path: str, stream: BinaryIO, digest: str | None = None) -> None:
        """Keep what is left in `stream` as the file `path`, piece by piece; again where it can be rewound."""
        self._send(safe_file_path(path), stream, digest)

    def log_file(self, local_path: Path, artifact_path: str = "") -> str:
        """Copy a file, under its own name, into the folder `artifact_path`; return its path."""
        return upload_file(self._send_file, local_path, artifact_path)

    def log_dir(self, local_dir: Path, artifact_path: str = "") -> None:
        """Copy what a folder holds into the folder `artifact_path`, several files at a time."""
        upload_dir(partial(self._send_file, resumes=True), local_dir, artifact_path)

    def _send_file(self, file: Path, path: str, step: Step, *, resumes: bool = False) -> None:
        """Send what is in a local file now; a large one that is there already is not where the call `resumes`."""
        with file.open("rb") as opened:
            head = opened.read(_SMALL_BYTES)
            if len(head) < _SMALL_BYTES:
                self.write(path, head)
                step(len(head))
                return
            now = Beginning(opened)
            now.seek(0)
            digest = digests.of_pieces(read_in_pieces(now, _SMALL_BYTES, lambda _count: step(0)))
            if resumes and self._has(path, digest):
                step(now.size)
                return
            if now.size >= notes.LARGE_BYTES:
                with suppress(in_parts.PartsNotTakenError):
                    uploads = ServedUploads(self._ask, self._root)
                    in_parts.send_in_parts(
                        uploads, self._uri, path, now, digest, step, partial(self._has, path, digest)
                    )
                    return
            now.seek(0)
            self._send(path, cast("BinaryIO", _Followed(now, step)), digest)

    def _send(self, path: str, body: bytes | BinaryIO, digest: str | None) -> None:
        more = {} if digest is None else {digests.HEADER: digests.header_of(digest)}
        self._request("PUT", self._path(path), body=body, more=more)

    def _has(self, path: str, digest: str) -> bool:
        """Tell whether a file is there as it would be sent; the server reads it to be sure.

        Its digest is its entity tag; servers that have other ones answer that it is another file. Asked once: it only
        saves work.
        """
        more = {**self._who(), "If-None-Match": f'"{digest}"', digests.WANTED: "sha-256=10"}
        try:
            return self._once("HEAD", f"{_FILES}{self._path(path)}", None, more, stream=False).status == _NOT_MODIFIED
        except urllib3.exceptions.HTTPError:
            return False

    def list(self, path: str = "") -> List[FileInfo]:
        """Return what a folder holds, sorted by path; empty for a file and for what is not there."""
        relative = safe_path(path)
        answer = self._request("GET", f"?path={_quoted(joined(self._root, relative), safe='')}")
        found = [file_from_json(item) for item in Fields(json.loads(answer.data)).objects("files")]
        files = [FileInfo(joined(relative, file.path), file.is_dir, file.file_size) for file in found]
        return sorted(files, key=lambda file: file.path)

    def open(self, path: str) -> BinaryIO:
        """Return a file, opened for reading bytes as they come."""
        rest = self._path(safe_file_path(path))
        ask = partial(self._request, "GET", rest, stream=True)
        reading = _Reading(ask)
        expected = self._expected(reading.answer, path)
        if expected is None:
            return cast("BinaryIO", io.BufferedReader(reading, 1 << 18))
        return digests.checked(reading, expected)

    def download(self, path: str = "", dst: Path | None = None) -> Path:
        """Return a local copy of a file or folder, below `dst`, or where it goes with the process."""
        relative = safe_path(path)
        folder = temporary_folder() if dst is None else dst
        inside = self.list(relative)
        target = folder / relative if relative else folder
        if not inside and relative:
            beside = self.list(relative.rpartition("/")[0])
            with shown(
                f"downloading {target.name}", sum(f.file_size or 0 for f in beside if f.path == relative)
            ) as step:
                self._fetch(relative, target, step, resumes=dst is not None)
            return target
        target.mkdir(parents=True, exist_ok=True)
        files = List(self._files_of(inside))
        with shown(f"downloading {target.name}", sum(file.file_size or 0 for file in files)) as step:
            fetch = partial(self._fetch, resumes=dst is not None)
            at_once((partial(fetch, file.path, folder / file.path) for file in files), step)
        return target

    def _files_of(self, found: Iterable[FileInfo]) -> Iterator[FileInfo]:
        for file in found:
            if file.is_dir:
                yield from self._files_of(self.list(file.path))
            else:
                yield file

    def delete(self, path: str = "") -> None:
        """Remove a file or folder with all it holds; no error where there is none."""
        self._request("DELETE", self._path(safe_path(path)))

    def _fetch(self, path: str, target: Path, step: Step, *, resumes: bool) -> None:
        """Write a file aside, and rename it when it is whole; what came before a connection broke is not sent again."""
        with half_of(self._uri, path, target, resumes=resumes) as half:
            half.fill(partial(self._fill, path, half, step))

    def _fill(self, path: str, half: Half, step: Step) -> None:
        """Fetch what is missing of a file; go on where the connection breaks."""
        with half.open() as file:
            has = half.begins_at(file)
            step(has)
            expected, more = None, {"If-Range": half.version} if has else {}
            for left in reversed(range(_MOST_TRIES)):
                try:
                    expected = self._append(path, file, half, step, more)
                    break
                except urllib3.exceptions.HTTPError as error:
                    if not left:
                        raise StoreUnavailableError(f"The artifact {path!r} came only in part: {error}.") from error
            if expected is not None:
                file.flush()
                expected.check(digests.of_file(half.path))

    def _append(
        self, path: str, file: BinaryIO, half: Half, step: Step, same: dict[str, str]
    ) -> digests.Written | None:
        """Fetch what is missing of a file; return what the server says that it should be.

        `same` is what asks for the rest of that version only; what is for the next time is put there.
        """
        has = file.tell()
        more = {"Range": f"bytes={has}-", **same} if has else {}
        answer = self._request("GET", self._path(safe_file_path(path)), stream=True, more=more)
        if has and answer.status != _PARTIAL:  # it is another one by now, or this server sends all of it again
            file.seek(0)
            file.truncate()
        expected = self._expected(answer, path)
        if answer.status != _PARTIAL:
            # What is compared with nothing is fetched anew by a later call: a power cut may have left holes in it.
            version = None if expected is None else answer.headers.get("ETag")
            half.keep(version, int(answer.headers.get("Content-Length") or 0))
        same.update(_same_as(answer))
        for piece in answer.stream(_PIECE_BYTES):
            file.write(piece)
            step(len(piece))
        return expected

    def _expected(self, answer: Any, path: str) -> digests.Written | None:
        digest = digests.from_header(answer.headers.get(digests.HEADER))
        return None if digest is None else digests.Written(digest, path, self._uri)

    def _path(self, path: str) -> str:
        return "/" + _quoted(joined(self._root, path))

    def _ask(self, method: str, address: str, body: bytes, content_type: str) -> urllib3.BaseHTTPResponse:
        return self._request(method, address, body=body, more={"Content-Type": content_type}, below="")

    def _request(
        self,
        method: str,
        rest: str,
        *,
        body: Any = None,
        stream: bool = False,
        more: Mapping[str, str] | None = None,
        below: str = _FILES,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": "application/octet-stream"} if body is not None else {}
        headers |= {**(more or {}), **self._who()}
        begins, size = (None, None) if body is None or isinstance(body, bytes) else _place_in(body)
        if size is not None:
            headers["Content-Length"] = str(size)
        tries = _MOST_TRIES if begins is not None or body is None or isinstance(body, bytes) else 1
        while True:
            tries -= 1
            try:
                answer = self._once(method, f"{below}{rest}", body, headers, stream=stream)
            except urllib3.exceptions.HTTPError as error:
                if not tries:
                    raise StoreUnavailableError(
                        f"The tracking server at {self._server} does not answer: {type(error).__name__}."
                    ) from error
            else:
                if answer.status in {200, _PARTIAL}:
                    return answer
                refused = self._refused(answer)
                if answer.status not in _PASSING or not tries or isinstance(refused, DamagedArtifactError):
                    raise refused
            time.sleep(_PAUSE_S * 2 ** (_MOST_TRIES - tries))
            if begins is not None:
                body.seek(begins)

    def _who(self) -> dict[str, str]:
        who = authorization(self._server)
        return {"Authorization": who} if who else {}

    def _once(
        self, method: str, address: str, body: Any, headers: Mapping[str, str], *, stream: bool
    ) -> urllib3.BaseHTTPResponse:
        pieces, headers = in_pieces(body, headers)
        return _connections.pool().request(
            method,
            f"{self._server}{address}",
            body=pieces,
            headers=headers,
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
            preload_content=not stream,
        )

    def _refused(self, answer: urllib3.BaseHTTPResponse) -> TrackerError:
        try:
            said = json.loads(answer.data)
            message = str(said["message"])
            if said["error_code"] == DamagedArtifactError.error_code:
                return DamagedArtifactError(message, *_DIGESTS.findall(message)[-2:])  # its path may be one
        except (ValueError, KeyError, TypeError, urllib3.exceptions.HTTPError):
            message = f"status {answer.status}"
        text = f"The server at {self._server} refuses an artifact: {message}"
        return _KINDS.get(answer.status, StoreError)(text)


class _Reading(io.RawIOBase):
    """A file as it comes in. Where the connection breaks, the rest is asked for."""

    def __init__(self, ask: Callable[..., urllib3.BaseHTTPResponse]) -> None:
        super().__init__()
        self._ask, self._at, self._tries = ask, 0, _MOST_TRIES
        self.answer = ask()

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return what comes next, empty at the end."""
        while True:
            try:
                piece = self.answer.read(min(size, _PIECE_BYTES) if size >= 0 else None)
            except urllib3.exceptions.HTTPError as error:
                self._tries -= 1
                if not self._tries:
                    raise StoreUnavailableError(f"An artifact came only in part: {error}.") from error
                self._go_on()
            else:
                self._at += len(piece)
                return piece

    def _go_on(self) -> None:
        self.answer.close()
        same = _same_as(self.answer)
        self.answer = self._ask(more={"Range": f"bytes={self._at}-", **same} if self._at else {})
        if self._at and same and _same_as(self.answer) != same:
            raise StoreError("An artifact was replaced while it was read. Read it again.")
        if self._at and self.answer.status != _PARTIAL:  # this server sends all of it again
            left = self._at
            while left and (piece := self.answer.read(min(left, _PIECE_BYTES))):
                left -= len(piece)

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what comes next."""
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Let go of the connection."""
        self.answer.close()
        super().close()


class _Followed:
    """A file that says how much of it has been read; what is read again is not said again."""

    def __init__(self, file: Beginning, step: Step) -> None:
        self._file, self._step, self._most = file, step, 0
        self.seekable, self.seek, self.tell = file.seekable, file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        """Return what comes next."""
        piece = self._file.read(size)
        at = self._file.tell()
        if at > self._most:
            self._step(at - self._most)
            self._most = at
        return piece


def _quoted(path: str, safe: str = "/") -> str:
    """Return a path as it stands in an address; InvalidParameterError where it is none that others understand."""
    try:
        return quote(path, safe)
    except UnicodeEncodeError as error:  # a name of this disk that is no UTF-8
        raise InvalidParameterError(f"Invalid artifact path {path!r}: it is no Unicode text.") from error


def _same_as(answer: urllib3.BaseHTTPResponse) -> dict[str, str]:
    """Return the header that asks for the rest of this version only; none where the server does not name it."""
    tag = answer.headers.get("ETag")
    return {} if tag is None else {"If-Range": tag}


def _place_in(stream: Any) -> tuple[int | None, int | None]:
    """Return where a stream is and how many bytes are left in it; None and None where it cannot be rewound."""
    try:
        if not stream.seekable():
            return None, None
        begins = int(stream.tell())
        size = int(stream.seek(0, io.SEEK_END)) - begins
        stream.seek(begins)
    except (AttributeError, OSError):
        return None, None
    return begins, size
