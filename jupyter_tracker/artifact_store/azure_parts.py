"""Large files in parts to Azure: blocks, which become a blob when they are listed, and go after a week if they are not.

obstore sends no single block, but signs an address of the blob. What is asked there stands beside the signature, not in
it, so blocks are sent to such an address. Whoever has it may write that blob for a while: it is handed to nobody, and
stands in no error, log or note.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import BinaryIO, Final, TypeAlias
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from jupyter_tracker.artifact_store import digests
from jupyter_tracker.artifact_store.in_parts import Part, PartsNotTakenError, no_upload
from jupyter_tracker.artifact_store.multipart import check_handed_on, check_number, read_part
from jupyter_tracker.errors import ResourceDoesNotExistError, StoreError, TrackerError
from jupyter_tracker.wire.connections import Connections, in_pieces

Sign: TypeAlias = Callable[[str], str]
"""``sign(path)``: return an address at which the blob `path` may be written for `VALID_S`."""

VALID_S: Final = 3600
_USED_S: Final = 1800
_YOUNG_S: Final = 30
"""An address that is not valid yet, by Azure's clock, may be in some seconds: a new one would not be."""
_TIMEOUT: Final = urllib3.Timeout(connect=10.0, read=300.0)
_CREATED: Final = 201
_FORBIDDEN: Final = 403
_NO_ANSWER: Final = 0
_PASSING: Final = frozenset({_NO_ANSWER, _FORBIDDEN, 408, 429, 500, 502, 503, 504})
_MOST_TRIES: Final = 5
_TRIES_TO_BEGIN: Final = 3
_PAUSE_S: Final = 0.1
_GONE: Final = frozenset({"InvalidBlockList", "InvalidBlobOrBlock"})
"""What is said where blocks have been thrown away, and where ids of another length have come since."""
_ID: Final = re.compile("[0-9a-f]{24}")
_SIGNATURE: Final = re.compile(r"(?<=[?&]sig=)[^&\s\"]+")
_connections: Final = Connections(partial(urllib3.PoolManager, maxsize=32))


def _without_signature(record: logging.LogRecord) -> bool:
    """Take signatures out of what urllib3 logs of its requests, where somebody has it log all of them."""
    if isinstance(record.args, tuple):
        record.args = tuple(_SIGNATURE.sub("…", each) if isinstance(each, str) else each for each in record.args)
    return True


logging.getLogger("urllib3.connectionpool").addFilter(_without_signature)


class AzureUploads:
    """Uploads in parts below a prefix of a container; see `in_parts.Uploads`.

    Parameters
    ----------
    uri : str
        ``az://container/prefix``, for errors.
    sign : Sign
        Of the place.
    hands_on : bool
        The files are other processes': their parts are in memory here.
    """

    def __init__(self, uri: str, sign: Sign, *, hands_on: bool = False) -> None:
        self._uri, self._sign, self._hands_on = uri, sign, hands_on
        self._signed: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def begin(self, path: str, digest: str, size: int) -> str:
        """Return the id of a new upload.

        One byte is sent, as a block that will stand in no list: what the address is refused for would be found out with
        the first part, too late for sending the file as a whole.
        """
        if self._hands_on:
            check_handed_on(path, size, "Azure", "az://…")
        digests.check_said(digest)
        upload_id = os.urandom(12).hex()
        try:
            self._check_address(path)
            self._put(path, _block(upload_id, 0), b"\0", tries=_TRIES_TO_BEGIN)
        except TrackerError as error:
            raise PartsNotTakenError(error.message) from error
        return upload_id

    def send(self, path: str, upload_id: str, number: int, at: int, content: bytes | BinaryIO) -> str:  # noqa: ARG002
        """Send a part as a block; return its number: its id is made of that and of the upload's."""
        known = _known(path, upload_id)
        check_number(number)
        self._put(path, _block(known, number), read_part(content))
        return str(number)

    def complete(self, path: str, upload_id: str, parts: Sequence[Part], digest: str) -> None:
        """Make the blob of its blocks: only now it is there. It is no error to say so twice."""
        _known(path, upload_id)
        digests.check_said(digest)
        for part in parts:
            check_number(part.number)
        ids = "".join(f"<Latest>{_id(upload_id, part.number)}</Latest>" for part in sorted(parts))
        about = {"x-ms-blob-content-type": "application/octet-stream", f"x-ms-meta-{digests.KEY}": digest}
        listed = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{ids}</BlockList>'
        self._put(path, "comp=blocklist", listed.encode(), about)

    def abort(self, path: str, upload_id: str) -> None:
        """Leave what was sent to Azure, which throws it away: it has no request for that."""

    def _check_address(self, path: str) -> None:
        """Raise TrackerError where nothing can be sent to the address of a blob."""
        signed = self._address(path)
        if not is_signed_rightly(signed):
            raise StoreError(f"Azure would refuse it: {path!r} is signed in its escaped form by obstore.")
        address = urlsplit(signed)
        if {address.scheme, "all"} & getproxies().keys() and not proxy_bypass(address.hostname or ""):
            raise StoreError(f"{self._uri} is behind a proxy, which only obstore asks.")

    def _address(self, path: str) -> str:
        """Return an address of a blob that is valid for a while yet."""
        now = time.time()
        address, since = self._signed.get(path, ("", 0.0))
        if not since <= now < since + _USED_S:
            address = self._sign(path)
            with self._lock:
                young = {of: known for of, known in self._signed.items() if now < known[1] + _USED_S}
                self._signed = {**young, path: (address, now)}
        return address

    def _refuse(self, path: str) -> None:
        """Have the next address of a blob signed anew, but one that was just signed."""
        with self._lock:
            if time.time() > self._signed.get(path, ("", 0.0))[1] + _YOUNG_S:
                self._signed.pop(path, None)

    def _put(
        self, path: str, query: str, body: bytes, headers: Mapping[str, str] | None = None, tries: int = _MOST_TRIES
    ) -> None:
        said = ""
        for left in reversed(range(tries)):
            status, said = _once(f"{self._address(path)}&{query}", body, headers or {})
            if status == _CREATED:
                return
            if status not in _PASSING or not left:
                break
            if status == _FORBIDDEN:
                self._refuse(path)
            time.sleep(_PAUSE_S * 2 ** (tries - left))
        if said in _GONE:
            raise ResourceDoesNotExistError(
                f"What was sent of {path!r} to {self._uri} is gone ({said}): another upload of that path has ended, or "
                "a week gone by. Send it again."
            )
        raise StoreError(f"Artifacts at {self._uri} cannot be reached ({path}): {said}.")


def is_signed_rightly(address: str) -> bool:
    """Tell whether Azure takes an address: obstore 0.12 signs the escaped form of a path, and the path is expected."""
    return "%" not in urlsplit(address).path


def _once(address: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Ask once; return the status and what is said. No error of the library's is raised on: it knows the address."""
    pieces, more = in_pieces(body, headers)
    try:
        answer = _connections.pool().request(
            "PUT", address, body=pieces, headers=more, timeout=_TIMEOUT, retries=False, redirect=False
        )
    except urllib3.exceptions.HTTPError as error:
        return _NO_ANSWER, f"no answer, {type(error).__name__}"
    return answer.status, answer.headers.get("x-ms-error-code") or f"status {answer.status}"


def _id(upload_id: str, number: int) -> str:
    """Return the id of a block. As long as those of obstore: a blob takes no ids of different lengths."""
    return base64.b64encode(f"{upload_id}{number:08d}".encode()).decode()


def _block(upload_id: str, number: int) -> str:
    return f"comp=block&blockid={quote(_id(upload_id, number), safe='')}"


def _known(path: str, upload_id: str) -> str:
    if not _ID.fullmatch(upload_id):
        raise no_upload(path, upload_id)
    return upload_id
