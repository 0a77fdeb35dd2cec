"""The standing-alone host: an ASGI application over `api/dispatch`, without any framework.

Handlers run on threads, so the loop never waits for a database. Only points and tags of a run whose journal is open are
appended to it at once: that takes less time than waking a thread. Uploads and downloads have threads of their own: slow
clients must not keep the others waiting.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO, Final, TypeAlias, TypeVar
from urllib.parse import parse_qsl

from jupyter_tracker._version import __version__
from jupyter_tracker.api.answering import error_response
from jupyter_tracker.api.bodies import MAX_JSON_BYTES, json_object, query_of
from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.messages import Response
from jupyter_tracker.api.routes import TABLE, plain_path
from jupyter_tracker.api.sending import opened_file, pieces_between, sending
from jupyter_tracker.artifact_store import digests
from jupyter_tracker.errors import InvalidParameterError, PermissionDeniedError, TrackerError
from jupyter_tracker.server.gate import Gate, RefusedUserError, cookie_name
from jupyter_tracker.server.hosted import HostedStore
from jupyter_tracker.server.page import Page
from jupyter_tracker.server.sessions import LASTS_S
from jupyter_tracker.server.telemetry import Telemetry
from jupyter_tracker.server.uploads import AsgiBody, ClientGoneError
from jupyter_tracker.server.users import User

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Result = TypeVar("Result")

_log = logging.getLogger(__name__)
_THREADS: Final = 8
_FILE_THREADS: Final = 16
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"accept-encoding", b"deflate"),  # of requests: RFC 7694
)
_SET_TAG: Final = "/api/2.0/mlflow/runs/set-tag"
_APPENDS: Final = frozenset({"/api/2.0/mlflow/runs/log-metric", "/api/2.0/mlflow/runs/log-batch", _SET_TAG})
_RENAMES: Final = "/api/2.0/mlflow/registered-models/rename"
_TEXT: Final = "text/plain; charset=utf-8"
_SESSION: Final = "/session"
_MAX_SIGN_IN_BYTES: Final = 1 << 14


class Application:
    """Answers HTTP for one store.

    Parameters
    ----------
    hosted : HostedStore
        The store, and what clients see of its files.
    gate : Gate
        Who may ask.
    telemetry : Telemetry
        What is counted and written to the log.
    """

    def __init__(self, hosted: HostedStore, gate: Gate, telemetry: Telemetry) -> None:
        self._hosted, self._gate, self._telemetry = hosted, gate, telemetry
        self._page = Page()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="jupyter-tracker")
        self._files = ThreadPoolExecutor(_FILE_THREADS, thread_name_prefix="jupyter-tracker-files")
        self._uploads = ThreadPoolExecutor(_FILE_THREADS, thread_name_prefix="jupyter-tracker-uploads")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's request, or follow the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
                # Not before: what it imports takes longer than all of the start.
                self._pool.submit(self._hosted.open)
            elif message["type"] == "lifespan.shutdown":
                # Whatever was answered is in the store when the process has ended.
                await asyncio.get_running_loop().run_in_executor(self._pool, self._hosted.close)
                self._pool.shutdown(wait=False)
                self._files.shutdown(wait=False)
                self._uploads.shutdown(wait=False)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        body = AsgiBody(receive)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            try:
                response = await self._respond(scope, headers, body)
            except asyncio.CancelledError:
                # The server ends, and this client has not sent all in the time that it was given.
                response = error_response(503, "TEMPORARILY_UNAVAILABLE", "The server is being stopped: send it again.")
            head = scope["method"] == "HEAD"
            if response.is_file or response.stream is not None:
                async with _while_there(body, send) as send_on:
                    sent = await self._send(response, headers, send_on, head=head)
            else:
                sent = await self._send(response, headers, send, head=head)
        except (ClientGoneError, asyncio.CancelledError):
            return
        self._telemetry.note(scope, response.status, time.perf_counter() - started, sent)

    async def _respond(self, scope: Scope, headers: Mapping[str, str], body: AsgiBody) -> Response:
        method, path = _method(scope), scope["path"]
        try:
            response = self._public(method, path, headers)
            if response is not None:
                return response
            if path == _SESSION:
                return await self._session(scope, headers, body)
            client = scope.get("client")
            admit = partial(self._gate.admit, headers, client, TABLE.action_of(method, path))
            if self._gate.is_quick(headers, client):
                user = admit()
            else:
                user = await asyncio.get_running_loop().run_in_executor(self._pool, admit)
            _note_user(scope, user)
            if method == "GET" and path == "/metrics":
                return Response(content_type=f"{_TEXT}; version=0.0.4", text=self._telemetry.text())
            return await self._dispatched(scope, headers, body)
        except ClientGoneError:
            raise
        except TrackerError as error:
            if isinstance(error, RefusedUserError):
                scope["user"] = error.user
            refused = error_response(error.get_http_status_code(), error.error_code, error.message)
            # Our page has a form of its own; a challenge would have the browser show another one before it.
            is_challenged = refused.status == 401 and "x-jupyter-tracker-page" not in headers
            return replace(refused, headers=self._gate.challenge) if is_challenged else refused

    def _public(self, method: str, path: str, headers: Mapping[str, str]) -> Response | None:
        """Return what may be seen without saying who one is: what probes ask for, and the page without any data."""
        if method not in {"GET", "HEAD"}:
            return None
        text = {"/health": "OK", "/version": __version__}.get(path)
        return self._page.answer(path, headers) if text is None else Response(content_type=_TEXT, text=text)

    async def _session(self, scope: Scope, headers: Mapping[str, str], body: AsgiBody) -> Response:
        """Say who looks at the page, let somebody in, or out."""
        method, cookie = scope["method"], f"{cookie_name(headers)}="
        how = f"; Path=/; HttpOnly; SameSite=Strict{'; Secure' if scope['scheme'] == 'https' else ''}"
        visitor = self._gate.visitor(headers)
        if method == "GET":
            return Response(body=visitor)
        if method == "DELETE":
            return Response(body={}, headers={"Set-Cookie": f"{cookie}{how}; Max-Age=0"})
        if method != "POST":
            return error_response(405, "BAD_REQUEST", f"{method} is not allowed at {_SESSION!r}.")
        asked = json_object(await body.whole(_MAX_SIGN_IN_BYTES), headers.get("content-type", ""))
        sign_in = partial(self._gate.sign_in, headers, scope.get("client"), asked)
        value = await asyncio.get_running_loop().run_in_executor(self._pool, sign_in)
        return Response(body={}, headers={"Set-Cookie": f"{cookie}{value}{how}; Max-Age={LASTS_S}"})

    async def _dispatched(self, scope: Scope, headers: Mapping[str, str], body: AsgiBody) -> Response:
        method, path = _method(scope), scope["path"]
        query, repeated = query_of(_pairs(scope["query_string"]))
        user, permissions = scope.get("user"), scope.get("permissions")
        work = partial(dispatch, self._hosted.seen_by(permissions), method, path, query, repeated=repeated, user=user)
        loop = asyncio.get_running_loop()
        found = TABLE.find(method, path)
        if found is not None and found[0].uploads:
            said = digests.from_header(headers.get(digests.HEADER.lower()))
            return await loop.run_in_executor(self._uploads, partial(work, content=body.reader(), digest=said))
        content = await body.whole(MAX_JSON_BYTES)
        asked = json_object(content, headers.get("content-type", ""), headers.get("content-encoding", ""))
        # Whose role depends on the place: the store may have to be asked where the run is, which takes a thread.
        if path in _APPENDS and permissions is None and self._is_append(path, asked, content):
            return work(asked)
        pool = self._uploads if found is not None and found[0].is_long else self._pool
        response = await loop.run_in_executor(pool, partial(work, asked))
        if response.status == 200 and plain_path(path) == _RENAMES:
            # Roles are granted by the model's name, which stands where `Request.fields` has found it.
            given = asked or query
            renamed = partial(self._gate.model_renamed, str(given["name"]), str(given["new_name"]))
            await loop.run_in_executor(self._pool, renamed)
        return response

    def _is_append(self, path: str, asked: Mapping[str, Any], content: bytes) -> bool:
        # Params may have to be compared with the store's; points of models and data sets are rows of their own.
        plain = not asked.get("params") and b'"model_id"' not in content and b'"dataset_' not in content
        tags = path == _SET_TAG or bool(asked.get("tags"))
        return plain and self._hosted.takes_at_once(asked.get("run_id"), tags=tags)

    # sending -------------------------------------------------------------------------------------

    async def _send(self, response: Response, headers: Mapping[str, str], send: Send, *, head: bool = False) -> int:
        """Send a response; return the bytes of its body. To HEAD there is none."""
        file = await self._on_file_thread(opened_file, response) if response.is_file else None
        if file is not None:
            with file:
                return await self._send_file(response, file, headers, send, head=head)
        if response.stream is not None:
            return await self._send_pieces(response, iter(()) if head else response.stream, send)
        body = response.json_bytes() if response.content is None else response.content
        await send(_start(response, len(body)))
        await send({"type": "http.response.body", "body": b"" if head else body})
        return len(body)

    async def _send_file(
        self, response: Response, file: BinaryIO, headers: Mapping[str, str], send: Send, *, head: bool
    ) -> int:
        what = await self._on_file_thread(partial(sending, response, file, headers, head=head))
        if not what.response.is_file:
            return await self._send(what.response, {}, send, head=head)
        pieces = pieces_between(file, what.start, what.start if head else what.stop)
        whole = replace(what.response, headers={**what.response.headers, **what.headers})
        return await self._send_pieces(whole, pieces, send)

    async def _send_pieces(self, response: Response, pieces: Iterator[bytes], send: Send) -> int:
        """Send a body piece by piece. An error before the first one is the answer; after a later one it breaks off."""
        sent, begun = 0, False
        try:
            piece = await self._on_file_thread(next, pieces, b"")
            await send(_start(response, None))
            begun = True
            while piece:
                sent += len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await self._on_file_thread(next, pieces, b"")
        except ClientGoneError:
            raise
        except TrackerError as error:
            if not begun:
                refused = error_response(error.get_http_status_code(), error.error_code, error.message)
                return await self._send(refused, {}, send)
            _log.warning("a file was broken off: %s", error.message)
            raise ClientGoneError(error.message) from error  # the connection breaks, so that nobody takes it for whole
        await send({"type": "http.response.body", "body": b""})
        return sent

    async def _on_file_thread(self, function: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._files, function, *arguments)


@asynccontextmanager
async def _while_there(body: AsgiBody, send: Send) -> AsyncIterator[Send]:
    """Give a `send` that raises ClientGoneError when the client has gone: that of the server says nothing."""
    gone = asyncio.ensure_future(body.gone())

    async def send_on(message: MutableMapping[str, Any]) -> None:
        if gone.done():
            raise ClientGoneError("The client went away in the middle of the answer.")
        await send(message)

    try:
        yield send_on
    finally:
        gone.cancel()


def _method(scope: Scope) -> str:
    """Return what is asked: HEAD is a GET whose answer has no body."""
    method: str = scope["method"]
    return "GET" if method == "HEAD" else method


def _note_user(scope: Scope, user: User | None) -> None:
    """Keep who asks with a request; what the server as a whole does is not for who may see parts of it only."""
    if user is None:
        return
    scope["user"], scope["permissions"] = user.name, user.permissions
    if scope["path"] == "/metrics" and scope["permissions"] is not None and not scope["permissions"].reads_all:
        raise PermissionDeniedError(f"The user {user.name!r} may not see the metrics of the whole server.")


def _start(response: Response, size: int | None) -> MutableMapping[str, Any]:
    own = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    said = {name for name, _ in own}
    headers = [(b"content-type", response.content_type.encode("latin-1")), *own]
    headers += [header for header in _HEADERS if header[0] not in said]
    if size is not None:
        headers.append((b"content-length", str(size).encode()))
    return {"type": "http.response.start", "status": response.status, "headers": headers}


def _pairs(query: bytes) -> list[tuple[str, str]]:
    if not query:
        return []
    try:
        return parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=10_000)
    except ValueError:
        raise InvalidParameterError("The query of the request has too many parameters.") from None
