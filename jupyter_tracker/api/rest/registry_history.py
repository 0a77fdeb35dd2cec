"""What has happened to registered models: operations of ours beside MLflow's."""

from __future__ import annotations

import dataclasses

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.promotion import history as events
from jupyter_tracker.wire.registry_events import event_to_json

_MOST = 10_000


def head(request: Request) -> Response:
    """Answer with the head of the history: ``<count>:<64 hex digits>``."""
    return Response(body={"head": request.own.registry_head()})


def page(request: Request) -> Response:
    """Answer with events in their order, as they were digested. Fields: ``name``, ``after``, ``max_results``."""
    fields = request.fields
    most = fields.integer("max_results", _MOST)
    if not 1 <= most <= _MOST:
        raise InvalidParameterError(f"max_results={most}: 1 to {_MOST} are expected.")
    found = request.own.registry_events(fields.optional("name") or None, fields.integer("after", 0), most)
    return Response(body={"events": [event_to_json(event) for event in found]})


def history(request: Request) -> Response:
    """Answer with the events of a model, under earlier names too; of every model where none is named.

    Fields: ``name``.
    """
    found = events.history(request.own, request.fields.optional("name") or None)
    return Response(body={"events": [event_to_json(event) for event in found]})


def at(request: Request) -> Response:
    """Answer with what a model was at a moment. Fields: ``name``, ``when`` (a day, ISO text, or ms UTC)."""
    when = request.fields.text("when")
    moment = int(when) if when.isascii() and when.isdecimal() and len(when) < 16 else when
    return Response(body=dataclasses.asdict(events.at(request.own, request.fields.text("name"), moment)))


def verify(request: Request) -> Response:
    """Answer with whether the history is whole. Fields: ``expect`` (a head that was noted earlier)."""
    found = events.verify(request.own, request.fields.optional("expect") or None)
    return Response(body={**dataclasses.asdict(found), "is_whole": found.is_whole})
