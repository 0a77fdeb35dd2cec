"""The file `MLmodel`: which flavors a model has, and everything that is known about it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from jupyter_tracker.errors import InvalidStateError
from jupyter_tracker.mlmodel import text
from jupyter_tracker.mlmodel.signature import ModelSignature

FILE = "MLmodel"
PYFUNC = "python_function"


def _now() -> str:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")


@dataclass
class Model:
    """What the file `MLmodel` says; `other` holds the keys of other versions and tools, which are kept.

    Attributes
    ----------
    flavors : dict
        Flavor → its options. `python_function` is the one that predicts without knowing the framework.
    signature : ModelSignature or None
        What goes in and comes out.
    saved_input_example_info : dict or None
        Where the example input is, and of what kind.
    model_size_bytes : int or None
        Of all files but the file itself.
    """

    flavors: dict[str, dict[str, Any]] = field(default_factory=dict)
    artifact_path: str | None = None
    run_id: str | None = None
    model_id: str | None = None
    model_uuid: str = field(default_factory=lambda: uuid.uuid4().hex)
    utc_time_created: str = field(default_factory=_now)
    model_size_bytes: int | None = None
    signature: ModelSignature | None = None
    saved_input_example_info: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    mlflow_version: str | None = None
    jupyter_tracker_version: str | None = None
    other: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the keys of the file; what is None is left out."""
        entries = {name: getattr(self, name) for name in _KEYS}
        entries["signature"] = None if self.signature is None else self.signature.to_dict()
        return {**{name: value for name, value in entries.items() if value is not None}, **self.other}

    def to_yaml(self) -> str:
        """Return the text of the file."""
        return text.dump(self.to_dict())

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Model:
        """Return the model that a file's keys describe; InvalidStateError where they make no sense."""
        flavors = entries.get("flavors")
        if not isinstance(flavors, Mapping) or not all(isinstance(block, Mapping) for block in flavors.values()):
            raise InvalidStateError("The MLmodel file names no flavors: it is damaged, or it is no model.")
        known = {name: entries[name] for name in _KEYS if entries.get(name) is not None}
        known["flavors"] = {str(name): dict(block) for name, block in flavors.items()}
        signature = entries.get("signature")
        known["signature"] = ModelSignature.from_dict(signature) if isinstance(signature, Mapping) else None
        return cls(**known, other={key: value for key, value in entries.items() if key not in _KEYS})

    @classmethod
    def from_yaml(cls, content: str | bytes, what: str = FILE) -> Model:
        """Return the model that a file's content describes; InvalidStateError, which names `what`, where it cannot."""
        if isinstance(content, bytes):
            try:
                content = content.decode("utf-8")
            except UnicodeDecodeError as error:
                raise InvalidStateError(f"{what} is no text in UTF-8: {error.reason} at byte {error.start}.") from None
        entries = text.parse(content, what)
        if not isinstance(entries, Mapping):
            raise InvalidStateError(f"{what} is no MLmodel file: it holds {type(entries).__name__}, not keys.")
        return cls.from_dict(entries)


_KEYS = tuple(each.name for each in fields(Model) if each.name != "other")
