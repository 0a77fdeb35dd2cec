"""An example of a model's input as JSON: for people, for the scoring server, and for checks.

Two forms are kept side by side, as in MLflow: the example itself, and the body of a scoring request.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_tracker.errors import InvalidParameterError

FILE = "input_example.json"
SERVING_FILE = "serving_input_example.json"


@dataclass(frozen=True)
class Example:
    """An input example, taken apart.

    Attributes
    ----------
    data : object
        What `predict` takes.
    params : dict or None
        Params of `predict` that came with it.
    """

    data: Any
    params: dict[str, Any] | None = None

    @classmethod
    def of(cls, example: Any) -> Example:
        """Take `(data, params)` apart; anything else is data."""
        if isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], Mapping):
            return cls(example[0], dict(example[1]))
        return cls(example)

    def info(self) -> dict[str, Any]:
        """Return what the MLmodel file says of it."""
        kind, orient = _kind(self.data)
        found = {"artifact_path": FILE, "serving_input_path": SERVING_FILE, "type": kind}
        if orient is not None:
            found["pandas_orient"] = orient
        if self.params is not None:
            found["params"] = "true"
        return found

    def text(self) -> str:
        """Return the example as JSON text."""
        content = plain(self.data)
        return _json({"inputs": content, "params": plain(self.params)} if self.params is not None else content)

    def serving_text(self) -> str:
        """Return the body of a scoring request with this example, as JSON text."""
        kind, _ = _kind(self.data)
        body = {"dataframe_split" if kind == "dataframe" else "inputs": plain(self.data)}
        return _json({**body, "params": plain(self.params)} if self.params is not None else body)


def read(text: str, info: Mapping[str, Any]) -> tuple[Any, dict[str, Any] | None]:
    """Return what a file holds, as dictionaries and lists, and the params; see `Example.info`."""
    content = json.loads(text)
    if info.get("params") and isinstance(content, dict) and "inputs" in content:
        return content["inputs"], content.get("params")
    return content, None


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: tables as ``split``, arrays as lists, dates and bytes as text."""
    if hasattr(value, "columns") and hasattr(value, "dtypes"):
        return _table(value)
    array = _as_list(value)
    if array is not None:
        return plain(array)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return _scalar(value)


def _as_list(value: Any) -> Any:
    """Return an array, tensor, sparse matrix or column as a list, or a number for one without dimensions; else None."""
    if hasattr(value, "toarray"):
        value = value.toarray()
    if hasattr(value, "detach"):  # a tensor of torch, perhaps on another device
        value = value.detach().cpu()
    if hasattr(value, "dtype") and hasattr(value, "numpy"):
        value = value.numpy()
    for name in ("to_list", "tolist"):
        if hasattr(value, "dtype") and hasattr(value, name):
            return getattr(value, name)()
    return None


def _scalar(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, dt.date | dt.datetime):
        return None if value != value else value.isoformat()  # noqa: PLR0124 - NaT
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    raise InvalidParameterError(f"A value of type {type(value).__name__} cannot be part of an input example.")


def _table(table: Any) -> dict[str, Any]:
    names = list(table.columns)
    is_unique = len(set(names)) == len(names)  # by a name that is there twice, both columns would come
    columns = (table[name] if is_unique else table.iloc[:, position] for position, name in enumerate(names))
    cells = [plain(column.to_list()) for column in columns]
    rows = [list(row) for row in zip(*cells, strict=True)]
    if all(isinstance(name, int) for name in names):
        return {"data": rows}
    return {"columns": [str(name) for name in names], "data": rows}


def _kind(data: Any) -> tuple[str, str | None]:
    if hasattr(data, "columns") and hasattr(data, "dtypes"):
        return "dataframe", "values" if all(isinstance(name, int) for name in data.columns) else "split"
    values = list(data.values()) if isinstance(data, Mapping) else [data]
    if values and all(hasattr(value, "dtype") and hasattr(value, "shape") for value in values):
        return "ndarray", None
    return "json_object", None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=True)
