"""The contract of a place that keeps files, below one root: a run's artifacts, or a model's.

Paths
    Relative to the root, with ``/`` between parts on every system. Empty means the root. Absolute paths, ``..``,
    drive letters and control characters are an `InvalidParameterError`, before anything is touched.
Atomic
    A file is there as a whole or not at all. Writing one that exists replaces it.
Threads and processes
    Every method may be called from any of them at any time; of two writers of one path the later one wins.
Checked
    The SHA-256 of a file is kept with it (see `digests`) and compared when it is read or copied: a file that is not
    what was written is a `DamagedArtifactError`.
Errors
    `ResourceDoesNotExistError` for what is not there, `StoreError` where the place cannot be read or written.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError

if TYPE_CHECKING:
    from jupyter_tracker.entities import FileInfo

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MOST_BYTES = 255
"""Of a name, in any file system."""
_MOST_PATH_BYTES = 1_000
"""Of a path: object stores take 1,024 with the prefix of their root."""


class ArtifactStore(Protocol):
    """A place that keeps files; see the module's text."""

    @property
    def uri(self) -> str:
        """Where the root is."""

    def write(self, path: str, content: bytes) -> None:
        """Keep `content` as the file `path`."""

    def write_stream(self, path: str, stream: BinaryIO, digest: str | None = None) -> None:
        """Keep what is left in `stream` as the file `path`, piece by piece.

        `digest` is its SHA-256 where that is known: InvalidParameterError, and nothing is kept, where it is another.
        """

    def log_file(self, local_path: Path, artifact_path: str = "") -> str:
        """Copy a file, under its own name, into the folder `artifact_path`; return its path."""

    def log_dir(self, local_dir: Path, artifact_path: str = "") -> None:
        """Copy what a folder holds into the folder `artifact_path`."""

    def list(self, path: str = "") -> list[FileInfo]:
        """Return what a folder holds, sorted by path; empty for a file and for what is not there."""

    def open(self, path: str) -> BinaryIO:
        """Return a file, opened for reading bytes; its end is reached only where it is what was written."""

    def download(self, path: str = "", dst: Path | None = None) -> Path:
        """Return a local copy of a file or folder, below `dst`; without `dst` the place itself where it is local."""

    def delete(self, path: str = "") -> None:
        """Remove a file or folder with all it holds; no error where there is none."""


def safe_path(path: str, *, what: str = "artifact path") -> str:
    """Return a relative path in its normal form, with ``""`` for the root.

    Raises
    ------
    InvalidParameterError
        The path is absolute, leads outside with ``..``, has a drive letter or control characters, is longer than
        places take, or no Unicode text.
    """
    if not isinstance(path, str):
        raise InvalidParameterError(f"Invalid {what} {path!r}: text is expected, not {type(path).__name__}.")
    plain = path.replace("\\", "/")
    bad = (
        plain.startswith("/")
        or ".." in plain.split("/")
        or bool(ntpath.splitdrive(plain)[0])
        or _CONTROL.search(plain) is not None
    )
    if bad:
        raise InvalidParameterError(
            f"Invalid {what} {path!r}: it must be relative and stay inside, without '..', a leading '/', a drive "
            "letter or control characters."
        )
    if not plain.isascii() and _is_no_name(plain):
        raise InvalidParameterError(f"Invalid {what} {path!r}: it is no Unicode text.")
    if len(plain) > _MOST_PATH_BYTES // 4 and _bytes(plain) > _MOST_PATH_BYTES:
        raise InvalidParameterError(f"Invalid {what} {path[:80]!r}…: it has more than {_MOST_PATH_BYTES:,} bytes.")
    # A character has four bytes at most.
    if len(plain) > _MOST_BYTES // 4 and any(_bytes(part) > _MOST_BYTES for part in plain.split("/")):
        raise InvalidParameterError(f"Invalid {what} {path[:80]!r}…: a name in it has more than {_MOST_BYTES} bytes.")
    normal = posixpath.normpath(plain) if plain else ""
    return "" if normal == "." else normal


def _is_no_name(path: str) -> bool:
    """Tell whether no file can be called so: halves of characters that stand for no byte of a name."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return True
    return False


def _bytes(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))


def safe_file_path(path: str) -> str:
    """Return a relative path that names a file: `safe_path`, and not the root."""
    normal = safe_path(path, what="artifact file")
    if not normal or path.endswith(("/", "\\")):
        raise InvalidParameterError(f"Invalid artifact file {path!r}: it must end with a file name.")
    return normal


def joined(folder: str, name: str) -> str:
    """Return the path of what is called `name` in a folder, in its normal form; see `safe_path`."""
    return safe_path(f"{folder}/{name}" if folder else name)


def check_local_file(local_path: Path) -> None:
    """Raise ResourceDoesNotExistError where there is no such file to log."""
    if not local_path.is_file():
        missing = "is a folder; use log_artifacts" if local_path.is_dir() else "does not exist"
        raise ResourceDoesNotExistError(f"Cannot log {str(local_path)!r}: it {missing}.")


def check_local_dir(local_dir: Path) -> None:
    """Raise ResourceDoesNotExistError where there is no such folder to log."""
    if not local_dir.is_dir():
        missing = "is a file; use log_artifact" if local_dir.exists() else "does not exist"
        raise ResourceDoesNotExistError(f"Cannot log the folder {str(local_dir)!r}: it {missing}.")
