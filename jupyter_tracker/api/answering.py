"""Runs a handler, whatever it raises: every error becomes the one shape, ``{"error_code": …, "message": …}``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.errors import TrackerError

Handler = Callable[[Request], Response]

_log = logging.getLogger(__name__)
_RETRY_AFTER_S: Final = {429: 60, 503: 1}
"""When it is worth while to ask again; MLflow's clients obey."""


def answer(what: str, handler: Handler, request: Request) -> Response:
    """Return what a handler returns, or an error response; `what` names the request in the log."""
    try:
        return handler(request)
    except TrackerError as error:
        return error_response(error.get_http_status_code(), error.error_code, error.message)
    except Exception:
        _log.exception("%s failed", what)
        return error_response(500, "INTERNAL_ERROR", "The request failed; the log says more.")


def error_response(status: int, error_code: str, message: str) -> Response:
    """Return an error in the one shape that all have."""
    body = {"error_code": error_code, "message": message}
    wait_s = _RETRY_AFTER_S.get(status)
    return Response(status, body, headers={} if wait_s is None else {"Retry-After": str(wait_s)})
