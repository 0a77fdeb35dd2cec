"""Whether whoever calls one model can call another: what changes between two signatures, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import ColSpec, DataType, Schema, TensorSpec

# What a narrower type is read as without loss.
_WIDER = {
    DataType.integer: {DataType.long, DataType.double},
    DataType.long: {DataType.double},
    DataType.float: {DataType.double},
}


def differences(new: ModelSignature, old: ModelSignature) -> list[str]:
    """Return what would break for callers of `old` that call `new` instead; empty where nothing would."""
    return [*_inputs(new.inputs, old.inputs), *_outputs(new.outputs, old.outputs)]


def _inputs(new: Schema | None, old: Schema | None) -> Iterator[str]:
    if new is None or old is None:
        return
    given = _by_name(old)
    for name, spec in _by_name(new).items():
        there = given.get(name)
        if there is None:
            if getattr(spec, "required", True):
                yield f"input {_name(spec)} is new, and required"
        elif not _takes(spec, there):
            yield f"input {_name(spec)} is {_type(spec)}, and was {_type(there)}"


def _outputs(new: Schema | None, old: Schema | None) -> Iterator[str]:
    if old is None:
        return
    gives = {} if new is None else _by_name(new)
    for name, spec in _by_name(old).items():
        there = gives.get(name)
        if there is None:
            yield f"output {_name(spec)} is gone"
        elif _type(there) != _type(spec):
            yield f"output {_name(spec)} is {_type(there)}, and was {_type(spec)}"


def _takes(new: ColSpec | TensorSpec, old: ColSpec | TensorSpec) -> bool:
    if isinstance(new, ColSpec) and isinstance(old, ColSpec):
        if new.required and not old.required:
            return False
        same = new.type == old.type
        return same or (isinstance(old.type, DataType) and new.type in _WIDER.get(old.type, set()))
    if isinstance(new, TensorSpec) and isinstance(old, TensorSpec):
        sizes = zip(new.shape, old.shape, strict=False)
        fits = len(new.shape) == len(old.shape) and all(mine in {-1, theirs} for mine, theirs in sizes)
        return fits and new.type == old.type
    return False


def _by_name(schema: Schema) -> dict[Any, Any]:
    return dict(zip(schema.input_names(), schema, strict=True))


def _name(spec: ColSpec | TensorSpec) -> str:
    return "without a name" if spec.name is None else repr(spec.name)


def _type(spec: ColSpec | TensorSpec) -> str:
    if isinstance(spec, TensorSpec):
        return f"{spec.type} of shape {spec.shape}"
    return str(spec.type) if spec.required else f"{spec.type} (optional)"
