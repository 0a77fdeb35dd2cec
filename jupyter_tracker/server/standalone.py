"""A server that stands alone: `Application` on uvicorn, in one process or several.

To start one: `serve(Options(…))`, as `jupyter tracker server` does.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.server.asgi import Application
from jupyter_tracker.server.gate import Gate
from jupyter_tracker.server.hosted import Backend, HostedStore
from jupyter_tracker.server.telemetry import Telemetry
from jupyter_tracker.server.users import Users

if TYPE_CHECKING:
    import uvicorn

_SHUTDOWN_S: Final = 20


@dataclass(frozen=True)
class Options:
    """How a server is started.

    Attributes
    ----------
    users_file : pathlib.Path or None
        Who may come in; None: everybody.
    allowed_hosts : tuple of str or None
        Names that the server may be called by; see `Gate`.
    logs_all : bool
        Log every request.
    tls_cert, tls_key : str or None
        PEM files; with them it speaks HTTPS.
    once : bool
        Tokens only let in to the web page, each once.
    """

    backend: Backend
    host: str = "127.0.0.1"
    port: int = 5000
    workers: int = 1
    users_file: Path | None = None
    allowed_hosts: tuple[str, ...] | None = None
    logs_all: bool = False
    tls_cert: str | None = None
    tls_key: str | None = None
    once: bool = False


@dataclass(frozen=True)
class _Factory:
    """Makes the application in each process; it is sent to them, so it holds plain data only."""

    options: Options

    def __call__(self) -> Application:
        options = self.options
        telemetry = Telemetry(logs_all=options.logs_all)
        users = None if options.users_file is None else Users(options.users_file)
        gate = Gate(users, options.allowed_hosts, telemetry.audit, once=options.once)
        return Application(HostedStore(options.backend), gate, telemetry)


def serve(options: Options, ready: Callable[[int], None]) -> None:
    """Serve until the process is told to end; then finish what is being answered, and bring all into the store.

    Raises
    ------
    InvalidParameterError
        The port is taken, there is no such host, or uvicorn is not installed.
    """
    try:
        import uvicorn
    except ImportError:
        raise InvalidParameterError(
            "The server needs uvicorn: pip install 'jupyter-experiment-tracker[server]'."
        ) from None
    # uvicorn raises the signal that ended it once more when all is done, and that would look like a failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    listening = _bound(options.host, options.port)
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        _Factory(options),
        factory=True,
        workers=options.workers,
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        # Longer than clients think before they log again: a connection that is just being closed fails a request.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
    )
    if options.workers > 1:
        from uvicorn.supervisors import Multiprocess

        ready(port)
        Multiprocess(config, sockets=[listening]).run()
        return
    server = _announcing(uvicorn.Server, config, lambda: ready(port))
    server.run(sockets=[listening])
    if not server.started:
        sys.exit(1)


def _announcing(kind: type[uvicorn.Server], config: uvicorn.Config, ready: Callable[[], None]) -> uvicorn.Server:
    """Return a server that says when it takes requests."""

    class Announcing(kind):  # type: ignore[misc, valid-type]
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    return Announcing(config)


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens, so that a port that is taken is said before anything else happens."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(found[0], socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(found[4])
        listening.set_inheritable(True)
    except OSError as error:
        raise InvalidParameterError(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from error
    return listening
