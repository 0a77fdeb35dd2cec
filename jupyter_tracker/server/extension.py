"""The extension of the Jupyter server: the route table, authenticated, under any base URL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_tracker.api.bodies import json_object, query_of
from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.encoding import decoded
from jupyter_tracker.api.messages import Response
from jupyter_tracker.api.routes import IMPORTS, PARTS, TABLE, UPLOADS, is_protocol
from jupyter_tracker.api.sending import opened_file, pieces_between, sending
from jupyter_tracker.artifact_store import digests
from jupyter_tracker.errors import InvalidParameterError, TrackerError
from jupyter_tracker.server.identity import vouched_name
from jupyter_tracker.server.landing import LandingHandler
from jupyter_tracker.server.stores import ServerStores
from jupyter_tracker.server.uploads import UploadPipe

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

URL_PREFIX: Final = "jupyter-tracker"
_THREADS: Final = 4
_FILE_THREADS: Final = 8
_MAX_UPLOAD_BYTES: Final = 1 << 50
_MAX_BODY_BYTES: Final = 1 << 20
_STRANGER: Final = (
    "This Jupyter server does not know who asks: MLFLOW_TRACKING_TOKEN must be its token, which `jupyter server list` "
    "shows."
)
_MISCALLED: Final = (
    "This Jupyter server may not be called {!r}. Who runs it allows that name by adding it to "
    "ServerApp.local_hostnames, or every name by ServerApp.allow_remote_access = True."
)
_ERROR_CODES: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
}


class TrackerHandler(APIHandler):
    """Every path below the prefix; which ones there are is the route table's business."""

    auth_resource = "tracker"
    # A panel that refreshes itself must not keep an idle server alive.
    _track_activity = False

    def initialize(self, stores: ServerStores, pool: ThreadPoolExecutor, files: ThreadPoolExecutor) -> None:
        """Take what the extension made: threads, and others for what lasts as long as a file does."""
        self._stores = stores
        self._pool, self._files = pool, files

    @web.authenticated
    async def get(self, path: str) -> None:
        """Answer with JSON or a file, worked out on a thread: the server's loop never waits for SQLite."""
        await self._handle(path)

    @web.authenticated
    async def head(self, path: str) -> None:
        """Answer as `get` does, without a body."""
        await self._handle(path)

    @web.authenticated
    async def post(self, path: str) -> None:
        """Change something, or answer a long question; Jupyter has checked the XSRF cookie, as for its own API."""
        await self._handle(path)

    @web.authenticated
    async def patch(self, path: str) -> None:
        """Change something, as `post`."""
        await self._handle(path)

    @web.authenticated
    async def put(self, path: str) -> None:
        """Change something, as `post`."""
        await self._handle(path)

    @web.authenticated
    async def delete(self, path: str) -> None:
        """Remove something, as `post`."""
        await self._handle(path)

    async def _handle(self, path: str) -> None:
        right = TABLE.action_of(self._method, f"/{path}")
        await (self._read if right == "read" else self._write)(f"/{path}")

    @authorized(action="read")
    async def _read(self, path: str) -> None:
        await self._answer(path)

    @authorized(action="write")
    async def _write(self, path: str) -> None:
        await self._answer(path)

    async def _answer(self, path: str) -> None:
        query, repeated = self._query()
        body = self._protocol_object() if is_protocol(path) else self._json_object()
        asked = partial(dispatch, self._stores, self._method, path, query, body, repeated=repeated)
        work = partial(asked, user=vouched_name(self.current_user))
        found = TABLE.find(self._method, path)
        pool = self._files if found is not None and found[0].is_long else self._pool
        await self._send(*await asyncio.get_running_loop().run_in_executor(pool, _worked_out, work))

    @property
    def _method(self) -> str:
        """What is asked: HEAD is a GET whose answer has no body."""
        return "GET" if self.request.method == "HEAD" else self.request.method or ""

    def _query(self) -> tuple[dict[str, str], Mapping[str, Sequence[str]]]:
        names = self.request.query_arguments
        # Not by get_query_arguments, which takes control characters for spaces: that would be another path.
        return query_of([(name, self.decode_argument(value, name)) for name in names for value in names[name]])

    async def _send(self, response: Response, text: str) -> None:
        self.set_status(response.status)
        self.set_header("Accept-Encoding", "deflate")  # of requests: RFC 7694
        for name, value in response.headers.items():
            self.set_header(name, value)
        file = await self._on_thread(opened_file, response) if response.is_file else None
        if file is not None:
            with file:
                await self._send_file(response, file)
        elif response.stream is not None:
            await self._send_stream(response)
        else:
            self.set_header("Cache-Control", "no-store")
            await self.finish(text)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with an error; where some of another answer has gone out, break off: tornado would end it orderly."""
        if self._headers_written:
            cast("Any", self.request.connection).stream.close()
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer in the one error shape; what tornado or Jupyter refuse has it too."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = error.log_message if isinstance(error, web.HTTPError) and error.log_message else self._reason
        if status_code in {401, 403} and getattr(self, "_jupyter_current_user", None) is None:
            # Jupyter refuses both alike, and looks at the name first.
            message = _STRANGER if self.check_host() else _MISCALLED.format(self.request.host_name[:100])
        code = _ERROR_CODES.get(status_code, "INTERNAL_ERROR" if status_code >= 500 else "BAD_REQUEST")
        code = getattr(getattr(error, "__cause__", None), "error_code", code)
        self.finish(json.dumps({"error_code": code, "message": message}))

    def _protocol_object(self) -> dict[str, Any]:
        """Return the body that a client of MLflow's sent; HTTPError where it is none."""
        headers = self.request.headers
        try:
            return json_object(self.request.body, headers.get("Content-Type", ""), headers.get("Content-Encoding", ""))
        except InvalidParameterError as error:
            raise web.HTTPError(error.get_http_status_code(), error.message) from error

    def _json_object(self) -> dict[str, Any]:
        """Return the body of a POST; HTTPError 400 or 413 where it cannot be one."""
        if self.request.method != "POST":
            return {}
        if len(self.request.body) > _MAX_BODY_BYTES:
            raise web.HTTPError(413, f"The body has more than {_MAX_BODY_BYTES >> 20} MiB.")
        try:
            body = decoded(self.request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise web.HTTPError(400, "The body is no JSON object.")
        return body

    async def _send_file(self, response: Response, file: BinaryIO) -> None:
        head = self.request.method == "HEAD"
        asked = {name.lower(): value for name, value in self.request.headers.items()}
        what = await self._on_thread(partial(sending, response, file, asked, head=head))
        self.set_status(what.response.status)
        for name, value in {**what.response.headers, **what.headers}.items():
            self.set_header(name, value)
        if not what.response.is_file:
            await self.finish(what.response.json_text())
            return
        self.set_header("Content-Type", what.response.content_type)
        pieces = pieces_between(file, what.start, what.start if head else what.stop)
        try:
            while piece := await self._on_thread(next, pieces, b""):
                self.write(piece)
                await self.flush()
        except TrackerError as error:
            await self._break_off(error)
            return
        await self.finish(set_content_type=what.response.content_type)

    async def _break_off(self, error: TrackerError) -> None:
        """Say what is wrong with a file; where some of it has gone out already, so that nobody takes it for whole."""
        if self._headers_written:
            self.log.warning("a file was broken off: %s", error.message)
            cast("Any", self.request.connection).stream.close()
            return
        self.clear()
        self.set_status(error.get_http_status_code())
        await self.finish(json.dumps({"error_code": error.error_code, "message": error.message}))

    async def _send_stream(self, response: Response) -> None:
        """Send what is made piece by piece. Where that fails the connection breaks: half an archive is none."""
        assert response.stream is not None  # noqa: S101 - the caller looked
        self.set_header("Content-Type", response.content_type)
        if self.request.method == "HEAD":  # what it would be is not made
            await self.flush()
            await self.finish()
            return
        try:
            while piece := await self._on_thread(next, response.stream, b""):
                self.write(piece)
                await self.flush()
        except TrackerError as error:
            await self._break_off(error)
            return
        await self.finish(set_content_type=response.content_type)

    async def _on_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)


@web.stream_request_body
class UploadHandler(TrackerHandler):
    """Files that clients send: written while they come, however large they are."""

    def initialize(self, stores: ServerStores, pool: ThreadPoolExecutor, files: ThreadPoolExecutor) -> None:
        """Take what the extension made."""
        super().initialize(stores, pool, files)
        self._pipe: UploadPipe | None = None

    async def prepare(self) -> None:  # type: ignore[override]
        """See who sends, before a byte of it is taken; then begin to write."""
        await super().prepare()
        if self.request.method != "PUT":
            return
        if self.current_user is None:
            raise web.HTTPError(403)
        allowed = self.authorizer.is_authorized(self, self.current_user, "write", self.auth_resource)
        if not (await allowed if isawaitable(allowed) else allowed):
            raise web.HTTPError(403)
        cast("Any", self.request.connection).set_max_body_size(_MAX_UPLOAD_BYTES)
        self._pipe = UploadPipe()
        path = f"/{self.path_args[0]}"
        said = digests.from_header(self.request.headers.get(digests.HEADER))
        content = self._pipe.reader()
        work = partial(dispatch, self._stores, "PUT", path, self._query()[0], content=content, digest=said)
        self._pipe.work = asyncio.get_running_loop().run_in_executor(self._files, work)

    async def data_received(self, chunk: bytes) -> None:
        """Take a piece; whoever sends faster than is written waits."""
        if self._pipe is not None:
            await self._pipe.put(chunk)

    def on_connection_close(self) -> None:
        """Give up what came only in part."""
        super().on_connection_close()
        if self._pipe is not None:
            self._pipe.break_off()

    @web.authenticated
    async def put(self, path: str) -> None:  # noqa: ARG002 - known since `prepare`
        """Answer when all of it is written."""
        assert self._pipe is not None  # noqa: S101 - made in `prepare`
        await self._pipe.put(None)
        response = await self._pipe.work
        await self._send(response, response.json_text())


def _worked_out(work: Callable[[], Response]) -> tuple[Response, str]:
    """Return an answer and its JSON, where it has any, by one visit to a thread: each costs a moment of the loop."""
    response = work()
    return response, "" if response.is_file or response.stream is not None else response.json_text()


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    """Mount the route table. Jupyter calls this when it starts; stores are opened when they are asked for."""
    stores = ServerStores(Path(serverapp.root_dir), Path(serverapp.runtime_dir) / "jupyter_tracker")
    mount(serverapp, stores, URL_PREFIX)


def mount(serverapp: ServerApp, stores: ServerStores, prefix: str) -> None:
    """Serve stores below a prefix of the server's base URL."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="jupyter-tracker")
    files = ThreadPoolExecutor(_FILE_THREADS, thread_name_prefix="jupyter-tracker-files")
    base = url_path_join(serverapp.web_app.settings["base_url"], prefix)
    made = {"stores": stores, "pool": pool, "files": files}
    handlers: list[Any] = [
        (f"{base}/?", LandingHandler, {"stores": stores}),
        (f"{base}/({UPLOADS}/.+|{PARTS}/.+|{IMPORTS})", UploadHandler, made),
        (f"{base}/(.*)", TrackerHandler, made),
    ]
    serverapp.web_app.add_handlers(".*$", handlers)
