"""What was given to `predict` is brought into the form that the model's signature names, or refused with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.mlmodel import inference
from jupyter_tracker.mlmodel.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_SHOWN = 20
_NUMPY = {
    DataType.boolean: "bool",
    DataType.integer: "int32",
    DataType.long: "int64",
    DataType.float: "float32",
    DataType.double: "float64",
}
# What may become what without losing anything: whole numbers become wider ones and floats, floats wider floats.
_SAFE = {
    DataType.integer: {DataType.integer},
    DataType.long: {DataType.integer, DataType.long},
    DataType.float: {DataType.integer, DataType.float},
    DataType.double: {DataType.integer, DataType.long, DataType.float, DataType.double},
    DataType.boolean: {DataType.boolean},
}


def enforced(data: Any, schema: Schema) -> Any:
    """Return data as a schema wants it: a DataFrame for columns with names, an array for tensors.

    Columns that the schema does not name are dropped, whole numbers are widened and become floats.

    Raises
    ------
    InvalidParameterError
        A column is missing, or its values cannot be converted without loss; the message names it.
    """
    if schema.is_tensor_spec():
        return _tensors(data, schema)
    if not schema.has_input_names():
        return _unnamed(data, schema)
    return _columns(_frame(data, schema), schema)


def enforced_params(params: Mapping[str, Any] | None, schema: ParamSchema | None) -> dict[str, Any] | None:
    """Return params with their defaults filled in; InvalidParameterError for one that the model does not take."""
    if schema is None:
        return None if params is None else dict(params)
    given = dict(params or {})
    known = {spec.name: spec for spec in schema}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidParameterError(
            f"The model takes no param {unknown[0]!r}; its params are: {', '.join(known) or 'none'}."
        )
    return {name: _param(given[name], spec) if name in given else spec.default for name, spec in known.items()}


def _param(value: Any, spec: ParamSpec) -> Any:
    plain = value.tolist() if hasattr(value, "tolist") else value
    if plain is None or not isinstance(spec.dtype, DataType):
        return plain
    if (spec.shape is not None) != isinstance(plain, list | tuple):
        wanted = "a list" if spec.shape is not None else "one value"
        raise InvalidParameterError(f"The param {spec.name!r} must be {wanted} of type {spec.dtype}, not {plain!r}.")
    for each in plain if isinstance(plain, list | tuple) else [plain]:
        kind = inference.type_of(each)
        if kind != spec.dtype and kind not in _SAFE.get(spec.dtype, set()) and not _is_number_for(each, spec.dtype):
            raise InvalidParameterError(f"The param {spec.name!r} must be of type {spec.dtype}, not {each!r}.")
    if spec.dtype in {DataType.float, DataType.double}:
        return [float(each) for each in plain] if isinstance(plain, list | tuple) else float(plain)
    return plain


def _is_number_for(value: Any, kind: DataType) -> bool:
    if isinstance(value, bool):
        return False
    if kind in {DataType.integer, DataType.long}:
        return isinstance(value, int)
    return kind in {DataType.float, DataType.double} and isinstance(value, int | float)


def _frame(data: Any, schema: Schema) -> pd.DataFrame:
    import pandas as pd

    names = schema.input_names()
    if isinstance(data, pd.DataFrame):
        return data
    if hasattr(data, "to_pandas"):  # polars
        return data.to_pandas()
    if isinstance(data, pd.Series):
        # One row with names, or one column.
        return data.to_frame().T.infer_objects() if set(names) & set(data.index) else data.to_frame(names[0])
    if isinstance(data, Mapping):
        lists = any(isinstance(value, list | tuple) or hasattr(value, "__array__") for value in data.values())
        nested = any(not isinstance(spec.type, DataType) for spec in schema)
        return _made_table([dict(data)] if nested or not lists else dict(data))
    if hasattr(data, "toarray"):
        data = data.toarray()
    frame = _made_table(data)
    if isinstance(data, list) and data and isinstance(data[0], Mapping):
        return frame
    if len(frame.columns) != len(names):
        raise InvalidParameterError(
            f"The model needs {len(names)} columns ({_listed(names)}), and the input has {len(frame.columns)}."
        )
    return frame.set_axis(names, axis=1)


def _made_table(data: Any) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.DataFrame(data)
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidParameterError(
            f"The model takes a table (a DataFrame, an array, a list of rows, a dictionary of columns), not a "
            f"{type(data).__name__} such as {str(data)[:50]!r}: {error}"
        ) from error


def _columns(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    import pandas as pd

    there = _labels(frame, schema)
    missing = [name for name in schema.required_input_names() if name not in there]
    if missing:
        many = "s" if len(missing) > 1 else ""
        raise InvalidParameterError(
            f"The model's input misses the column{many} {_listed(missing)}. The model needs: "
            f"{_listed(schema.input_names())}. What came: {_listed(list(frame.columns)) or 'no columns'}."
        )
    twice = [name for name in schema.input_names() if list(frame.columns).count(there.get(name)) > 1]
    if twice:
        raise InvalidParameterError(f"The model's input has the column {twice[0]!r} more than once.")
    kept: dict[Any, Any] = {}
    for spec in schema:
        if spec.name in there:
            label = there[spec.name]
            # Text and whole numbers stand in a schema as the model knows them; anything else it has as text.
            kept[spec.name if isinstance(label, int | str) else label] = _cast(frame[label], spec)
    return pd.DataFrame(kept, index=frame.index)


def _labels(frame: pd.DataFrame, schema: Schema) -> dict[Any, Any]:
    """Return, by the schema's names, how the columns that are there are called in a table.

    A schema has text and whole numbers only: dates, tuples and other numbers are in it as text, and JSON has text for
    all of them.
    """
    labels = set(frame.columns)
    by_text = {str(label): label for label in frame.columns}
    names = [name for name in schema.input_names() if name in labels or str(name) in by_text]
    return {name: name if name in labels else by_text[str(name)] for name in names}


def _cast(column: Any, spec: ColSpec) -> Any:
    if spec.type is DataType.datetime:
        return _as_datetime(column, spec)
    wanted = _NUMPY.get(spec.type) if isinstance(spec.type, DataType) else None
    if wanted is None or str(column.dtype) == wanted:
        return column
    return _as_number(column, spec, wanted)


def _as_number(column: Any, spec: ColSpec, wanted: str) -> Any:
    if column.dtype.kind == "O" and bool(column.isna().all()):
        # A single row from JSON whose value is null: in a column with other numbers it would be NaN.
        if wanted.startswith("float"):
            return column.astype(wanted)
        raise InvalidParameterError(f"The column {spec.name!r} must be of type {spec.type}, and holds no value.")
    came = inference.schema_of(column).inputs[0].type
    try:
        if isinstance(spec.type, DataType) and came in _SAFE[spec.type]:
            keeps_gaps = wanted.startswith("float") or not bool(column.isna().any())
            return column.astype(wanted) if keeps_gaps else column
        converted = _narrowed(column, came, wanted)
    except OverflowError:  # a whole number of more than 64 bits
        converted = None
    if converted is None:
        raise InvalidParameterError(
            f"The column {spec.name!r} must be of type {spec.type}, and came as {column.dtype} ({came}), which cannot "
            "be converted without loss."
        )
    return converted


def _narrowed(column: Any, came: Any, wanted: str) -> Any:
    """Return numbers in a narrower type where every one of them fits, as those from JSON do; else None."""
    import numpy as np

    if came not in {DataType.integer, DataType.long, DataType.float, DataType.double} or wanted == "bool":
        return None
    if wanted.startswith("float"):
        # float64 → float32 rounds; numbers from JSON have no other type, and so does every model that takes float32.
        return column.astype(wanted)
    values = column.to_numpy()
    if not np.isfinite(values.astype("float64")).all():
        return None
    narrowed = values.astype(wanted)
    return column.astype(wanted) if (narrowed == values).all() else None


def _as_datetime(column: Any, spec: ColSpec) -> Any:
    import pandas as pd

    if str(column.dtype).startswith("datetime"):
        return column
    if column.dtype.kind in "biufc":  # since when, and in which unit, nobody has said
        raise InvalidParameterError(
            f"The column {spec.name!r} must hold dates and times, as text for example ('2026-01-31T12:00'), and came "
            f"as {column.dtype}."
        )
    try:
        return pd.to_datetime(column)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"The column {spec.name!r} must hold dates and times: {error}.") from error


def _unnamed(data: Any, schema: Schema) -> Any:
    """Columns without names: a list, a value or an array is taken as it is; a table must have as many columns."""
    columns = getattr(data, "columns", None)
    if columns is not None and len(columns) < len(schema):
        raise InvalidParameterError(f"The model needs {len(schema)} columns, and the input has {len(columns)}.")
    return data


def _tensors(data: Any, schema: Schema) -> Any:
    specs: tuple[TensorSpec, ...] = tuple(schema)
    if not schema.has_input_names():
        return _tensor(data, specs[0])
    there = list(data.columns) if hasattr(data, "columns") else list(data) if isinstance(data, Mapping) else None
    if there is None:
        if len(specs) == 1:
            return {specs[0].name: _tensor(data, specs[0])}
        raise InvalidParameterError(
            f"The model takes a dictionary of arrays ({_listed(schema.input_names())}), not {type(data).__name__}."
        )
    missing = [spec.name for spec in specs if spec.name not in there]
    if missing:
        raise InvalidParameterError(
            f"The model's input misses {_listed(missing)}. The model needs: {_listed(schema.input_names())}. "
            f"What came: {_listed(there) or 'nothing'}."
        )
    return {spec.name: _tensor(data[spec.name], spec) for spec in specs}


def _tensor(data: Any, spec: TensorSpec) -> np.ndarray[Any, Any]:
    import numpy as np

    if hasattr(data, "toarray"):
        data = data.toarray()
    if hasattr(data, "detach"):
        data = data.detach().cpu()
    array = np.asarray(data.to_numpy() if hasattr(data, "to_numpy") else data)
    wanted = spec.dtype
    name = "" if spec.name is None else f" {spec.name!r}"
    if len(array.shape) != len(spec.shape) or any(
        size not in {-1, there} for size, there in zip(spec.shape, array.shape, strict=True)
    ):
        raise InvalidParameterError(f"The input{name} must have the shape {spec.shape}, not {array.shape}.")
    if array.dtype == wanted or wanted.kind in "US":
        return array
    lossless = np.can_cast(array.dtype, wanted, "same_kind") or (array.dtype.kind in "iu" and wanted.kind == "f")
    if not lossless or array.dtype.kind == "O":
        raise InvalidParameterError(f"The input{name} must be of dtype {wanted}, not {array.dtype}.")
    return array.astype(wanted)


def _listed(names: list[Any]) -> str:
    shown = ", ".join(map(repr, names[:_SHOWN]))
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
