"""One request to a tracking server, and its answer: the one place of this room that knows HTTP."""

from __future__ import annotations

import json
import random
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

import urllib3

from jupyter_tracker._version import __version__
from jupyter_tracker.errors import (
    InvalidParameterError,
    InvalidStateError,
    PermissionDeniedError,
    ResourceAlreadyExistsError,
    ResourceConflictError,
    ResourceDoesNotExistError,
    StoreError,
    StoreUnavailableError,
    TrackerError,
)
from jupyter_tracker.wire.connections import Connections, in_pieces
from jupyter_tracker.wire.credentials import authorization, use

PATIENCE_S: Final = 20.0
"""For how long a request is tried again while the server is away or overloaded."""

FIRST_PATIENCE_S: Final = 3.0
"""The same, while nobody listens at an address that has not answered this process yet: it may be a wrong one."""

_TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=120.0)
_MOST_FAILURES: Final = 3
_WORTH_PACKING_BYTES: Final = 1024
_FAILED: Final = 500
_AWAY: Final = frozenset({429, _FAILED, 502, 503, 504})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0
_ERRORS: Final = {
    "INVALID_PARAMETER_VALUE": InvalidParameterError,
    "INVALID_STATE": InvalidStateError,
    "PERMISSION_DENIED": PermissionDeniedError,
    "RESOURCE_ALREADY_EXISTS": ResourceAlreadyExistsError,
    "RESOURCE_CONFLICT": ResourceConflictError,
    "RESOURCE_DOES_NOT_EXIST": ResourceDoesNotExistError,
    "TEMPORARILY_UNAVAILABLE": StoreUnavailableError,
}


class Transport(Protocol):
    """What a store on a server needs of the way there."""

    uri: str

    def call(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any],
        *,
        repeatable: bool = True,
        patience_s: float = PATIENCE_S,
    ) -> dict[str, Any]:
        """Return the JSON object that a server answers; see `HttpTransport.call`."""

    def put(self, path: str, pieces: Callable[[], Iterable[bytes]]) -> dict[str, Any]:
        """Return the JSON object that a server answers to an upload; see `HttpTransport.put`."""

    def close(self) -> None:
        """Give up connections."""


class HttpTransport:
    """Requests to one server, over connections that are kept. Any thread may ask.

    Parameters
    ----------
    url : str
        The server's address, with or without credentials.

    Attributes
    ----------
    uri : str
        The address without credentials.
    """

    def __init__(self, url: str) -> None:
        self.uri = use(url)
        self._connections = Connections()
        self._has_answered = False
        self._unpacks = False

    def call(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any],
        *,
        repeatable: bool = True,
        patience_s: float = PATIENCE_S,
    ) -> dict[str, Any]:
        """Return the JSON object that the server answers.

        Parameters
        ----------
        method, path : str
            ``POST``, ``/api/2.0/mlflow/runs/create``.
        fields : mapping of str to any
            Of the body, or for a GET of the query; those that are None are left out.
        repeatable : bool
            Whether it may be done twice, and so again where nobody knows if it has happened.
        patience_s : float
            For how long it is tried, in seconds.

        Raises
        ------
        StoreUnavailableError
            The server does not answer, or not now.
        TrackerError
            What the server says is wrong, as the class of its error code.
        """
        given = {name: value for name, value in fields.items() if value is not None}
        if method == "GET":
            return self._tried(repeatable, patience_s, lambda: self._once(method, self._asking(path, given)))
        body = json.dumps(given, allow_nan=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json"}
        return self._tried(repeatable, patience_s, lambda: self._once(method, path, *self._packed(body, headers)))

    def put(self, path: str, pieces: Callable[[], Iterable[bytes]]) -> dict[str, Any]:
        """Return the JSON object that the server answers to an upload, which may be done twice.

        `pieces` gives the body anew at each try.
        """
        headers = {"Content-Type": "application/x-ndjson"}
        return self._tried(True, PATIENCE_S, lambda: self._once("PUT", path, iter(pieces()), headers))

    def _tried(self, repeatable: bool, patience_s: float, once: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        started, pause, failures = time.monotonic(), _FIRST_PAUSE_S, 0
        while True:
            try:
                return once()
            except _AwayError as error:
                failures += error.status == _FAILED
                patience = patience_s if self._has_answered else min(patience_s, FIRST_PATIENCE_S)
                is_late = time.monotonic() + pause > started + patience
                if failures == _MOST_FAILURES or (error.status == _FAILED and not repeatable):
                    raise StoreError(f"The tracking server at {self.uri} has failed: {error}") from error
                if not (error.not_sent or repeatable) or is_late:
                    raise StoreUnavailableError(self._away(error)) from error
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _away(self, error: _AwayError) -> str:
        if self._has_answered:
            return (
                f"The tracking server at {self.uri} does not answer: {error}. What is logged is kept and sent when it "
                "is back."
            )
        return (
            f"The tracking server at {self.uri} cannot be reached: {error}. Is the address right, and does the server "
            f"run? To work without it, set_tracking_uri({self.uri!r}, offline=True) logs on this machine, and `jupyter "
            "tracker sync` sends it later; set_tracking_uri(None) goes back to the project's own store."
        )

    def _packed(self, body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        """Return a body and its headers, packed where that pays and the server has said that it unpacks."""
        if not self._unpacks or len(body) < _WORTH_PACKING_BYTES:
            return body, headers
        return zlib.compress(body, 1), {**headers, "Content-Encoding": "deflate"}

    @staticmethod
    def _asking(path: str, fields: Mapping[str, Any]) -> str:
        return f"{path}?{_query(fields)}" if fields else path

    def _once(self, method: str, path: str, body: Any = None, more: Mapping[str, str] | None = None) -> dict[str, Any]:
        headers = {"User-Agent": f"jupyter_tracker/{__version__}", "Accept": "application/json", **(more or {})}
        who = authorization(self.uri)
        if who:
            headers["Authorization"] = who
        body, headers = in_pieces(body, headers)
        try:
            answer = self._connections.pool().request(
                method, f"{self.uri}{path}", body=body, headers=headers, timeout=_TIMEOUT, retries=False, redirect=False
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise _AwayError(_reason(error), not_sent=True) from error
        except urllib3.exceptions.SSLError as error:
            ways = "Where the server has a certificate of your own, name it in MLFLOW_TRACKING_SERVER_CERT_PATH."
            if "WRONG_VERSION_NUMBER" in str(error):
                ways = f"It speaks plain http, so it seems: {self.uri.replace('https', 'http', 1)}."
            raise StoreError(f"There is no safe connection to {self.uri}: {error}. {ways}") from error
        except urllib3.exceptions.HTTPError as error:
            raise _AwayError(type(error).__name__) from error
        self._has_answered = True
        # A server says so by RFC 7694; MLflow's does not, and could not read it.
        self._unpacks = "deflate" in answer.headers.get("Accept-Encoding", "")
        return self._read(answer.status, answer.data)

    def _read(self, status: int, content: bytes) -> dict[str, Any]:
        try:
            found = json.loads(content) if content else {}
        except ValueError:
            found = None
        if status == _FAILED and isinstance(found, dict) and found.get("error_code") == "INVALID_STATE":
            raise self._error(status, found)  # MLflow's server says so of what cannot be done, and not of itself
        if status in _AWAY:
            said = found.get("message") if isinstance(found, dict) else None
            raise _AwayError(f"status {status}" + (f": {said}" if said else ""), not_sent=status == 429, status=status)
        if status == 200 and isinstance(found, dict):
            return found
        if status == 200 and content.lstrip()[:1] in {b"{", b""}:
            raise _AwayError("its answer was cut off")
        raise self._error(status, found)

    def _error(self, status: int, found: object) -> TrackerError:
        if isinstance(found, dict) and isinstance(found.get("error_code"), str):
            return self._said(found["error_code"], str(found.get("message", "")))
        if status in {401, 403}:
            return self._not_let_in(f"status {status}.")
        if status in {404, 405}:
            return ResourceDoesNotExistError(
                f"{self.uri} does not have this operation: it is no MLflow tracking server, or an older one. An "
                "address may need a path, too: of one inside Jupyter it ends with /jupyter-tracker.",
                "ENDPOINT_NOT_FOUND",
            )
        if status in _MOVED:
            return StoreError(
                f"The server at {self.uri} sends us elsewhere (status {status}): to a login, or from http to https. "
                "Use the address that it ends at."
            )
        if status == 200:
            return StoreError(f"{self.uri} answers with something else than JSON: it is no MLflow tracking server.")
        return StoreError(f"The server at {self.uri} answered with status {status} and no explanation.")

    def _said(self, code: str, message: str) -> TrackerError:
        if code == "UNAUTHENTICATED":
            return self._not_let_in(message)
        kind = _ERRORS.get(code)
        return kind(message) if kind is not None else TrackerError(message, code)

    def _not_let_in(self, said: str) -> PermissionDeniedError:
        sent = (authorization(self.uri) or "").partition(" ")[0]
        what = {
            "": "No token and no password were sent",
            "Bearer": "The token in MLFLOW_TRACKING_TOKEN is not known there",
        }
        return PermissionDeniedError(
            f"The server at {self.uri} does not let us in: {said} {what.get(sent, 'User or password are wrong')}. Set "
            "MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and try again.",
            "UNAUTHENTICATED",
        )

    def close(self) -> None:
        """Give up this process's connections."""
        self._connections.close()


class _AwayError(Exception):
    """The server did not answer, or is not ready; `not_sent` where nothing can have happened there."""

    def __init__(self, message: str, *, not_sent: bool = False, status: int | None = None) -> None:
        super().__init__(message)
        self.not_sent, self.status = not_sent, status


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Return for people why there is no connection."""
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "nobody knows its name"
    cause = error.__cause__ or error.__context__
    return (getattr(cause, "strerror", None) or "no connection in time").lower()


def _query(fields: Mapping[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode({name: _plain(value) for name, value in fields.items()}, doseq=True)


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
