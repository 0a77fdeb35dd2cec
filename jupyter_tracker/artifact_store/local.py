"""Files in a folder of this machine.

A file is written beside its place under a temporary name and renamed, so a reader, and a kernel killed in
the middle, sees the old one or the new one. Symbolic links that lead out of the folder are not followed.

Every run writes here, few copy or list: what only those need is imported there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

from jupyter_tracker.artifact_store import digests
from jupyter_tracker.artifact_store.base import check_local_dir, check_local_file, joined, safe_file_path, safe_path
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, StoreError

if TYPE_CHECKING:
    from jupyter_tracker.entities import FileInfo

# How the name of a file begins that is being written.
TEMPORARY = ".jupyter-tracker-partial-"
_PIECE_BYTES = 1 << 20
_LARGE_BYTES = 4 << 20
"""From here on a second thread pays."""


class LocalArtifactStore:
    """Files below a folder. The folder is made at the first write.

    Parameters
    ----------
    root : pathlib.Path
        The folder, absolute.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def from_uri(cls, uri: str) -> LocalArtifactStore:
        """Return the store of a ``file:`` URI or a plain path."""
        return cls(local_path(uri))

    @property
    def uri(self) -> str:
        """The folder as a ``file:///`` URI."""
        return self.root.as_uri()

    def path_of(self, path: str) -> str:
        """Return the local path of an artifact, whether it is there or not."""
        return os.path.join(self.root, *safe_path(path).split("/"))  # noqa: PTH118 - a Path costs 5 µs a part

    def place_of(self, path: str) -> Path:
        """Return where a file goes that is to be written; InvalidParameterError where it cannot go there."""
        relative = safe_file_path(path)
        target = self._inside(relative, follow=False)
        if target.is_dir():
            raise InvalidParameterError(f"Cannot write the artifact {relative!r}: there is a folder of that name.")
        return target

    def write(self, path: str, content: bytes) -> None:
        """Keep `content` as the file `path`."""
        with self._replacing(safe_file_path(path)) as temporary:
            _write_new(temporary, content)
            digests.keep(temporary, hashlib.sha256(content).hexdigest())

    def write_stream(self, path: str, stream: BinaryIO, digest: str | None = None) -> None:
        """Keep what is left in `stream` as the file `path`, piece by piece; see `ArtifactStore`."""
        path = safe_file_path(path)
        self._write_pieces(path, iter(partial(stream.read, _PIECE_BYTES), b""), digest)

    def log_file(self, local_path: Path, artifact_path: str = "") -> str:
        """Copy a file, under its own name, into the folder `artifact_path`; return its path."""
        check_local_file(local_path)
        path = joined(safe_path(artifact_path), local_path.name)
        with as_store_error(local_path):
            source = open(local_path, "rb")  # noqa: PTH123, SIM115
        with source, self._replacing(path) as temporary:
            os.makedirs(os.path.dirname(temporary), exist_ok=True)  # noqa: PTH103, PTH120
            digests.keep(temporary, _copy_new(source, temporary, local_path.name))
        return path

    def _write_pieces(self, path: str, pieces: Iterable[bytes], digest: str | None = None) -> None:
        hashed = digests.Hashed(pieces, path, digest)
        with self._replacing(path) as temporary:
            os.makedirs(os.path.dirname(temporary), exist_ok=True)  # noqa: PTH103, PTH120
            with open(temporary, "xb") as file:  # noqa: PTH123
                file.writelines(hashed)
            digests.keep(temporary, hashed.digest)

    def log_dir(self, local_dir: Path, artifact_path: str = "") -> None:
        """Copy what a folder holds into the folder `artifact_path`; links are copied as what they point at."""
        check_local_dir(local_dir)
        below = safe_path(artifact_path)
        for folder, names in _walk(local_dir, skip=self.root):
            inner = joined(below, folder.relative_to(local_dir).as_posix())
            if not names:
                self._make_folder(self._inside(inner))
            for name in names:
                self.log_file(folder / name, inner)

    def list(self, path: str = "") -> list[FileInfo]:
        """Return what a folder holds, sorted by path; empty for a file and for what is not there.

        Links that lead out of the root are left out: nothing could be done with them.
        """
        from jupyter_tracker.entities import FileInfo

        relative = safe_path(path)
        folder = self._inside(relative)
        if not folder.is_dir():
            return []
        found = []
        with as_store_error(folder), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(TEMPORARY) or (entry.is_symlink() and self._leads_out(entry.path)):
                    continue
                is_dir = entry.is_dir()
                found.append(FileInfo(joined(relative, entry.name), is_dir, None if is_dir else _size(entry)))
        return sorted(found, key=lambda file: file.path)

    def open(self, path: str) -> BinaryIO:
        """Return a file, opened for reading bytes."""
        return self.opened(path)[0]

    def opened(self, path: str) -> tuple[BinaryIO, str | None, os.stat_result]:
        """Return a file, opened for reading bytes, its SHA-256 as it was written, where it is kept, and its state.

        All three are of one file, whatever takes its place meanwhile.
        """
        file = self._existing(path)
        if file.is_dir():
            raise InvalidParameterError(f"{path!r} is a folder; name a file in it.")
        if not file.is_file():  # reading a pipe would wait for ever
            raise InvalidParameterError(f"{path!r} is no regular file.")
        with as_store_error(file):
            try:
                opened = file.open("rb")
            except FileNotFoundError:
                raise self._missing(path) from None
            expected = self._written(path, opened)
            about = os.fstat(opened.fileno())
            return digests.checked(opened, expected), None if expected is None else expected.digest, about

    def download(self, path: str = "", dst: Path | None = None) -> Path:
        """Return the local path of a file or folder, or of a copy of it below `dst`."""
        source = self._existing(path)
        if dst is None:
            return source
        import shutil

        relative = safe_path(path)
        target = dst / relative if relative else dst
        with as_store_error(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                ignored, copy = self._ignored(), self._copy
                shutil.copytree(source, target, dirs_exist_ok=True, ignore=ignored, copy_function=copy)
            else:
                self._copy(source, target)
        return target

    def _copy(self, source: str | Path, target: str | Path) -> None:
        """Copy a file to where somebody wants it: there as a whole, and as it was written, or not at all."""
        source, target = Path(source), Path(target)
        half = target.with_name(f"{TEMPORARY}{os.urandom(16).hex()}")
        try:
            with source.open("rb") as file:
                expected = self._written(source.relative_to(self.root).as_posix(), file)
                digest = _copy_new(file, half, source.name)
            if expected is not None:
                expected.check(digest)
            half.replace(target)
        except BaseException:
            half.unlink(missing_ok=True)
            raise

    def _written(self, path: str, file: BinaryIO) -> digests.Written | None:
        digest = digests.kept(file.fileno())
        return None if digest is None else digests.Written(digest, path, str(self.root))

    def delete(self, path: str = "") -> None:
        """Remove a file or folder with all it holds; no error where there is none."""
        import shutil

        target = self._inside(safe_path(path), follow=False)
        with as_store_error(target):
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)

    def _existing(self, path: str) -> Path:
        target = self._inside(safe_path(path))
        if not target.exists():
            raise self._missing(path)
        return target

    def _missing(self, path: str) -> ResourceDoesNotExistError:
        return ResourceDoesNotExistError(f"There is no artifact {path!r} in {self.root}.")

    def _inside(self, relative: str, *, follow: bool = True) -> Path:
        """Return the local path; InvalidParameterError where a link on the way leads out of the root."""
        path = self.root / relative if relative else self.root
        checked = path if follow else path.parent
        # Without a link among its parts it cannot lead out, and resolving takes ten times as long as looking.
        if self._has_link(relative, follow=follow) and self._leads_out(checked):
            raise InvalidParameterError(f"{relative!r} is, or is below, a link that leads out of {self.root}.")
        return path

    def _leads_out(self, path: str | Path) -> bool:
        try:
            return not Path(path).resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):  # it goes round in a circle
            return True

    def _has_link(self, relative: str, *, follow: bool) -> bool:
        parts = relative.split("/") if relative else []
        path = os.fspath(self.root)
        for part in parts if follow else parts[:-1]:
            path = os.path.join(path, part)  # noqa: PTH118 - a Path costs 5 µs a part
            if os.path.islink(path):  # noqa: PTH114
                return True
        return False

    def _make_folder(self, folder: Path) -> None:
        with as_store_error(folder):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def _replacing(self, relative: str) -> Iterator[str]:
        """Give a temporary path beside the file, whose folder may be missing; rename it when all went well."""
        target = self.place_of(relative)
        temporary = f"{os.fspath(target.parent)}{os.sep}{TEMPORARY}{os.urandom(16).hex()}"
        with as_store_error(target):
            try:
                yield temporary
                os.replace(temporary, target)  # noqa: PTH105
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary)  # noqa: PTH108
                raise

    def _ignored(self) -> Callable[[str, Sequence[str]], set[str]]:
        """Return what a copy of a folder leaves out: partial files, and links that lead out."""
        root = self.root.resolve()

        def ignored(folder: str, names: Sequence[str]) -> set[str]:
            return {
                name
                for name in names
                if name.startswith(TEMPORARY) or not Path(folder, name).resolve().is_relative_to(root)
            }

        return ignored


def _copy_new(source: BinaryIO, target: str | Path, name: str) -> str:
    """Copy what is in an opened file to a new one; return its digest."""
    if os.fstat(source.fileno()).st_size >= _LARGE_BYTES:
        from jupyter_tracker.artifact_store.copying import copied

        return copied(source, target, name)
    hashed = digests.Hashed(iter(partial(source.read, _PIECE_BYTES), b""), name)
    with open(target, "xb") as copy:  # noqa: PTH123
        copy.writelines(hashed)
    return hashed.digest


def local_path(uri: str) -> Path:
    """Return the local path of a ``file:`` URI or a plain path, absolute."""
    if not uri.lower().startswith("file:"):
        return Path(os.path.abspath(uri))  # noqa: PTH100 - links stay
    if uri.startswith("file:///") and "#" not in uri and "?" not in uri:
        path = unquote(uri[7:])  # what nearly every URI is; urlsplit costs 15 µs
    else:
        try:
            parts = urlsplit(uri)
        except ValueError:  # `file://[`
            parts = None
        if parts is None or parts.netloc not in {"", "localhost"}:
            raise InvalidParameterError(f"{uri!r} names another machine. Mount its folder and give the path.")
        path = unquote(parts.path)
    if re.match(r"^/[A-Za-z]:", path):  # file:///C:/folder
        path = path[1:]
    return Path(os.path.abspath(path))  # noqa: PTH100 - links stay


def _size(entry: os.DirEntry[str]) -> int | None:
    """Return the size of a file; None for a link that points nowhere, and a file that is just being removed."""
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        return None


def _write_new(path: str, content: bytes) -> None:
    """Write a file that is not there yet. The folder is made at need only: a tracked cell waits for this."""
    try:
        file = open(path, "xb")  # noqa: PTH123, SIM115 - a Path costs 5 µs a part
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        file = open(path, "xb")  # noqa: PTH123, SIM115
    with file:
        file.write(content)


def local_files(top: Path) -> Iterator[Path]:
    """Yield the files of a folder and of those in it; links as what they point at."""
    for folder, names in _walk(top, skip=top / TEMPORARY):
        for name in names:
            yield folder / name


def _walk(top: Path, skip: Path) -> Iterator[tuple[Path, list[str]]]:
    """Go through a folder and linked folders, each once: a link may lead back up.

    `skip` is left out, and what is being written: the half of a download may lie in a folder that is logged.
    """
    seen = {os.path.realpath(skip)}
    for folder, folders, names in os.walk(top, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(TEMPORARY)]
        whole = [name for name in names if not name.startswith(TEMPORARY)]
        yield Path(folder), [name for name in whole if os.path.isfile(os.path.join(folder, name))]  # noqa: PTH113, PTH118


@contextmanager
def as_store_error(path: Path) -> Iterator[None]:
    """Turn an error of the file system into one that says which artifact, and why."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"The artifact at {path} cannot be read or written: {reason}.") from error
