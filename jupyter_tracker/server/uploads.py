"""The body of an upload, read by a thread while the loop receives it: little of it is in memory at a time."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from jupyter_tracker.errors import BodyTooLargeError, InvalidParameterError

_MOST_PIECES = 8
Receive = Callable[[], Awaitable[bytes | None]]


class UploadPipe:
    """Pieces that a host is given, on their way to the thread that writes them; a few wait at most.

    Attributes
    ----------
    work : asyncio.Future
        What the thread does; set by the host.
    """

    work: asyncio.Future[Any]

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_PIECES)
        self._is_broken = False

    async def put(self, piece: bytes | None) -> None:
        """Hand on a piece, None at the end; one that nobody waits for any more is dropped."""
        putting = asyncio.ensure_future(self._pieces.put(piece))
        await asyncio.wait({putting, self.work}, return_when=asyncio.FIRST_COMPLETED)
        putting.cancel()

    def break_off(self) -> None:
        """Tell the thread that no more will come."""
        self._is_broken = True
        while not self._pieces.empty():
            self._pieces.get_nowait()
        self._pieces.put_nowait(None)

    async def _piece(self) -> bytes | None:
        piece = await self._pieces.get()
        if self._is_broken:
            raise ClientGoneError("The client went away in the middle of its upload.")
        return piece

    def reader(self) -> io.BufferedReader:
        """Return it as a file, to be read by another thread than the loop's."""
        return io.BufferedReader(UploadReader(self._piece, asyncio.get_running_loop()), 1 << 18)


class UploadReader(io.RawIOBase):
    """A file whose bytes come from the network.

    Parameters
    ----------
    receive : callable
        Returns the next piece, None at the end; raises where the client has gone.
    loop : asyncio.AbstractEventLoop
        Where `receive` runs. Another thread reads.
    """

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._receive, self._loop = receive, loop
        self._left = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what has come; 0 at the end."""
        target = memoryview(buffer)
        while not self._left and not self._ended:
            piece = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
            self._ended = piece is None
            self._left = memoryview(piece or b"")
        count = min(len(target), len(self._left))
        target[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    async def _next(self) -> bytes | None:
        return await self._receive()


class ClientGoneError(InvalidParameterError):
    """The client went away in the middle of its upload: nothing of it is kept."""


class AsgiBody:
    """The body of an ASGI request, piece by piece."""

    def __init__(self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
        self._receive = receive
        self._more = True

    async def piece(self) -> bytes | None:
        """Return the next piece, None at the end; ClientGoneError where the client has gone."""
        while self._more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError("The client went away in the middle of its request.")
            self._more = message.get("more_body", False)
            if message.get("body"):
                return bytes(message["body"])
        return None

    async def gone(self) -> None:
        """Wait until the client has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def whole(self, limit: int) -> bytes:
        """Return all of it; BodyTooLargeError where it is longer than `limit` bytes."""
        pieces, size = [], 0
        while (piece := await self.piece()) is not None:
            size += len(piece)
            if size > limit:
                raise BodyTooLargeError(limit)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def reader(self) -> io.BufferedReader:
        """Return it as a file, to be read by another thread than the loop's."""
        return io.BufferedReader(UploadReader(self.piece, asyncio.get_running_loop()), 1 << 18)
