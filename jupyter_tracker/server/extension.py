"""The extension of the Jupyter server: the route table, authenticated, under any base URL."""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_tracker.api.dispatch import dispatch
from jupyter_tracker.api.messages import Response
from jupyter_tracker.api.routes import action_of
from jupyter_tracker.server.stores import ServerStores

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

URL_PREFIX: Final = "jupyter-tracker"
_THREADS: Final = 4
_FILE_CHUNK_BYTES: Final = 1 << 18
_MAX_BODY_BYTES: Final = 1 << 20
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

    def initialize(self, stores: ServerStores, pool: ThreadPoolExecutor) -> None:
        """Take what the extension made."""
        self._stores = stores
        self._pool = pool

    @web.authenticated
    @authorized(action="read")
    async def get(self, path: str) -> None:
        """Answer with JSON or a file, worked out on a thread: the server's loop never waits for SQLite."""
        await self._answer("GET", path, {})

    @web.authenticated
    async def post(self, path: str) -> None:
        """Change something, or answer a long question; Jupyter has checked the XSRF cookie, as for its own API."""
        await (self._ask if action_of("POST", f"/{path.lstrip('/')}") == "read" else self._change)(path)

    @authorized(action="read")
    async def _ask(self, path: str) -> None:
        await self._answer("POST", path, self._json_object())

    @authorized(action="write")
    async def _change(self, path: str) -> None:
        await self._answer("POST", path, self._json_object())

    async def _answer(self, method: str, path: str, body: dict[str, Any]) -> None:
        query = {name: self.get_query_argument(name, strip=False) for name in self.request.query_arguments}
        response = await self._on_thread(dispatch, self._stores, method, f"/{path}", query, body)
        self.set_status(response.status)
        for name, value in response.headers.items():
            self.set_header(name, value)
        if response.file is not None:
            await self._send_file(response)
        elif response.stream is not None:
            await self._send_stream(response)
        else:
            text = await self._on_thread(response.json_text)
            self.set_header("Cache-Control", "no-store")
            await self.finish(text)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer in the one error shape; what tornado or Jupyter refuse has it too."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = error.log_message if isinstance(error, web.HTTPError) and error.log_message else self._reason
        code = _ERROR_CODES.get(status_code, "INTERNAL_ERROR" if status_code >= 500 else "BAD_REQUEST")
        self.finish(json.dumps({"error_code": code, "message": message}))

    def _json_object(self) -> dict[str, Any]:
        """Return the body of a POST; HTTPError 400 or 413 where it cannot be one."""
        if len(self.request.body) > _MAX_BODY_BYTES:
            raise web.HTTPError(413, f"The body has more than {_MAX_BODY_BYTES >> 20} MiB.")
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise web.HTTPError(400, "The body is no JSON object.")
        return body

    async def _send_file(self, response: Response) -> None:
        assert response.file is not None  # noqa: S101 - the caller looked
        with await self._on_thread(response.file.open, "rb") as file:
            left = os.fstat(file.fileno()).st_size
            self.set_header("Content-Type", response.content_type)
            self.set_header("Content-Length", str(left))
            while left and (chunk := await self._on_thread(file.read, min(left, _FILE_CHUNK_BYTES))):
                self.write(chunk)
                await self.flush()
                left -= len(chunk)
        await self.finish(set_content_type=response.content_type)

    async def _send_stream(self, response: Response) -> None:
        """Send what is made piece by piece. Where that fails the connection breaks: half an archive is none."""
        assert response.stream is not None  # noqa: S101 - the caller looked
        self.set_header("Content-Type", response.content_type)
        while piece := await self._on_thread(next, response.stream, b""):
            self.write(piece)
            await self.flush()
        await self.finish(set_content_type=response.content_type)

    async def _on_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    """Mount the route table. Jupyter calls this when it starts; stores are opened when they are asked for."""
    stores = ServerStores(Path(serverapp.root_dir), Path(serverapp.runtime_dir) / "jupyter_tracker")
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="jupyter-tracker")
    pattern = url_path_join(serverapp.web_app.settings["base_url"], URL_PREFIX, "(.*)")
    serverapp.web_app.add_handlers(".*$", [(pattern, TrackerHandler, {"stores": stores, "pool": pool})])
