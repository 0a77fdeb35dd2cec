"""One request to a tracking server, and its answer: the one place of this room that knows HTTP."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Mapping
from typing import Any, Final, Protocol

import urllib3

from jupyter_tracker import settings
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
from jupyter_tracker.wire.credentials import authorization, use

PATIENCE_S: Final = 20.0
"""For how long a request is tried again while the server is away or overloaded."""

_TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=120.0)
_AWAY: Final = frozenset({429, 502, 503, 504})
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
        self._pools: dict[int, urllib3.PoolManager] = {}

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
        deadline, pause = time.monotonic() + patience_s, _FIRST_PAUSE_S
        while True:
            try:
                return self._once(method, path, given)
            except _AwayError as error:
                if not (error.not_sent or repeatable) or time.monotonic() + pause > deadline:
                    raise StoreUnavailableError(
                        f"The tracking server at {self.uri} does not answer: {error}. What is logged is kept and sent "
                        "when it is back."
                    ) from error
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _once(self, method: str, path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"User-Agent": f"jupyter_tracker/{__version__}", "Accept": "application/json"}
        who = authorization(self.uri)
        if who:
            headers["Authorization"] = who
        body = None
        url = f"{self.uri}{path}"
        if method == "GET":
            url += f"?{_query(fields)}" if fields else ""
        else:
            body = json.dumps(fields, allow_nan=False, separators=(",", ":")).encode()
            headers["Content-Type"] = "application/json"
        try:
            answer = self._pool.request(
                method, url, body=body, headers=headers, timeout=_TIMEOUT, retries=False, redirect=False
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise _AwayError("no connection", not_sent=True) from error
        except urllib3.exceptions.HTTPError as error:
            raise _AwayError(type(error).__name__) from error
        return self._read(answer.status, answer.data)

    def _read(self, status: int, content: bytes) -> dict[str, Any]:
        if status in _AWAY:
            raise _AwayError(f"status {status}", not_sent=status == 429)
        try:
            found = json.loads(content) if content else {}
        except ValueError:
            found = None
        if status == 200 and isinstance(found, dict):
            return found
        raise self._error(status, found)

    def _error(self, status: int, found: object) -> TrackerError:
        if isinstance(found, dict) and isinstance(found.get("error_code"), str):
            code, message = found["error_code"], str(found.get("message", ""))
            kind = _ERRORS.get(code)
            return kind(message) if kind is not None else TrackerError(message, code)
        if status in {401, 403}:
            return PermissionDeniedError(
                f"The server at {self.uri} does not let us in (status {status}). Set MLFLOW_TRACKING_TOKEN, or "
                "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
            )
        if status == 404:
            return ResourceDoesNotExistError(
                f"{self.uri} does not have this operation: it is no MLflow tracking server, or an older one.",
                "ENDPOINT_NOT_FOUND",
            )
        return StoreError(f"The server at {self.uri} answered with status {status} and no explanation.")

    @property
    def _pool(self) -> urllib3.PoolManager:
        # A forked child must not share its parent's connections.
        pid = os.getpid()
        return self._pools.get(pid) or self._pools.setdefault(pid, _new_pool())

    def close(self) -> None:
        """Give up this process's connections."""
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.clear()


class _AwayError(Exception):
    """The server did not answer, or is not ready; `not_sent` where nothing can have happened there."""

    def __init__(self, message: str, *, not_sent: bool = False) -> None:
        super().__init__(message)
        self.not_sent = not_sent


def _new_pool() -> urllib3.PoolManager:
    insecure = settings.flag("MLFLOW_TRACKING_INSECURE_TLS")
    certificates = settings.text("MLFLOW_TRACKING_SERVER_CERT_PATH") or None
    return urllib3.PoolManager(
        maxsize=8, cert_reqs="CERT_NONE" if insecure else "CERT_REQUIRED", ca_certs=None if insecure else certificates
    )


def _query(fields: Mapping[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode({name: _plain(value) for name, value in fields.items()}, doseq=True)


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
