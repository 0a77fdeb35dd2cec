"""What goes into a Keras model: some rows of what it was fitted on, or at least their types.

A loader or a generator is never asked for rows: that would move it, or a random number's state, and change training.
"""

from __future__ import annotations

from typing import Any, Final

from jupyter_tracker.mlmodel.types import Schema, TensorSpec

_ROWS: Final = 5


def first_rows(data: Any) -> Any:
    """Return the first rows as pandas, NumPy or a dict of arrays; None for what has no rows to be asked for."""
    if isinstance(data, dict):
        rows = {key: first_rows(value) for key, value in data.items()}
        return rows if rows and all(each is not None for each in rows.values()) else None
    if hasattr(data, "iloc"):
        return data.head(_ROWS)
    if not hasattr(data, "shape") or not hasattr(data, "__getitem__") or not len(data.shape):
        return None
    import numpy as np

    rows = data[:_ROWS]
    if isinstance(rows, np.ndarray):
        return rows
    import keras

    return np.asarray(keras.ops.convert_to_numpy(rows)) if keras.ops.is_tensor(rows) else None


def input_schema(model: Any) -> Schema | None:
    """Return what a model says that it takes; None for one that does not say."""
    inputs = getattr(model, "inputs", None) or ()
    specs = []
    for each in inputs:
        name = str(each.name) if len(inputs) > 1 else None
        # A model that was built by its first batch has that one's size, and takes any.
        shape = (-1, *(-1 if size is None else int(size) for size in each.shape[1:]))
        specs.append(TensorSpec(str(each.dtype), shape, name))
    return Schema(specs) if specs else None
