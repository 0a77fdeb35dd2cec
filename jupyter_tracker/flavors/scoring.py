"""MLflow's scoring protocol: what a request holds, and how it is answered. No server here."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from jupyter_tracker.errors import InvalidParameterError, TrackerError
from jupyter_tracker.mlmodel import input_example
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import DataType, Schema

if TYPE_CHECKING:
    import numpy as np

_EXAMPLE: Final = 'For example: {"dataframe_records": [{"column": 1.5, …}, …]}.'
FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")


def kind_of(text: str) -> str:
    """Return what a text is by how it begins: ``json``, ``jsonl`` (two objects, one a line) or ``csv``."""
    first, _, rest = text.strip().partition("\n")
    if not first.startswith(("{", "[")):
        return "csv"
    return "jsonl" if first.rstrip().endswith("}") and rest.lstrip().startswith("{") else "json"


def read_input(
    text: str, content_type: str, signature: ModelSignature | None, what: str = "The request"
) -> tuple[Any, dict[str, Any] | None]:
    """Return the data and the params in the body of a request.

    Parameters
    ----------
    text : str
        The body.
    content_type : str
        ``json``, ``jsonl`` (a row a line) or ``csv``, also as a media type.
    signature : ModelSignature or None
        The model's: it tells dates from text.
    what : str
        What messages call the text.

    Raises
    ------
    InvalidParameterError
        The body cannot be understood; the message says why, and what is expected.
    """
    schema = None if signature is None else signature.inputs
    if "csv" in content_type:
        return _csv(text, what), None
    if "jsonl" in content_type or "ndjson" in content_type:
        return _data("dataframe_records", _lines(text, what), schema), None
    if "json" not in content_type:
        raise InvalidParameterError(
            f"The content type {content_type!r} is not understood: use application/json, application/jsonl or text/csv."
        )
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidParameterError(f"{what} is no JSON: {error}.") from error
    if isinstance(body, list) and body and all(isinstance(row, Mapping) for row in body):
        body = {"dataframe_records": body}
    if not isinstance(body, dict):
        raise InvalidParameterError(f"{what} must be a JSON object with one of {', '.join(FORMS)}. {_EXAMPLE}")
    forms = [form for form in FORMS if form in body]
    if len(forms) != 1:
        came = ", ".join(map(repr, body)) or "nothing"
        raise InvalidParameterError(f"{what} must have exactly one of {', '.join(FORMS)}; it has {came}. {_EXAMPLE}")
    params = body.get("params")
    if params is not None and not isinstance(params, dict):
        raise InvalidParameterError(f"{what} has params that are no object.")
    return _understood(forms[0], body[forms[0]], schema), params


def predictions(model: Any, data: Any, params: Mapping[str, Any] | None) -> Any:
    """Return what a `PyFuncModel` predicts; InvalidParameterError where it fails on this input."""
    try:
        return model.predict(data, params)
    except TrackerError:
        raise
    except Exception as error:
        raise InvalidParameterError(
            f"The model failed on this input: {type(error).__name__}: {error}", "BAD_REQUEST"
        ) from error


def answer(found: Any) -> str:
    """Return the body of an answer: ``{"predictions": …}``, tables as records."""
    return json.dumps({"predictions": as_json(found)}, ensure_ascii=False)


def as_json(value: Any) -> Any:
    """Return predictions as JSON can hold them; a table as a list of records, NaN as null."""
    if hasattr(value, "columns") and hasattr(value, "dtypes"):
        split = input_example.plain(value)
        names = split.get("columns") or [str(name) for name in value.columns]
        return [dict(zip(names, row, strict=True)) for row in split["data"]]
    return input_example.plain(value)


def _understood(form: str, content: Any, schema: Schema | None) -> Any:
    """Return the data of one form; whatever pandas and NumPy raise about it is said to be the request's fault."""
    try:
        return _data(form, content, schema)
    except TrackerError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = "array" if schema is not None and schema.is_tensor_spec() else "table"
        raise InvalidParameterError(f"{form} makes no {what}: {str(error).rstrip('.')}.") from error


def _data(form: str, content: Any, schema: Schema | None) -> Any:
    import pandas as pd

    if form == "dataframe_split":
        parts = ("columns", "index", "data")
        if not (isinstance(content, Mapping) and "data" in content) or not all(
            isinstance(content.get(part, []), list) for part in parts
        ):
            raise InvalidParameterError('dataframe_split must be {"columns": […], "data": [[…], …]}.')
        return pd.DataFrame(content["data"], columns=content.get("columns"), index=content.get("index"))
    if form == "dataframe_records":
        if not isinstance(content, list) or not all(isinstance(row, Mapping) for row in content):
            raise InvalidParameterError('dataframe_records must be a list of objects: [{"column": value, …}, …].')
        return pd.DataFrame(content)
    of_rows = form == "instances" and isinstance(content, list) and any(isinstance(row, Mapping) for row in content)
    if of_rows and not all(isinstance(row, Mapping) for row in content):
        raise InvalidParameterError("instances must hold objects alone, or none: some of its rows have names.")
    if schema is not None and schema.is_tensor_spec():
        return _tensors(_by_name(content) if of_rows else content, schema)
    if of_rows:
        return pd.DataFrame(content)
    if schema is not None and schema.has_input_names() and _is_flat_table(content, schema):
        return pd.DataFrame(content)
    return content


def _is_flat_table(content: Any, schema: Schema) -> bool:
    """Tell whether a dictionary holds columns, and not one row whose cells are lists."""
    return (
        isinstance(content, Mapping)
        and all(isinstance(value, list) for value in content.values())
        and all(isinstance(spec.type, DataType) for spec in schema)
    )


def _by_name(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return rows with names as one list for each name."""
    names = list(rows[0])
    for number, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            raise InvalidParameterError(
                f"instances must have the same names in each row: the first has {', '.join(map(repr, names))}, and row "
                f"{number} has {', '.join(map(repr, row)) or 'none'}."
            )
    return {name: [row[name] for row in rows] for name in names}


def _tensors(content: Any, schema: Schema) -> Any:
    specs = {spec.name: spec.dtype for spec in schema}
    if isinstance(content, Mapping):
        return {name: _array(value, specs.get(name)) for name, value in content.items()}
    return _array(content, next(iter(specs.values())))


def _array(content: Any, dtype: np.dtype[Any] | None) -> Any:
    """Return an array; OverflowError where a whole number does not fit: NumPy 1 would make another one of it."""
    import numpy as np

    if dtype is not None and dtype.kind in "iu":
        found, bounds = np.asarray(content), np.iinfo(dtype)
        if found.size and found.dtype.kind in "iu":
            for number in (int(found.min()), int(found.max())):
                if not bounds.min <= number <= bounds.max:
                    raise OverflowError(f"{number} out of bounds for {dtype}")
    return np.asarray(content, dtype=dtype)


def _lines(text: str, what: str) -> list[Any]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise InvalidParameterError(f"Line {number} of {what} is no JSON: {error}.") from error
            if not isinstance(rows[-1], Mapping):
                raise InvalidParameterError(f'Line {number} of {what} is no row: write {{"column": value, …}}.')
    return rows


def _csv(text: str, what: str) -> Any:
    import pandas as pd

    try:
        return pd.read_csv(io.StringIO(text))
    except ValueError as error:
        raise InvalidParameterError(f"{what} is no CSV: {error}.") from error
