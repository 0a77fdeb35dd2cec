"""Files that a tracking server hands on: ours, or any with MLflow's artifact proxy.

A file is sent in one request, piece by piece; the server has it as a whole or not at all. One whose sending failed is
sent again, and one that came only in part goes on where it stopped, where the server understands ranges.
"""

from __future__ import annotations

import io
import json
import os
import time
from builtins import list as List  # noqa: N812 - a method below is called list
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, cast
from urllib.parse import quote

import urllib3

from jupyter_tracker.artifact_store.base import check_local_dir, check_local_file, joined, safe_file_path, safe_path
from jupyter_tracker.artifact_store.temporary import temporary_folder
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import (
    InvalidParameterError,
    PermissionDeniedError,
    ResourceDoesNotExistError,
    StoreError,
    StoreUnavailableError,
    TrackerError,
)
from jupyter_tracker.wire.connections import Connections
from jupyter_tracker.wire.credentials import authorization, is_used
from jupyter_tracker.wire.files import file_from_json
from jupyter_tracker.wire.reading import Fields

_FILES: Final = "/api/2.0/mlflow-artifacts/artifacts"
_TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=300.0)
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_MOST_TRIES: Final = 5
_PAUSE_S: Final = 0.1
_PARTIAL: Final = 206
_PIECE_BYTES: Final = 1 << 20
_FILES_AT_ONCE: Final = 8
_KINDS: Final[dict[int, type[TrackerError]]] = {
    400: InvalidParameterError,
    401: PermissionDeniedError,
    403: PermissionDeniedError,
    404: ResourceDoesNotExistError,
}
_connections: Final = Connections()


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
        self._request("PUT", self._path(safe_file_path(path)), body=content)

    def write_stream(self, path: str, stream: BinaryIO) -> None:
        """Keep what is left in `stream` as the file `path`, piece by piece; again where it can be rewound."""
        self._request("PUT", self._path(safe_file_path(path)), body=stream)

    def log_file(self, local_path: Path, artifact_path: str = "") -> str:
        """Copy a file, under its own name, into the folder `artifact_path`; return its path."""
        check_local_file(local_path)
        path = joined(safe_path(artifact_path), local_path.name)
        with local_path.open("rb") as file:
            self.write_stream(path, file)
        return path

    def log_dir(self, local_dir: Path, artifact_path: str = "") -> None:
        """Copy what a folder holds into the folder `artifact_path`, several files at a time."""
        check_local_dir(local_dir)
        below = safe_path(artifact_path)
        _at_once(
            partial(self.log_file, Path(folder, name), joined(below, Path(folder).relative_to(local_dir).as_posix()))
            for folder, _, names in os.walk(local_dir)
            for name in names
        )

    def list(self, path: str = "") -> List[FileInfo]:
        """Return what a folder holds, sorted by path; empty for a file and for what is not there."""
        relative = safe_path(path)
        answer = self._request("GET", f"?path={quote(joined(self._root, relative), safe='')}")
        found = [file_from_json(item) for item in Fields(json.loads(answer.data)).objects("files")]
        files = [FileInfo(joined(relative, file.path), file.is_dir, file.file_size) for file in found]
        return sorted(files, key=lambda file: file.path)

    def open(self, path: str) -> BinaryIO:
        """Return a file, opened for reading bytes as they come."""
        answer = cast("Any", self._request("GET", self._path(safe_file_path(path)), stream=True))
        answer.auto_close = False  # at the end it can still be asked, and says that it has ended
        return io.BufferedReader(answer, 1 << 18)

    def download(self, path: str = "", dst: Path | None = None) -> Path:
        """Return a local copy of a file or folder, below `dst`, or where it goes with the process."""
        relative = safe_path(path)
        folder = temporary_folder() if dst is None else dst
        inside = self.list(relative)
        target = folder / relative if relative else folder
        if not inside and relative:
            self._fetch(relative, target)
            return target
        target.mkdir(parents=True, exist_ok=True)
        _at_once(partial(self._fetch, file.path, folder / file.path) for file in self._files_of(inside))
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

    def _fetch(self, path: str, target: Path) -> None:
        """Write a file aside, and rename it when it is whole; what came before a connection broke is not sent again."""
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with part.open("wb") as file:
                for left in reversed(range(_MOST_TRIES)):
                    try:
                        self._append(path, file)
                        break
                    except urllib3.exceptions.HTTPError as error:
                        if not left:
                            raise StoreUnavailableError(f"The artifact {path!r} came only in part: {error}.") from error
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _append(self, path: str, file: BinaryIO) -> None:
        has = file.tell()
        more = {"Range": f"bytes={has}-"} if has else {}
        answer = self._request("GET", self._path(safe_file_path(path)), stream=True, more=more)
        if has and answer.status != _PARTIAL:  # this server sends all of it again
            file.seek(0)
            file.truncate()
        file.writelines(answer.stream(_PIECE_BYTES))

    def _path(self, path: str) -> str:
        return "/" + quote(joined(self._root, path))

    def _request(
        self, method: str, rest: str, *, body: Any = None, stream: bool = False, more: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": "application/octet-stream"} if body is not None else dict(more or {})
        who = authorization(self._server)
        if who:
            headers["Authorization"] = who
        begins, size = (None, None) if body is None or isinstance(body, bytes) else _place_in(body)
        if size is not None:
            headers["Content-Length"] = str(size)
        tries = _MOST_TRIES if begins is not None or body is None or isinstance(body, bytes) else 1
        while True:
            tries -= 1
            try:
                answer = self._once(method, rest, body, headers, stream=stream)
            except urllib3.exceptions.HTTPError as error:
                if not tries:
                    raise StoreUnavailableError(
                        f"The tracking server at {self._server} does not answer: {type(error).__name__}."
                    ) from error
            else:
                if answer.status in {200, _PARTIAL}:
                    return answer
                if answer.status not in _PASSING or not tries:
                    raise self._refused(answer)
                answer.drain_conn()
            time.sleep(_PAUSE_S * 2 ** (_MOST_TRIES - tries))
            if begins is not None:
                body.seek(begins)

    def _once(
        self, method: str, rest: str, body: Any, headers: Mapping[str, str], *, stream: bool
    ) -> urllib3.BaseHTTPResponse:
        return _connections.pool().request(
            method,
            f"{self._server}{_FILES}{rest}",
            body=body,
            headers=headers,
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
            preload_content=not stream,
        )

    def _refused(self, answer: urllib3.BaseHTTPResponse) -> TrackerError:
        try:
            message = str(json.loads(answer.data)["message"])
        except (ValueError, KeyError, TypeError):
            message = f"status {answer.status}"
        text = f"The server at {self._server} refuses an artifact: {message}"
        return _KINDS.get(answer.status, StoreError)(text)


def _at_once(steps: Iterable[Callable[[], object]]) -> None:
    """Do steps on several threads; the first error is raised, and what has not begun by then is left."""
    with ThreadPoolExecutor(_FILES_AT_ONCE, thread_name_prefix="jupyter_tracker-files") as pool:
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
