"""What a data set is known by: a bounded sample of its cells, and the types of its columns."""

from __future__ import annotations

from typing import Any

from jupyter_tracker.errors import InvalidParameterError

_SAMPLE_ROWS = 2000
_SAMPLE_COLUMNS = 500
_SAMPLE_CELLS = 200_000

_TYPES = {
    "bool": "boolean",
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "uint8": "integer",
    "uint16": "integer",
    "int64": "long",
    "uint32": "long",
    "uint64": "long",
    "float16": "float",
    "float32": "float",
    "float64": "double",
    "binary": "binary",
}


def sample(rows: int, columns: int) -> tuple[list[int], list[int]]:
    """Return the positions of rows and columns to hash: evenly spread, the last of each included."""
    chosen = _spread(columns, _SAMPLE_COLUMNS)
    return _spread(rows, min(_SAMPLE_ROWS, _SAMPLE_CELLS // max(1, len(chosen)))), chosen


def _spread(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return sorted({round(position * (count - 1) / (most - 1)) for position in range(most)})


def bytes_of(column: Any) -> bytes:
    """Return the cells of a column as bytes: numbers as they lie in memory, other objects as their `repr`."""
    kind = getattr(getattr(column, "dtype", None), "kind", "O")
    if kind in "biufcmM":
        return bytes(column.tobytes())
    return "\x1f".join(map(repr, column)).encode("utf-8", "surrogatepass")


def hash_array(hasher: Any, name: str, array: Any) -> None:
    """Add an array's kind, shape and a bounded sample of its cells to a hash."""
    hasher.update(f"{name} {array.dtype} {array.shape}".encode())
    flat = array.reshape(-1)
    step = max(1, flat.size // _SAMPLE_CELLS)
    hasher.update(bytes_of(flat[::step]))


def tensor_spec(name: str | None, array: Any) -> dict[str, Any]:
    """Return an array's type and shape in MLflow's form, the first dimension open; only arrays have one."""
    if not hasattr(array, "shape") or not hasattr(array, "dtype"):
        raise InvalidParameterError(f"from_numpy takes arrays; this is a {type(array).__name__}.")
    spec = {"type": "tensor", "tensor-spec": {"dtype": str(array.dtype), "shape": [-1, *array.shape[1:]]}}
    return spec if name is None else {**spec, "name": name}


def column_type(dtype: str) -> str:
    """Return MLflow's name for a column type of pandas or polars."""
    lower = dtype.lower()
    if lower in _TYPES:
        return _TYPES[lower]
    if lower == "boolean":
        return "boolean"
    return "datetime" if lower.startswith(("date", "timestamp")) else "string"
