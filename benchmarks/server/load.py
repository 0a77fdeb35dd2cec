"""Requests on connections that are kept, with as little of a client as can be: what is measured is the server.

A request's body is bytes from a template; of an answer only status and length are looked at while the clock runs.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

API = "/api/2.0/mlflow/"
CONNECTIONS = 8
Body = Callable[[int, int], bytes]
"""From the number of a connection and of its request to the body."""


@dataclass(frozen=True)
class Stream:
    """What a stream of requests came to: their times in seconds, sorted, and how long the stream was."""

    times: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.times) / self.seconds

    def ms(self, share: float) -> float:
        """Return the time that this share of the requests stayed below, in ms."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] * 1000


class Connection(asyncio.Protocol):
    """One connection. What is sent next is sent when the answer to the last is there."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self._write: Callable[[bytes], None] = lambda _: None
        self._need = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to write."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._write = transport.write

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what waits for an answer."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("The server has closed the connection."))

    async def ask(self, request: bytes) -> bytes:
        """Return the body of the answer; RuntimeError where the status is not 200."""
        self._answer = asyncio.get_running_loop().create_future()
        self._write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        """Gather an answer."""
        self._buffer += data
        if len(self._buffer) < self._need or self._answer is None or self._answer.done():
            return
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        at = head.find(b"content-length:")
        if at < 0:
            self._answer.set_exception(RuntimeError(f"No length in {head!r}"))
            return
        self._need = end + 4 + int(head[at + 15 :].partition(b"\r\n")[0])
        if len(self._buffer) < self._need:
            return
        body = bytes(self._buffer[end + 4 : self._need])
        self._buffer.clear()
        self._need = 0
        if head.split(b" ", 2)[1] == b"200":
            self._answer.set_result(body)
        else:
            self._answer.set_exception(RuntimeError(body.decode(errors="replace")[:300]))


async def connect(port: int) -> Connection:
    """Return a connection to a server of this machine."""
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return protocol


def posted(port: int, operation: str, body: bytes) -> bytes:
    """Return the bytes of a request."""
    head = f"POST {API}{operation} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def got(port: int, operation: str) -> bytes:
    """Return the bytes of a request that only asks."""
    return f"GET {API}{operation} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


async def post(port: int, operation: str, body: object) -> dict:
    """Return what one request is answered with."""
    connection = await connect(port)
    return json.loads(await connection.ask(posted(port, operation, json.dumps(body).encode())))


async def stream(port: int, operation: str, body: Body, seconds: float) -> Stream:
    """Send requests for so long, one after the other on each of eight connections."""
    times: list[float] = []
    connections = [await connect(port) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    end = began + seconds

    async def work(number: int) -> None:
        step, connection = 0, connections[number]
        while (started := time.perf_counter()) < end:
            step += 1
            await connection.ask(posted(port, operation, body(number, step)))
            times.append(time.perf_counter() - started)

    await asyncio.gather(*[work(number) for number in range(CONNECTIONS)])
    return Stream(sorted(times), time.perf_counter() - began)


async def repeated(port: int, request: Callable[[int], bytes], seconds: float, most: int) -> tuple[list[float], bytes]:
    """Send requests one after the other on one connection; return their times in seconds, sorted, and the last answer.

    `request` makes each from its number, the first of which is not timed.
    """
    connection, times, answer = await connect(port), [], b""
    await connection.ask(request(0))
    end = time.perf_counter() + seconds
    while not times or (time.perf_counter() < end and len(times) < most):
        asked = request(len(times) + 1)
        started = time.perf_counter()
        answer = await connection.ask(asked)
        times.append(time.perf_counter() - started)
    return sorted(times), answer
