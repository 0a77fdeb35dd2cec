"""The SHA-256 of files: taken while they are written, kept with them, compared when they are read.

A local file has it in an extended attribute (Linux; elsewhere, and on file systems without them, nothing is compared),
an object in its metadata, and over HTTP it is the header ``Repr-Digest`` of RFC 9530, in both directions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, Final, NamedTuple, cast

from jupyter_tracker.errors import DamagedArtifactError, InvalidParameterError

KEY: Final = "sha256"
"""Of an object's metadata."""
HEADER: Final = "Repr-Digest"
WANTED: Final = "Want-Repr-Digest"
"""Of a request: the digest of what is in a file now matters, not the one that is kept with it."""
_ATTRIBUTE: Final = "user.jupyter_tracker.sha256"
_BUFFER_BYTES: Final = 1 << 18
_HEX: Final = re.compile("[0-9a-f]{64}")
_SAID: Final = re.compile(r"(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/=]{43,44}):", re.IGNORECASE)


class Written(NamedTuple):
    """What is expected of a file: its digest, and which file of which place it is, for errors."""

    digest: str
    path: str
    place: str

    def check(self, found: str) -> None:
        """Raise DamagedArtifactError where the file's digest is another."""
        if found != self.digest:
            raise DamagedArtifactError(
                f"The artifact {self.path!r} in {self.place} is not what was written: its SHA-256 was {self.digest}, "
                f"and is {found}. Log it again, or restore it from a copy.",
                self.digest,
                found,
            )


def of_file(path: str | os.PathLike[str]) -> str:
    """Return the digest of a local file."""
    with open(path, "rb") as file:  # noqa: PTH123 - a path may be text
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_pieces(pieces: Iterable[bytes]) -> str:
    """Return the digest of what comes in pieces."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def check_arrived(path: str, said: str | None, found: str) -> None:
    """Raise InvalidParameterError where what came in is not what its sender said."""
    if said is not None and said != found:
        raise InvalidParameterError(
            f"The artifact {path!r} arrived damaged, and is not kept: its SHA-256 is {found}, and should be {said}. "
            "Send it again."
        )


def known(text: object) -> str | None:
    """Return a digest that is kept somewhere, None where it is none of ours."""
    return text if isinstance(text, str) and _HEX.fullmatch(text) else None


def check_said(digest: str) -> None:
    """Raise InvalidParameterError where what a client says of a file it is going to send is no digest."""
    if known(digest) is None:
        raise InvalidParameterError(f"digest: the SHA-256 in 64 hex digits is expected, not {digest[:80]!r}.")


# local files --------------------------------------------------------------------------------------


def keep(path: str, digest: str) -> None:
    """Keep a digest with a local file that is written to its end."""
    with suppress(OSError, AttributeError):
        about = os.stat(path)  # noqa: PTH116 - a Path costs 5 µs
        os.setxattr(path, _ATTRIBUTE, f"{digest} {about.st_size} {about.st_mtime_ns}".encode())


def kept(file: int) -> str | None:
    """Return the digest of a local file as it was written, by its descriptor; None where none is kept.

    A file of another time of change has been written to since, by its user or other software: that digest is of what
    it was before. A disk that loses bits leaves the time as it is.
    """
    with suppress(OSError, AttributeError, ValueError):
        digest, _size, time_ns = os.getxattr(file, _ATTRIBUTE).decode().split()
        if os.fstat(file).st_mtime_ns == int(time_ns):
            return known(digest)
    return None


# over HTTP ----------------------------------------------------------------------------------------


def header_of(digest: str) -> str:
    """Return what a header says of a digest."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(digest)).decode()}:"


def from_header(text: str | None) -> str | None:
    """Return the digest that a header says; None where it says none that is understood."""
    found = _SAID.search(text or "")
    if found is None:
        return None
    try:
        return known(base64.b64decode(found[1], validate=True).hex())
    except binascii.Error:
        return None


# streams ------------------------------------------------------------------------------------------


class Hashed:
    """Pieces that go by, and the digest of them.

    Parameters
    ----------
    path : str
        Which file it is, for the error.
    said : str, optional
        What the digest should be. Where it is another the last step raises InvalidParameterError, so that whoever takes
        the pieces does not take them for a whole.
    """

    def __init__(self, pieces: Iterable[bytes], path: str, said: str | None = None) -> None:
        self._pieces, self._path, self._said = pieces, path, said
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        for piece in self._pieces:
            self._hash.update(piece)
            yield piece
        check_arrived(self._path, self._said, self.digest)

    @property
    def digest(self) -> str:
        """Of what has gone by."""
        return self._hash.hexdigest()


class CheckedReader(io.RawIOBase):
    """A file that says so at its end if it is not what was written. What is read out of order is not compared.

    Where its size is known its last piece is held back then: whoever hands it on does not hand on a whole.
    """

    def __init__(self, file: Any, expected: Written) -> None:
        super().__init__()
        self._file, self._expected = file, expected
        self._hash, self._hashed, self._size = hashlib.sha256(), 0, -1
        if file.seekable():
            self._size = file.seek(0, io.SEEK_END)
            file.seek(0)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell whether the file can be sought in."""
        return bool(self._file.seekable())

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; DamagedArtifactError at the end of what is not what was written."""
        begins = self._file.tell() if self.seekable() else self._hashed
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        if begins == self._hashed:
            self._hash.update(piece)
            self._hashed += len(piece)
            if not piece or self._hashed == self._size:
                self._expected.check(self._hash.hexdigest())
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place in the file."""
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        """Return where in the file it is."""
        return int(self._file.tell())

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()


def checked(file: Any, expected: Written | None) -> BinaryIO:
    """Return a file that is compared while it is read, where it is known what is expected."""
    return cast(
        "BinaryIO", file if expected is None else io.BufferedReader(CheckedReader(file, expected), _BUFFER_BYTES)
    )
