"""The registry's history and its moves, as our own operations beside MLflow's write them."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from jupyter_tracker.entities.registry_event import API, COMMAND, JOB, NOTEBOOK, Provenance, RegistryEvent
from jupyter_tracker.wire.logged import without_empty
from jupyter_tracker.wire.reading import Fields

PROVENANCE: Final = "provenance"
"""The field in which a client says who acts, from where and why; other servers are not told."""

_SOURCES: Final = (NOTEBOOK, JOB, COMMAND, API)
_EVENT_TEXTS: Final = ("version", "key", "before", "after", "run_id", "cell", "comment")


def event_to_json(event: RegistryEvent) -> dict[str, Any]:
    """Return an event; what it leaves out is null."""
    # An empty text is another one than none, and has another digest.
    return {name: value for name, value in dataclasses.asdict(event).items() if value is not None}


def event_from_json(fields: Fields) -> RegistryEvent:
    """Return the event that an object holds, each text as it was digested."""
    return RegistryEvent(
        number=fields.integer("number"),
        timestamp=fields.integer("timestamp"),
        action=fields.text("action"),
        name=fields.text("name"),
        user=fields.optional("user") or "",
        verified=fields.flag("verified", default=False),
        source_type=fields.optional("source_type") or "",
        source_name=fields.optional("source_name") or "",
        digest=fields.text("digest"),
        **{name: fields.optional(name) for name in _EVENT_TEXTS},
    )


def provenance_to_json(who: Provenance) -> dict[str, Any]:
    """Return what a client says of itself; whether that is so only a server can tell."""
    return without_empty({name: value for name, value in dataclasses.asdict(who).items() if name != "verified"})


def provenance_from_json(fields: Fields) -> dict[str, Any]:
    """Return the fields of `Provenance` that a client has given; InvalidParameterError for what is none."""
    names = ("user", "source_type", "source_name", "cell", "comment")
    given: dict[str, Any] = {name: fields.optional(name) for name in names}
    if given["source_type"] not in {None, *_SOURCES}:
        raise fields.invalid("source_type", given["source_type"], f"one of {', '.join(_SOURCES)} is expected")
    return given
