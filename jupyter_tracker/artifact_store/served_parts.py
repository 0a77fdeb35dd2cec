"""Large files in parts to our servers, whatever is behind them: a folder, S3 or Azure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol
from urllib.parse import quote, urlencode

from jupyter_tracker.artifact_store.in_parts import Part, PartsNotTakenError
from jupyter_tracker.artifact_store.multipart import is_too_large
from jupyter_tracker.errors import InvalidParameterError, TrackerError
from jupyter_tracker.wire.reading import Fields

if TYPE_CHECKING:
    import urllib3

UPLOADS: Final = "/api/2.0/jupyter-tracker/uploads"


class Ask(Protocol):
    """Asks a server, several times where it does not answer; raises what it refuses with."""

    def __call__(self, method: str, address: str, body: bytes, content_type: str) -> urllib3.BaseHTTPResponse:
        """Return its answer."""


class ServedUploads:
    """Uploads in parts through a server; see `in_parts.Uploads`.

    Parameters
    ----------
    ask : Ask
        Of the server.
    root : str
        The path below which its files lie, at the server.
    """

    def __init__(self, ask: Ask, root: str) -> None:
        self._ask, self._root = ask, root

    def begin(self, path: str, digest: str, size: int) -> str:
        """Begin an upload; PartsNotTakenError where the server is another one, or what is behind it takes none.

        InvalidParameterError where what is behind it takes no file of that size, in whatever way.
        """
        try:
            return self._json("begin", path, {"digest": digest, "size": size}).text("upload_id")
        except TrackerError as error:
            if isinstance(error, InvalidParameterError) and is_too_large(size):
                raise
            # Whatever else is wrong is said where the file is sent as a whole.
            raise PartsNotTakenError(str(error)) from error

    def send(self, path: str, upload_id: str, number: int, at: int, content: bytes | BinaryIO) -> str:
        """Send a part."""
        query = urlencode({"upload_id": upload_id, "part_number": number, "offset": at})
        whole = content if isinstance(content, bytes) else content.read()
        answer = self._ask("PUT", f"{self._address('part', path)}?{query}", whole, "application/octet-stream")
        return Fields(json.loads(answer.data)).text("etag")

    def complete(self, path: str, upload_id: str, parts: Sequence[Part], digest: str) -> None:
        """Make the file of its parts."""
        named = [{"part_number": part.number, "etag": part.tag} for part in parts]
        self._json("complete", path, {"upload_id": upload_id, "parts": named, "digest": digest})

    def abort(self, path: str, upload_id: str) -> None:
        """Give an upload up."""
        self._json("abort", path, {"upload_id": upload_id})

    def _json(self, what: str, path: str, body: dict[str, object]) -> Fields:
        answer = self._ask("POST", self._address(what, path), json.dumps(body).encode(), "application/json")
        return Fields(json.loads(answer.data))

    def _address(self, what: str, path: str) -> str:
        return f"{UPLOADS}/{what}/{quote(f'{self._root}/{path}' if self._root else path)}"
