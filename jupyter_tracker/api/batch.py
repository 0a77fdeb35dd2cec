"""Several views in one request: what all panels of a page ask for at the same moment.

Each answer has a token; an asker that shows it again is told that nothing has changed, and gets no body.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tracker.api.answering import Handler, answer, error_response
from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.errors import InvalidParameterError

MOST: Final = 100
"""Views that one request may ask for."""


@dataclass(frozen=True)
class _Asked:
    path: str
    query: Mapping[str, str]
    token: str


def batch_of(handlers: Mapping[str, Handler]) -> Handler:
    """Return the handler that answers for several others, each named by its path.

    Body: ``{"requests": [{"path", "query", "token"}, …]}``. It answers ``{"responses": [{"status", "token",
    "body"}, …]}`` in the same order; ``"unchanged": true`` stands in place of the body where the token is still right.
    """

    def batch(request: Request) -> Response:
        parts = [_part(request, handlers, asked) for asked in _requests(request.body.get("requests"))]
        body = {"responses": [part for part, _ in parts]}
        return Response(body=body, text=f'{{"responses":[{",".join(text for _, text in parts)}]}}')

    return batch


def _part(request: Request, handlers: Mapping[str, Handler], asked: _Asked) -> tuple[dict[str, Any], str]:
    """Return one answer, as it is and as JSON: its body is encoded once, for the token and to be sent."""
    handler = handlers.get(asked.path)
    if handler is None:
        response = error_response(404, "ENDPOINT_NOT_FOUND", f"There is no view at {asked.path[:200]!r}.")
    else:
        response = answer(f"GET {asked.path}", handler, Request(request.stores, asked.query))
    text = response.json_text()
    token = hashlib.blake2b(text.encode(), digest_size=9).hexdigest()
    if response.status == 200 and token == asked.token:
        part = {"status": 200, "token": token, "unchanged": True}
        return part, json.dumps(part)
    part = {"status": response.status, "token": token}
    return {**part, "body": response.body}, f'{json.dumps(part)[:-1]}, "body": {text}}}'


def _requests(value: object) -> list[_Asked]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST:
        raise InvalidParameterError(f"requests: a list of 1 to {MOST} views is expected.")
    return [_asked(item) for item in value]


def _asked(item: object) -> _Asked:
    match item:
        case {"path": str(path), "query": dict(query), "token": str(token)}:
            return _Asked(path, {str(name): str(value) for name, value in query.items()}, token)
    raise InvalidParameterError('requests: each is {"path": text, "query": object, "token": text}.')
