"""A server that stands alone: `Application` on uvicorn, in one process or several.

To start one: `serve(Options(…))`, as `jupyter tracker server` does.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.server.hosted import Backend, HostedStore
from jupyter_tracker.server.imports import imports_kept
from jupyter_tracker.server.log_format import LOGGING

if TYPE_CHECKING:
    import uvicorn

    from jupyter_tracker.server.asgi import Application

_SHUTDOWN_S: Final = 20
_START_S: Final = 60
_M_ARENA_MAX: Final = -8  # malloc.h


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
    meets_in: str | None = None
    """A folder for all processes, where there are several."""

    def __call__(self) -> Application:
        _share_heaps()
        with imports_kept():
            return self._made()

    def _made(self) -> Application:
        # The process that only watches over others has no need of these.
        from jupyter_tracker.server.asgi import Application
        from jupyter_tracker.server.gate import Gate
        from jupyter_tracker.server.telemetry import Telemetry
        from jupyter_tracker.server.users import Users

        options = self.options
        logging.captureWarnings(capture=True)
        if options.workers > 1:
            _end_with_parent()
        folder = Path(self.meets_in) if self.meets_in else None
        telemetry = Telemetry(logs_all=options.logs_all, folder=folder)
        users = None if options.users_file is None else Users(options.users_file)
        gate = Gate(users, options.allowed_hosts, telemetry.audit, once=options.once)
        hosted = HostedStore(options.backend, folder / "journals" if folder else None)
        return Application(hosted, gate, telemetry)


def serve(options: Options, ready: Callable[[int], None], *, bound: Callable[[], None] = lambda: None) -> None:
    """Serve until the process is told to end; then finish what is being answered, and bring all into the store.

    Parameters
    ----------
    ready : callable
        Called with the port when requests are taken.
    bound : callable
        Called when the port is ours, and before anything is asked.

    Raises
    ------
    InvalidParameterError
        The port is taken, there is no such host or certificate, or uvicorn is not installed.
    """
    if not 0 <= options.port <= 65_535:
        raise InvalidParameterError(f"There is no port {options.port}: 0 to 65535 are expected.")
    try:
        with imports_kept():
            import uvicorn
    except ImportError:
        raise InvalidParameterError(
            "The server needs uvicorn: pip install 'jupyter-experiment-tracker[server]'."
        ) from None
    _check_certificate(options)
    if options.workers > 1:
        # What is wrong with the store is said here, once, and its tables are made by one process.
        with imports_kept():
            HostedStore(options.backend).close()
    listening = _bound(options.host, options.port)
    bound()
    # uvicorn raises the signal that ended it once more when all is done, and that would look like a failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        _Factory(options),
        factory=True,
        workers=options.workers,
        lifespan="on",
        ws="none",
        log_config=LOGGING,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        # Longer than clients think before they log again: a connection that is just being closed fails a request.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        # A worker that only computes for a while is not dead.
        timeout_worker_healthcheck=_START_S,
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
    )
    if options.workers > 1:
        with tempfile.TemporaryDirectory(prefix="jupyter-tracker-") as folder:
            config.app = _Factory(options, folder)
            _serve_by_several(config, listening, lambda: ready(port))
        return
    server = _announcing(uvicorn.Server, config, lambda: ready(port))
    server.run(sockets=[listening])
    if not server.started:
        sys.exit(1)


def _share_heaps() -> None:
    """Let all threads share two heaps, where the C library is glibc: a heap for each keeps what a large answer took."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _serve_by_several(config: uvicorn.Config, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve by several processes; one that dies is replaced."""
    from uvicorn.supervisors import Multiprocess

    class Announcing(Multiprocess):
        def init_processes(self) -> None:
            super().init_processes()
            # Not an `all`: each of them is waited for.
            started = [process.wait_until_ready(_START_S) for process in self.processes]
            if all(started):
                ready()

    several = Announcing(config, sockets=[listening])
    several.run()
    # Below zero is the signal that ended it, as it should.
    if any((process.exitcode or 0) > 0 for process in several.processes):
        sys.exit(1)


def _end_with_parent() -> None:
    """End this worker when the process that started it has gone without a word, or it would keep the port."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="jupyter-tracker-parent").start()


def _check_certificate(options: Options) -> None:
    """Raise where a certificate or its key cannot be used, before anything else happens."""
    if options.tls_cert is None:
        if options.tls_key is not None:
            raise InvalidParameterError("--tls-key needs --tls-cert: the certificate whose key it is.")
        return
    import ssl

    for name, path in (("--tls-cert", options.tls_cert), ("--tls-key", options.tls_key)):
        if path is not None and not Path(path).is_file():
            raise InvalidParameterError(f"{name} {path}: there is no such file.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(options.tls_cert, options.tls_key, password="")
    except (OSError, ValueError) as error:
        raise InvalidParameterError(
            f"--tls-cert {options.tls_cert} cannot be used: {error}. A certificate and its private key are expected, "
            "in PEM, the key without a password; both may be in one file."
        ) from None


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
    except UnicodeError:  # `a..b`
        raise _not_ours(host, port, OSError(errno.EINVAL, "That is no name of a host")) from None
    except OSError as error:
        raise _not_ours(host, port, error) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(found[4])
        listening.set_inheritable(True)
    except OSError as error:
        listening.close()
        raise _not_ours(host, port, error) from error
    return listening


def _not_ours(host: str, port: int, error: OSError) -> InvalidParameterError:
    """Return the error that says why nobody can be listened to there, and what to do."""
    hint = {
        errno.EADDRINUSE: "Another program has this port: end it, or choose another by --port (0 takes a free one)",
        errno.EACCES: "This user may not take this port: choose one above 1023 by --port",
    }.get(error.errno or 0, "--host takes an address of this machine: 127.0.0.1 for it alone, 0.0.0.0 for others too")
    return InvalidParameterError(f"Cannot listen on {host}:{port}: {error.strerror or error}. {hint}.")
