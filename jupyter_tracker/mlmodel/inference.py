"""The signature of data that is at hand: tables of pandas and polars, arrays, tensors, dictionaries, lists.

None of those libraries is imported: the objects bring their own methods.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import (
    AnyType,
    Array,
    ColSpec,
    ColumnType,
    DataType,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    TensorSpec,
)

# As many cells of a column without a type of its own are looked at.
_LOOKED_AT = 1000
_BY_DTYPE = {
    **dict.fromkeys(("bool", "boolean"), DataType.boolean),
    **dict.fromkeys(("int8", "int16", "int32", "uint8", "uint16"), DataType.integer),
    **dict.fromkeys(("int64", "uint32", "uint64"), DataType.long),
    **dict.fromkeys(("float16", "float32"), DataType.float),
    "float64": DataType.double,
    **dict.fromkeys(("str", "string", "utf8", "categorical", "enum"), DataType.string),
    **dict.fromkeys(("binary", "bytes"), DataType.binary),
    "date": DataType.datetime,
}


def infer_signature(model_input: Any = None, model_output: Any = None, params: Any = None) -> ModelSignature:
    """Return the signature of a model that takes and gives such data.

    Parameters
    ----------
    model_input, model_output : optional
        A DataFrame or Series of pandas or polars, a NumPy array, a tensor, a sparse matrix, a dictionary of arrays
        or values, a list of values or dictionaries, or one value.
    params : mapping, optional
        Params of `predict` with their defaults.

    Raises
    ------
    InvalidParameterError
        Data of this kind has no signature.

    Examples
    --------
    >>> import pandas as pd
    >>> import jupyter_tracker as tracker
    >>> tracker.models.infer_signature(pd.DataFrame({"age": [31, 45]})).inputs.to_json()
    '[{"type": "long", "name": "age", "required": true}]'
    """
    return ModelSignature(
        None if model_input is None else schema_of(model_input),
        None if model_output is None else schema_of(model_output),
        params_of(params) if params else None,
    )


def schema_of(data: Any) -> Schema:
    """Return the schema of data; InvalidParameterError where data of this kind has none."""
    if _is_table(data):
        return Schema(_table_columns(data))
    if _is_series(data):
        return Schema([_column(data, getattr(data, "name", None) or None)])
    if _is_array(data):
        return Schema([_tensor(data)])
    if isinstance(data, Mapping):
        if data and all(_is_array(value) for value in data.values()):
            return Schema([_tensor(value, str(name)) for name, value in data.items()])
        return Schema([ColSpec(type_of(value), str(name)) for name, value in data.items()])
    return _plain_schema(data)


def _table_columns(table: Any) -> list[ColSpec]:
    names = list(table.columns)
    if len(set(names)) < len(names):  # by name, each of them would be a table
        return [_column(table.iloc[:, position], name) for position, name in enumerate(names)]
    return [_column(table[name], name) for name in names]


def _plain_schema(data: Any) -> Schema:
    """Return the schema of a value, or of a list of values or rows."""
    kind = type_of(list(data) if isinstance(data, list | tuple) else data)
    inner = kind.dtype if isinstance(kind, Array) and isinstance(data, list | tuple) else kind
    if isinstance(inner, Object) and isinstance(data, list | tuple):
        return Schema([ColSpec(each.dtype, each.name, each.required) for each in inner.properties])
    return Schema([ColSpec(inner)])


def params_of(params: Any) -> ParamSchema:
    """Return the schema of `predict`'s params from their defaults."""
    if isinstance(params, ParamSchema):
        return params
    if not isinstance(params, Mapping):
        raise InvalidParameterError(f"params must be a dictionary of defaults, not {type(params).__name__}.")
    found = []
    for name, value in params.items():
        plain = value.tolist() if hasattr(value, "tolist") else value
        kind = type_of(plain)
        shape = None
        if isinstance(kind, Array):
            kind, shape = kind.dtype, (-1,)
        if not isinstance(kind, DataType | Object):
            raise InvalidParameterError(f"The param {name!r} of predict cannot be of type {kind}.")
        found.append(ParamSpec(str(name), kind, plain, shape))
    return ParamSchema(tuple(found))


def type_of(value: Any) -> ColumnType:
    """Return the type of a cell's value; `AnyType` for None and empty lists."""
    if value is None:
        return AnyType()
    for kinds, kind in _SCALARS:
        if isinstance(value, kinds):
            return kind
    dtype = getattr(value, "dtype", None)
    if dtype is not None and not getattr(value, "shape", ()):  # a NumPy scalar
        return _of_dtype(str(dtype)) or DataType.string
    if dtype is not None and hasattr(value, "tolist"):
        inner: ColumnType = _of_dtype(str(dtype)) or type_of_all(value.ravel()[:_LOOKED_AT].tolist())[0]
        for _ in range(len(value.shape)):
            inner = Array(inner)
        return inner
    if isinstance(value, Mapping):
        return Object(tuple(Property(str(name), type_of(inner)) for name, inner in value.items()))
    if isinstance(value, list | tuple | set | frozenset):
        return Array(type_of_all(value)[0]) if value else Array(AnyType())
    raise InvalidParameterError(
        f"No signature can be made of {type(value).__name__}: give a table, an array, or dictionaries, lists, "
        "numbers and text."
    )


def type_of_all(values: Iterable[Any]) -> tuple[ColumnType, bool]:
    """Return the one type of many cells, and whether none is empty; text where numbers and text are mixed."""
    kinds: list[ColumnType] = []
    complete = True
    for value in values:
        if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - NaN
            complete = False
        elif (kind := type_of(value)) not in kinds:
            kinds.append(kind)
    if not kinds:
        return AnyType(), False
    return _joined(kinds), complete


_SCALARS: tuple[tuple[Any, DataType], ...] = (
    (bool, DataType.boolean),
    (int, DataType.long),
    ((float, decimal.Decimal), DataType.double),
    (str, DataType.string),
    ((bytes, bytearray), DataType.binary),
    ((dt.date, dt.datetime), DataType.datetime),
)


def _joined(kinds: Sequence[ColumnType]) -> ColumnType:
    if len(kinds) == 1:
        return kinds[0]
    if all(isinstance(kind, Object) for kind in kinds):
        return _joined_objects([kind for kind in kinds if isinstance(kind, Object)])
    if all(isinstance(kind, Array) for kind in kinds):
        inner = [kind.dtype for kind in kinds if isinstance(kind, Array) and not isinstance(kind.dtype, AnyType)]
        return Array(_joined(list(dict.fromkeys(inner)))) if inner else Array(AnyType())
    numbers = [DataType.integer, DataType.long, DataType.float, DataType.double]
    if all(kind in numbers for kind in kinds):
        return max(kinds, key=lambda kind: numbers.index(kind) if isinstance(kind, DataType) else 0)
    if all(isinstance(kind, DataType) for kind in kinds):
        return DataType.string
    raise InvalidParameterError(f"The values of one column are of different types: {', '.join(map(str, kinds))}.")


def _joined_objects(objects: Sequence[Object]) -> Object:
    found: dict[str, list[Property]] = {}
    for each in objects:
        for entry in each.properties:
            found.setdefault(entry.name, []).append(entry)
    joined = []
    for name, entries in found.items():
        kinds = [entry.dtype for entry in entries if not isinstance(entry.dtype, AnyType)]
        always = len(entries) == len(objects) and all(entry.required for entry in entries)
        joined.append(Property(name, _joined(list(dict.fromkeys(kinds))) if kinds else AnyType(), always))
    return Object(tuple(joined))


def _column(column: Any, name: Any) -> ColSpec:
    dtype = str(getattr(column, "dtype", "object"))
    kind = _of_dtype(dtype)
    plain = name if isinstance(name, str | int) or name is None else str(name)
    if dtype == "category":
        kind = type_of_all(list(column.cat.categories)[:_LOOKED_AT])[0] if len(column) else DataType.string  # type: ignore[assignment]
    if kind is None:
        cells = column[:_LOOKED_AT].to_list() if hasattr(column, "to_list") else list(column)[:_LOOKED_AT]
        found, complete = type_of_all([None if _is_missing(cell) else cell for cell in cells])
        return ColSpec(found, plain, complete or isinstance(found, AnyType))
    may_miss = kind in {DataType.string, DataType.datetime, DataType.boolean} or dtype[:1].isupper()
    return ColSpec(kind, plain, not (may_miss and _has_missing(column)))


def _of_dtype(dtype: str) -> DataType | None:
    lower = dtype.lower().partition("(")[0].partition("[")[0]
    if lower.startswith(("datetime", "timestamp")):
        return DataType.datetime
    if lower.startswith(("<u", "str")):
        return DataType.string
    return _BY_DTYPE.get(lower)


def _is_missing(cell: Any) -> bool:
    # NaN, NaT and pandas.NA, without pandas: NA is equal to nothing, and says so instead of True or False.
    if cell is None:
        return True
    if hasattr(cell, "__len__"):
        return False
    try:
        return bool(cell != cell)  # noqa: PLR0124
    except TypeError:
        return True


def _has_missing(column: Any) -> bool:
    for name in ("isna", "is_null"):
        if hasattr(column, name):
            return bool(getattr(column, name)().any())
    return False


def _tensor(array: Any, name: str | None = None) -> TensorSpec:
    # A tensor of torch calls itself torch.float32, one of TensorFlow <dtype: 'float32'>.
    dtype = getattr(array.dtype, "name", None) or str(array.dtype).rpartition(".")[2]
    if dtype == "object" and array.size and all(isinstance(each, str) for each in array.ravel()):
        dtype = "str"  # as classes with names are predicted
    if dtype == "object":
        raise InvalidParameterError("An array of objects has no signature: give it a dtype, or use a DataFrame.")
    if dtype.startswith("str"):
        dtype = "str"
    shape = tuple(int(size) for size in array.shape)
    return TensorSpec(dtype, (-1, *shape[1:]) if shape else (-1,), name)


def _is_table(data: Any) -> bool:
    return hasattr(data, "columns") and hasattr(data, "dtypes")


def _is_series(data: Any) -> bool:
    return hasattr(data, "dtype") and (hasattr(data, "to_frame"))


def _is_array(data: Any) -> bool:
    return hasattr(data, "dtype") and hasattr(data, "shape") and bool(len(data.shape)) and not _is_series(data)
