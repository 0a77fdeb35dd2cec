"""What goes into a model and comes out of it, in one line, as a board shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.errors import TrackerError
from jupyter_tracker.mlmodel.mlmodel import FILE, Model
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import Schema
from jupyter_tracker.views.common import cut

AGAIN_S: Final = 60.0
"""For so long files that could not be read are not tried again: a board asks every two seconds."""
_COLUMNS: Final = 6
_MOST: Final = 512
_unreadable: dict[str, float] = {}


def signature_line(location: str, clock: Callable[[], float] = time.monotonic) -> str | None:
    """Return the signature of the model whose files are at a location; None where it has none, or cannot be read now.

    What was read is kept, since a model's files never change; what could not be read is tried again after a while.
    """
    if clock() < _unreadable.get(location, float("-inf")):
        return None
    try:
        return _read(location)
    except TrackerError:  # not there yet, or nowhere that this process can read
        if len(_unreadable) >= _MOST:
            _unreadable.clear()
        _unreadable[location] = clock() + AGAIN_S
        return None


@lru_cache(maxsize=_MOST)
def _read(location: str) -> str | None:
    # What is raised is not kept.
    with artifact_store(location).open(FILE) as file:
        signature = Model.from_yaml(file.read()).signature
    return None if signature is None else signature_text(signature)


def signature_text(signature: ModelSignature) -> str:
    """Return a signature in one line: ``age: long, income: double → long``."""
    return f"{_schema(signature.inputs)} → {_schema(signature.outputs)}"


def _schema(schema: Schema | None) -> str:
    if schema is None or not len(schema):
        return "?"
    if len(schema) == 1 and not schema.has_input_names():
        return str(schema.inputs[0].type)
    parts = [f"{name}: {spec.type}" for name, spec in zip(schema.input_names(), schema, strict=True)]
    more = f", … ({len(parts)})" if len(parts) > _COLUMNS else ""
    return cut(", ".join(parts[:_COLUMNS]) + more)
