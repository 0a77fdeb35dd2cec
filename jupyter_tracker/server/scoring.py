"""A model behind MLflow's scoring protocol: ``POST /invocations``, ``GET /ping``. One model, one process.

Bad requests are answered with 400 and a JSON body that says what was wrong and what is expected.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

import tornado.httpserver
import tornado.netutil
import tornado.web

from jupyter_tracker._version import __version__
from jupyter_tracker.errors import InvalidParameterError, TrackerError
from jupyter_tracker.flavors import scoring

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BODY_BYTES = 100 << 20
_MAX_PORT = 65_535
_THERE_IS = "Predictions are answered at POST /invocations; GET /ping says whether the model is there."


class Model(Protocol):
    """What is served: a `PyFuncModel`."""

    metadata: Any

    def predict(self, data: Any, params: Any = None) -> Any:
        """Return predictions."""


class _Answering(tornado.web.RequestHandler):
    """Answers errors as JSON, in the shape of MLflow's."""

    def write_error(self, status_code: int, **reason: Any) -> None:
        """Say what was wrong."""
        error = (reason.get("exc_info") or (None, None, None))[1]
        if isinstance(error, TrackerError):
            self.set_status(error.get_http_status_code())
            body = {"error_code": error.error_code, "message": error.message}
        elif status_code in {404, 405}:
            code = "ENDPOINT_NOT_FOUND" if status_code == 404 else "BAD_REQUEST"
            body = {
                "error_code": code,
                "message": f"{self._reason}: {self.request.method} {self.request.path}. {_THERE_IS}",
            }
        else:
            body = {"error_code": "BAD_REQUEST" if status_code < 500 else "INTERNAL_ERROR", "message": self._reason}
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(body))

    def log_exception(self, kind: Any, error: Any, traceback: Any) -> None:
        """Keep the log for what is our fault: a request that cannot be understood is not."""
        if not isinstance(error, TrackerError):
            super().log_exception(kind, error, traceback)


class _Elsewhere(_Answering):
    """Says what there is instead."""

    def prepare(self) -> None:
        """Refuse, whatever the method."""
        raise tornado.web.HTTPError(404)


class _Invocations(_Answering):
    """Predicts."""

    def initialize(self, model: Model, worker: ThreadPoolExecutor) -> None:
        self.model, self.worker = model, worker

    async def post(self) -> None:
        """Answer with predictions."""
        kind = self.request.headers.get("Content-Type", "application/json").partition(";")[0].strip()
        # One at a time, beside the loop: models are seldom made for threads, and /ping must be answered meanwhile.
        body = await asyncio.get_running_loop().run_in_executor(self.worker, self._answer, self.request.body, kind)
        self.set_header("Content-Type", "application/json")
        self.finish(body)

    def _answer(self, body: bytes, kind: str) -> str:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidParameterError(f"The request is not UTF-8: {error}.") from error
        data, params = scoring.read_input(text, kind, self.model.metadata.signature)
        return scoring.answer(scoring.predictions(self.model, data, params))


class _Ping(_Answering):
    """Says that the model is there."""

    def get(self) -> None:
        """Answer with an empty line."""
        self.set_header("Content-Type", "application/json")
        self.finish("\n")


class _Version(tornado.web.RequestHandler):
    """Says what serves."""

    def get(self) -> None:
        """Answer with the version."""
        self.finish(f"jupyter_tracker {__version__}")


def application(model: Model) -> tornado.web.Application:
    """Return the application that serves a model."""
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scoring")
    return tornado.web.Application(
        [
            ("/invocations", _Invocations, {"model": model, "worker": worker}),
            ("/ping", _Ping),
            ("/health", _Ping),
            ("/version", _Version),
        ],
        default_handler_class=_Elsewhere,
    )


async def serve(model: Model, host: str, port: int, ready: Callable[[int], None]) -> None:
    """Serve a model until the task is cancelled; `ready` is called with the port once requests are taken.

    Raises
    ------
    InvalidParameterError
        The port is taken or none, or there is no such host.
    """
    if not 0 <= port <= _MAX_PORT:  # beyond, the system takes another one without a word
        raise InvalidParameterError(f"A port is a number from 0 (a free one) to {_MAX_PORT}, not {port}.")
    server = tornado.httpserver.HTTPServer(application(model), max_body_size=MAX_BODY_BYTES)
    try:
        sockets = tornado.netutil.bind_sockets(port, host)
    except UnicodeError:  # `a..b`
        raise InvalidParameterError(f"Cannot listen on {host[:80]}:{port}: that is no name of a host.") from None
    except OSError as error:
        raise InvalidParameterError(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from error
    server.add_sockets(sockets)
    try:
        ready(sockets[0].getsockname()[1])
        await asyncio.Event().wait()
    finally:
        server.stop()
