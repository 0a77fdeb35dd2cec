"""Types of columns, tensors and params in a signature, and their JSON form."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_tracker.errors import InvalidParameterError

if TYPE_CHECKING:
    import numpy as np


class DataType(enum.Enum):
    """The type of a column's cells, by MLflow's names."""

    boolean = "boolean"
    integer = "integer"  # 32 bits
    long = "long"  # 64 bits
    float = "float"
    double = "double"
    string = "string"
    binary = "binary"
    datetime = "datetime"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class AnyType:
    """A cell of whatever type: a column that had only empty cells."""

    def __str__(self) -> str:
        return "Any"


@dataclass(frozen=True)
class Array:
    """A list of any length in a cell."""

    dtype: ColumnType

    def __str__(self) -> str:
        return f"Array({self.dtype})"


@dataclass(frozen=True)
class Property:
    """One entry of an `Object`."""

    name: str
    dtype: ColumnType
    required: bool = True


@dataclass(frozen=True)
class Object:
    """A dictionary with known keys in a cell."""

    properties: tuple[Property, ...]

    def __str__(self) -> str:
        inner = ", ".join(f"{each.name}: {each.dtype}" for each in self.properties)
        return f"{{{inner}}}"


@dataclass(frozen=True)
class Map:
    """A dictionary with any keys, and values of one type, in a cell."""

    value_type: ColumnType

    def __str__(self) -> str:
        return f"Map({self.value_type})"


ColumnType = DataType | AnyType | Array | Object | Map


@dataclass(frozen=True)
class ColSpec:
    """One column: its type, its name (None where there is only one), and whether it must be there."""

    type: ColumnType | str
    name: str | int | None = None
    required: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.type, str):
            object.__setattr__(self, "type", _scalar(self.type))

    def to_dict(self) -> dict[str, Any]:
        """Return MLflow's JSON form."""
        named = {} if self.name is None else {"name": self.name}
        return {**type_to_dict(self.type), **named, "required": self.required}

    def __str__(self) -> str:
        name = "-" if self.name is None else self.name
        return f"{name}: {self.type} ({'required' if self.required else 'optional'})"


@dataclass(frozen=True)
class TensorSpec:
    """An array: its dtype and shape, -1 for an open dimension, and its name where there are several."""

    type: Any  # numpy.dtype, or its name
    shape: tuple[int, ...]
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(int(size) for size in self.shape))
        object.__setattr__(self, "type", str(self.type) if not hasattr(self.type, "name") else self.type.name)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype."""
        import numpy as np

        if self.type.startswith("bytes"):  # NumPy calls them bytes40, and does not know that name
            return np.dtype("bytes")
        return np.dtype("str" if self.type.startswith(("str", "<U")) else self.type)

    def to_dict(self) -> dict[str, Any]:
        """Return MLflow's JSON form."""
        spec = {"type": "tensor", "tensor-spec": {"dtype": self.type, "shape": list(self.shape)}}
        return spec if self.name is None else {**spec, "name": self.name}

    def __str__(self) -> str:
        return f"{self.name or '-'}: Tensor({self.type}, {self.shape})"


@dataclass(frozen=True)
class Schema:
    """The columns, or the tensors, of a model's input or output."""

    inputs: tuple[ColSpec, ...] | tuple[TensorSpec, ...] | Sequence[Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", tuple(self.inputs))
        if len({isinstance(spec, TensorSpec) for spec in self.inputs}) > 1:
            raise InvalidParameterError("A schema holds columns or tensors, not both.")

    def __len__(self) -> int:
        return len(self.inputs)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.inputs)

    def is_tensor_spec(self) -> bool:
        """Tell whether it describes arrays, not columns."""
        return bool(self.inputs) and isinstance(self.inputs[0], TensorSpec)

    def has_input_names(self) -> bool:
        """Tell whether the columns or tensors have names."""
        return bool(self.inputs) and self.inputs[0].name is not None

    def input_names(self) -> list[Any]:
        """Return the names; positions where there are none."""
        return [position if spec.name is None else spec.name for position, spec in enumerate(self.inputs)]

    def required_input_names(self) -> list[Any]:
        """Return the names of what must be there."""
        return [spec.name for spec in self.inputs if getattr(spec, "required", True)]

    def to_dict(self) -> list[dict[str, Any]]:
        """Return MLflow's JSON form."""
        return [spec.to_dict() for spec in self.inputs]

    def to_json(self) -> str:
        """Return MLflow's JSON text."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Schema:
        """Read MLflow's JSON text; InvalidParameterError where it is none."""
        return cls(tuple(_spec(entry) for entry in _entries(text, "schema")))

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.inputs))}]"


@dataclass(frozen=True)
class ParamSpec:
    """A param of `predict`: its name, type, default, and shape (None for one value, (-1,) for a list)."""

    name: str
    dtype: DataType | Object | str
    default: Any = None
    shape: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.dtype, str):
            object.__setattr__(self, "dtype", _scalar(self.dtype))

    def to_dict(self) -> dict[str, Any]:
        """Return MLflow's JSON form."""
        shape = None if self.shape is None else list(self.shape)
        return {"name": self.name, "default": self.default, "shape": shape, **type_to_dict(self.dtype)}


@dataclass(frozen=True)
class ParamSchema:
    """The params that `predict` takes beside its input."""

    params: Sequence[ParamSpec] = field(default_factory=tuple)

    def __iter__(self) -> Iterator[ParamSpec]:
        return iter(self.params)

    def __len__(self) -> int:
        return len(self.params)

    def to_dict(self) -> list[dict[str, Any]]:
        """Return MLflow's JSON form."""
        return [param.to_dict() for param in self.params]

    def to_json(self) -> str:
        """Return MLflow's JSON text."""
        return json.dumps(self.to_dict(), default=str)

    @classmethod
    def from_json(cls, text: str) -> ParamSchema:
        """Read MLflow's JSON text; InvalidParameterError where it is none."""
        return cls(tuple(_param(entry) for entry in _entries(text, "params")))


def type_to_dict(kind: Any) -> dict[str, Any]:
    """Return the JSON form of a type."""
    if isinstance(kind, Array):
        return {"type": "array", "items": type_to_dict(kind.dtype)}
    if isinstance(kind, Object):
        inner = {each.name: {**type_to_dict(each.dtype), "required": each.required} for each in kind.properties}
        return {"type": "object", "properties": inner}
    if isinstance(kind, Map):
        return {"type": "map", "values": type_to_dict(kind.value_type)}
    return {"type": "any" if isinstance(kind, AnyType) else str(kind)}


def type_from_dict(entry: Mapping[str, Any]) -> ColumnType:
    """Return a type from its JSON form; InvalidParameterError where it is none."""
    kind = entry.get("type")
    if kind == "array":
        return Array(type_from_dict(entry["items"]))
    if kind == "map":
        return Map(type_from_dict(entry["values"]))
    if kind == "object":
        return Object(
            tuple(
                Property(str(name), type_from_dict(inner), bool(inner.get("required", True)))
                for name, inner in entry["properties"].items()
            )
        )
    return AnyType() if kind == "any" else _scalar(kind)


def _scalar(name: Any) -> DataType:
    try:
        return DataType(name)
    except ValueError:
        known = ", ".join(kind.value for kind in DataType)
        raise InvalidParameterError(f"{name!r} is no type of a column; known are {known}.") from None


def _spec(entry: Mapping[str, Any]) -> ColSpec | TensorSpec:
    if entry.get("type") == "tensor":
        spec = entry["tensor-spec"]
        return TensorSpec(spec["dtype"], tuple(spec["shape"]), entry.get("name"))
    # Sparse matrices are written as sparse_matrix_csr and _csc by MLflow's older versions.
    if str(entry.get("type")).startswith("sparse_matrix"):
        return TensorSpec(entry.get("dtype", "float64"), tuple(entry.get("shape", (-1, -1))), entry.get("name"))
    return ColSpec(type_from_dict(entry), entry.get("name"), bool(entry.get("required", True)))


def _param(entry: Mapping[str, Any]) -> ParamSpec:
    kind = type_from_dict({"type": "string", **{key: entry[key] for key in ("type", "properties") if key in entry}})
    shape = entry.get("shape")
    if not isinstance(kind, DataType | Object):
        raise InvalidParameterError(f"A param of a signature cannot be of type {kind}.")
    return ParamSpec(entry["name"], kind, entry.get("default"), None if shape is None else tuple(shape))


def _entries(text: str, what: str) -> list[dict[str, Any]]:
    try:
        entries = json.loads(text)
        if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
            return entries
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"The {what} of a signature is no JSON: {error}.") from error
    raise InvalidParameterError(f"The {what} of a signature must be a list of objects, not {text[:80]!r}.")
