"""Files in object storage: S3 and what speaks its protocol, Google Cloud Storage, Azure.

Who may read and write is found where each cloud's own tools look: environment, profile, instance. An endpoint of
your own is ``AWS_ENDPOINT_URL``, or MLflow's ``MLFLOW_S3_ENDPOINT_URL``. An object is there as a whole or not at all,
as clouds promise; large ones are sent in parts.
"""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from jupyter_tracker.artifact_store.base import check_local_dir, check_local_file, joined, safe_file_path, safe_path
from jupyter_tracker.artifact_store.local import local_files
from jupyter_tracker.artifact_store.temporary import temporary_folder
from jupyter_tracker.entities import FileInfo
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError

if TYPE_CHECKING:
    from builtins import list as List  # noqa: N812 - a method below is called list

EXTRA: Final = "object-storage"
_PIECE_BYTES: Final = 4 << 20
_PART_BYTES: Final = 5 << 20
"""The least that S3 takes as a part."""


class ObjectArtifactStore:
    """Objects below a prefix of a bucket. Nothing is connected before the first call.

    Parameters
    ----------
    uri : str
        Such as ``s3://bucket/prefix``.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri.rstrip("/")
        self._opened: Any = None

    def write(self, path: str, content: bytes) -> None:
        """See `ArtifactStore`."""
        self._put(safe_file_path(path), content)

    def write_stream(self, path: str, stream: BinaryIO) -> None:
        """See `ArtifactStore`."""
        head = _read_up_to(stream, _PART_BYTES)
        # What goes in parts is an iterator: of a stream, the library would seek the end, and an upload has none yet.
        in_parts = chain([head], iter(partial(_read_up_to, stream, _PART_BYTES), b""))
        self._put(safe_file_path(path), head if len(head) < _PART_BYTES else in_parts)

    def log_file(self, local_path: Path, artifact_path: str = "") -> str:
        """See `ArtifactStore`."""
        check_local_file(local_path)
        path = joined(safe_path(artifact_path), local_path.name)
        self._put(path, local_path)
        return path

    def log_dir(self, local_dir: Path, artifact_path: str = "") -> None:
        """See `ArtifactStore`. Object storage has no folders, and so none that are empty."""
        check_local_dir(local_dir)
        below = safe_path(artifact_path)
        for file in local_files(local_dir):
            self._put(joined(below, file.relative_to(local_dir).as_posix()), file)

    def list(self, path: str = "") -> List[FileInfo]:
        """See `ArtifactStore`."""
        with self._errors(path) as (storage, bucket):
            found = storage.list_with_delimiter(bucket, safe_path(path) or None)
        files = [FileInfo(str(each["path"]), False, int(each["size"])) for each in found["objects"]]
        folders = [FileInfo(str(name).rstrip("/"), True, None) for name in found["common_prefixes"]]
        return sorted([*files, *folders], key=lambda file: file.path)

    def open(self, path: str) -> BinaryIO:
        """See `ArtifactStore`."""
        with self._errors(path) as (storage, bucket):
            file = storage.open_reader(bucket, safe_file_path(path))
        return cast("BinaryIO", io.BufferedReader(_Reading(file), _PIECE_BYTES))

    def download(self, path: str = "", dst: Path | None = None) -> Path:
        """Return a local copy of an object, or of all below a prefix; without `dst` one that goes with the process."""
        relative = safe_path(path)
        folder = temporary_folder() if dst is None else dst
        target = folder / relative if relative else folder
        with self._errors(path) as (storage, bucket):
            objects = [each for batch in storage.list(bucket, relative or None) for each in batch]
            if not objects:
                storage.head(bucket, relative)  # the prefix may be the object itself
                _fetch(storage, bucket, relative, target)
            for each in objects:
                _fetch(storage, bucket, str(each["path"]), folder / safe_path(str(each["path"])))
        return target

    def delete(self, path: str = "") -> None:
        """See `ArtifactStore`."""
        relative = safe_path(path)
        with self._errors(path) as (storage, bucket):
            names = [str(each["path"]) for batch in storage.list(bucket, relative or None) for each in batch]
            if relative:
                names.append(relative)
            storage.delete(bucket, names)

    def _put(self, path: str, content: bytes | Path | Iterator[bytes]) -> None:
        with self._errors(path, what="there is no such bucket") as (storage, bucket):
            storage.put(bucket, path, content)

    @contextmanager
    def _errors(self, path: str, what: str | None = None) -> Iterator[tuple[Any, Any]]:
        """Give the library and the bucket; say what went wrong, and where, in our own errors.

        `what` is said of a place that is not found, where that is no missing artifact.
        """
        storage = _library(self.uri)
        try:
            if self._opened is None:
                self._opened = _bucket(self.uri)
            yield storage, self._opened
        except FileNotFoundError as error:
            if what is not None:
                raise StoreError(f"Artifacts cannot be kept at {self.uri}: {what}.") from error
            raise ResourceDoesNotExistError(f"There is no artifact {path!r} in {self.uri}.") from error
        except (OSError, ValueError, storage.exceptions.BaseError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise StoreError(f"Artifacts at {self.uri} cannot be reached ({path or 'all'}): {reason}") from error


class _Reading(io.RawIOBase):
    """An object as a file of Python's."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = bytes(self._file.read(len(buffer)))
        buffer[: len(piece)] = piece
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _library(uri: str) -> Any:
    try:
        importlib.import_module("obstore.exceptions")
        return importlib.import_module("obstore")
    except ImportError as error:
        raise InvalidParameterError(
            f"Artifacts at {uri} need obstore: pip install 'jupyter-experiment-tracker[{EXTRA}]'."
        ) from error


def _bucket(uri: str) -> Any:
    stores: Any = importlib.import_module("obstore.store")
    options: dict[str, Any] = {}
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if uri.startswith("s3"):
        endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL") or endpoint
        if endpoint:
            options["endpoint"] = endpoint
            options["client_options"] = {"allow_http": endpoint.startswith("http://")}
    return stores.from_url(uri, **options)


def _fetch(storage: Any, bucket: Any, name: str, target: Path) -> None:
    """Write an object to a file, aside and then renamed, so that no half of it is taken for the whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.partial")
    with half.open("wb") as file:
        for piece in storage.get(bucket, name).stream(min_chunk_size=_PIECE_BYTES):
            file.write(piece)
    half.replace(target)


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    """Return the next bytes of a stream, fewer only at its end."""
    pieces, left = [], size
    while left and (piece := stream.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
