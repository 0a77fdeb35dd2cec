"""What a call was given: the names of the caller's variables, and the data behind them."""

from __future__ import annotations

import dis
import sys
from collections.abc import Mapping
from inspect import CO_OPTIMIZED
from itertools import pairwise
from types import CodeType, FrameType
from typing import Any

from jupyter_tracker.tracking.datasets import TrackedDataset, from_numpy, from_pandas, from_polars

UNKNOWN = "unknown_dataset"
# References to a frame's dictionary: the frame's, ours, and the argument that asks.
_NOBODY_ELSE = 3


def locals_of(frame: FrameType) -> dict[str, Any]:
    """Return the variables of a frame.

    Before Python 3.13 a function's frame keeps the dictionary that was asked for, and with it alive what the user
    deletes later: it is emptied here. It is the same one that `locals()` and `vars()` give: a function that
    calls these is left alone, and nothing is returned, or the user's own dictionary would change.
    """
    if sys.version_info >= (3, 13) or not frame.f_code.co_flags & CO_OPTIMIZED:
        return dict(frame.f_locals)
    if _calls_locals(frame.f_code):
        return {}
    kept = frame.f_locals
    found = dict(kept)
    if sys.getrefcount(kept) <= _NOBODY_ELSE:
        kept.clear()
    return found


def _calls_locals(code: CodeType) -> bool:
    if not {"locals", "vars"}.intersection(code.co_names):
        return False
    # An attribute of that name, as in what pytest makes of an assert, is something else, and so is `vars(args)`.
    return any(
        loaded.opname in {"LOAD_GLOBAL", "LOAD_NAME"}
        and (loaded.argval == "locals" or (loaded.argval == "vars" and following.opname in {"PRECALL", "CALL"}))
        for loaded, following in pairwise(dis.get_instructions(code))
    )


def variable_name(value: Any, frame: FrameType | None) -> str | None:
    """Return the name that the caller has for an object; None where it has none."""
    if frame is None or value is None:
        return None
    for names in (locals_of(frame), frame.f_globals):
        found = [name for name, held in list(names.items()) if held is value and not name.startswith("_")]
        if found:
            return min(found, key=len)
    return None


def argument(args: tuple[Any, ...], kwargs: Mapping[str, Any], position: int, *names: str) -> Any:
    """Return what was given at a position (`self` is 0) or under one of these names; None where it was not."""
    if len(args) > position:
        return args[position]
    return next((kwargs[name] for name in names if name in kwargs), None)


def dataset_of(features: Any, targets: Any, name: str | None) -> TrackedDataset | None:
    """Return the data set of what a model was given; None for a kind of data that we cannot describe."""
    module = type(features).__module__.partition(".")[0]
    kind = type(features).__name__
    if module == "pandas" and kind == "DataFrame":
        return from_pandas(features, name=name)
    if module == "polars" and kind == "DataFrame":
        return from_polars(features, name=name)
    if hasattr(features, "tocsr"):  # a sparse matrix, by what it holds
        return _of_sparse(features, name)
    array = _array(features)
    if array is None or not array.size:
        return None
    return from_numpy(array, targets=_array(targets), name=name)


def _of_sparse(matrix: Any, name: str | None) -> TrackedDataset:
    packed = matrix.tocsr()
    found = from_numpy({"data": packed.data, "indices": packed.indices}, name=name)
    return TrackedDataset(
        found.name,
        found.digest,
        found.source,
        found.schema,
        {"features_shape": list(matrix.shape), "num_nonzero": int(matrix.nnz)},
    )


def _array(value: Any) -> Any:
    """Return an array, or what can become one without much work; None for anything else."""
    import numpy as np

    if value is None or isinstance(value, np.ndarray):
        return value
    is_list = isinstance(value, list | tuple)
    # What merely looks like a sequence may be a loader, and would be read from end to end.
    if (is_list and len(value) > 100_000) or not (is_list or hasattr(value, "__array__")):
        return None
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array if array.ndim else None
