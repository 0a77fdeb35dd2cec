"""A model's signature: what goes in, what comes out, and which params `predict` takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_tracker.errors import InvalidStateError, TrackerError
from jupyter_tracker.mlmodel.types import ParamSchema, Schema


@dataclass(frozen=True)
class ModelSignature:
    """What goes into a model and what comes out; any part may be None, where it is not known.

    Parameters
    ----------
    inputs, outputs : Schema, optional
        Columns or tensors.
    params : ParamSchema, optional
        What `predict` takes beside its input.
    """

    inputs: Schema | None = None
    outputs: Schema | None = None
    params: ParamSchema | None = None

    def to_dict(self) -> dict[str, str | None]:
        """Return the form of the MLmodel file: JSON text, or None, of each part."""
        return {
            "inputs": None if self.inputs is None else self.inputs.to_json(),
            "outputs": None if self.outputs is None else self.outputs.to_json(),
            "params": None if self.params is None else self.params.to_json(),
        }

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> ModelSignature:
        """Read the form of the MLmodel file; InvalidStateError where it cannot be understood."""
        try:
            inputs, outputs, params = (entry.get(part) for part in ("inputs", "outputs", "params"))
            return cls(
                Schema.from_json(inputs) if inputs else None,
                Schema.from_json(outputs) if outputs else None,
                ParamSchema.from_json(params) if params else None,
            )
        except (TrackerError, KeyError, TypeError, AttributeError) as error:
            raise InvalidStateError(f"The model's signature cannot be read: {error}.") from error

    def __repr__(self) -> str:
        params = self.params and list(self.params)
        return f"inputs: \n  {self.inputs}\noutputs: \n  {self.outputs}\nparams: \n  {params}"
