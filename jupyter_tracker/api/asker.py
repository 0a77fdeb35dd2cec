"""Who asks: the user that a host has let in, and what a client says of itself."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from jupyter_tracker.api.messages import Request
from jupyter_tracker.entities.registry_event import API
from jupyter_tracker.store.acting import acting
from jupyter_tracker.wire.reading import Fields
from jupyter_tracker.wire.registry_events import PROVENANCE, provenance_from_json

_CLIENT = "client of the REST API"


def asked_by(request: Request, user: str | None, *, protocol: bool) -> AbstractContextManager[None]:
    """Have what a request changes recorded as done by who asks.

    Parameters
    ----------
    request : Request
        The request; one of the protocol may say in its body who acts, from where and why.
    user : str or None
        The name that a host vouches for: it wins over what a client says, and is recorded as verified.
    protocol : bool
        Whether it belongs to the protocol; a panel's request says nothing of itself.

    Raises
    ------
    InvalidParameterError
        What a client says of itself cannot be read.
    """
    given: dict[str, Any] = {"source_type": API, "source_name": _CLIENT} if protocol else {}
    if protocol and request.body.get(PROVENANCE) is not None:
        given |= provenance_from_json(Fields(request.body).nested(PROVENANCE))
    if user is not None:
        given |= {"user": user, "verified": True}
    return acting(**given) if given else nullcontext()
