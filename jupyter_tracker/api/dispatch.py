"""From a method and a path to a response. Nothing that a handler raises gets out (see `answering`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_tracker.api.answering import answer, error_response
from jupyter_tracker.api.messages import Request, Response, Stores
from jupyter_tracker.api.routes import ROUTES
from jupyter_tracker.store.glance import glance

__all__ = ["dispatch", "error_response"]

_HANDLERS = {(route.method, route.path): route.handler for route in ROUTES}
_PATHS = {route.path for route in ROUTES}


def dispatch(
    stores: Stores, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None
) -> Response:
    """Return the response to a request.

    Parameters
    ----------
    stores : Stores
        What may be seen.
    method, path : str
        As in the route table: ``GET``, ``/views/run-card``.
    query : mapping of str to str
        Decoded parameters.
    body : mapping of str to any, optional
        The JSON object of a POST.

    Returns
    -------
    Response
        Always one: 4xx for what the asker did wrong, 5xx for a store that cannot be used, and 500 without
        any detail (which goes to the log) for what should not happen.
    """
    handler = _HANDLERS.get((method, path))
    if handler is None:
        if path in _PATHS:
            return error_response(405, "BAD_REQUEST", f"{method} is not allowed at {path}.")
        return error_response(404, "ENDPOINT_NOT_FOUND", f"There is nothing at {path[:200]!r}.")
    with glance():
        return answer(f"{method} {path}", handler, Request(stores, query, body or {}))
