"""From a method and a path to a response. Nothing that a handler raises gets out (see `answering`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, BinaryIO, Final

from jupyter_tracker.api.answering import Handler, answer, error_response
from jupyter_tracker.api.asker import asked_by
from jupyter_tracker.api.messages import Request, Response, Stores
from jupyter_tracker.api.routes import TABLE, is_protocol
from jupyter_tracker.store.glance import glance

__all__ = ["dispatch", "error_response"]

_KEPT: Final = (
    " This server keeps experiments, runs, models and their registry, of what MLflow's clients know; no traces, "
    "evaluation data sets, scorers, webhooks or gateways."
)


def dispatch(
    stores: Stores,
    method: str,
    path: str,
    query: Mapping[str, str],
    body: Mapping[str, Any] | None = None,
    *,
    repeated: Mapping[str, Sequence[str]] | None = None,
    content: BinaryIO | None = None,
    digest: str | None = None,
    user: str | None = None,
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
        The JSON object of a body.
    repeated : mapping of str to list of str, optional
        Parameters that were given more than once.
    content : file, optional
        The body of an upload.
    digest : str, optional
        The SHA-256 that the client says of it.
    user : str, optional
        Who asks, where the host has made sure of it: what is changed is recorded as theirs.

    Returns
    -------
    Response
        Always one: 4xx for what the asker did wrong, 5xx for a store that cannot be used, and 500 without
        any detail (which goes to the log) for what should not happen.
    """
    found = TABLE.find(method, path)
    if found is None:
        if TABLE.has_path(path):
            return error_response(405, "BAD_REQUEST", f"{method} is not allowed at {path[:200]!r}.")
        kept = _KEPT if is_protocol(path) else ""
        return error_response(404, "ENDPOINT_NOT_FOUND", f"There is nothing at {path[:200]!r}.{kept}")
    route, parts = found
    request = Request(stores, query, body or {}, repeated or {}, parts, content, digest)
    protocol = is_protocol(path)
    handler = route.handler if route.action == "read" else partial(_write, route.handler, user, protocol)
    # A panel asks again and again; a client of MLflow's must see all that it has logged.
    with nullcontext() if protocol else glance():
        return answer(f"{method} {path}", handler, request)


def _write(handler: Handler, user: str | None, protocol: bool, request: Request) -> Response:
    with asked_by(request, user, protocol=protocol):
        return handler(request)
