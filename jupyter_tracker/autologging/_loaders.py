"""Data that comes batch by batch: what can be said of a loader without asking it for any.

A batch that we take is one that training does not get, or another state of a random number. So a loader is known by its
kind, its length and the types of what it gives; its digest is one of these words. Only tensors that lie in memory
(PyTorch's TensorDataset) have a digest of their content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import GeneratorType
from typing import Any, Final

from jupyter_tracker.autologging._data import dataset_of
from jupyter_tracker.tracking.datasets import TrackedDataset

_DEPTH: Final = 5


def loader_dataset(loader: Any, name: str | None) -> TrackedDataset | None:
    """Return the data set of a loader, a `tf.data.Dataset`, a generator; None for what gives no batches."""
    kind = _kind(loader)
    if kind is None:
        return None
    if kind == "torch":
        found = _of_tensors(loader, name)
        if found is not None:
            return found
    profile: dict[str, Any] = {"type": _path(loader), **_sizes(loader, kind)}
    schema = _schema(getattr(loader, "element_spec", None)) if kind == "tensorflow" else {}
    text = json.dumps([profile, schema], sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return TrackedDataset(name or _name(loader, kind), digest, None, schema, {**profile, "digest_of": "description"})


def _kind(loader: Any) -> str | None:
    bases = {f"{each.__module__.partition('.')[0]}.{each.__name__}" for each in type(loader).__mro__}
    if "torch.DataLoader" in bases:
        return "torch"
    if hasattr(loader, "element_spec") and hasattr(loader, "cardinality"):
        return "tensorflow"
    if bases & {"keras.PyDataset", "keras.Sequence"}:
        return "keras"
    return "other" if isinstance(loader, GeneratorType) else None


def _name(loader: Any, kind: str) -> str:
    """Return what stands for the name that the caller has not given it: that of a class or of a function."""
    if kind == "other":
        return str(loader.__name__)
    return type(loader.dataset if kind == "torch" else loader).__name__.lstrip("_")


def _of_tensors(loader: Any, name: str | None) -> TrackedDataset | None:
    """Return the data set of tensors in memory that a loader cuts into batches, with a digest of their content."""
    tensors = getattr(loader.dataset, "tensors", None)
    if not isinstance(tensors, tuple) or not tensors or not all(each.device.type == "cpu" for each in tensors):
        return None
    try:
        features, *others = [each.detach().numpy() for each in tensors]
    except TypeError:  # a type that NumPy has not, such as bfloat16
        return None
    targets = others[0] if len(others) == 1 else None
    found = dataset_of(features, targets, name or _name(loader, "torch"))
    if found is None:
        return None
    profile = {**found.profile, "type": _path(loader), **_sizes(loader, "torch")}
    return TrackedDataset(found.name, found.digest, found.source, found.schema, profile)


def _sizes(loader: Any, kind: str) -> dict[str, Any]:
    """Return how much there is, as far as that is known."""
    found: dict[str, Any] = {}
    if kind == "torch":
        found |= _of_dataset(loader.dataset)
    elif kind == "tensorflow":
        count = int(loader.cardinality())
        found["num_batches"] = count if count >= 0 else None  # else without end, or unknown
        found["batch_size"] = _first_size(loader.element_spec)
    else:
        found["num_batches"] = _length(loader)
    found.setdefault("num_batches", _length(loader))
    found.setdefault("batch_size", getattr(loader, "batch_size", None))
    return {key: value for key, value in found.items() if value is not None}


def _of_dataset(dataset: Any) -> dict[str, Any]:
    """Return the kind and length of what a DataLoader reads; of a part of it, of what too."""
    kinds = [_path(dataset)]
    inner = dataset
    for _ in range(_DEPTH):
        inner = getattr(inner, "dataset", None)
        if inner is None:
            break
        kinds.append(_path(inner))
    return {"dataset": " of ".join(kinds), "num_rows": _length(dataset)}


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except (TypeError, NotImplementedError):  # it has none
        return None


def _path(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


# ------------------------------------------------------------------------------------- TensorFlow's specs


def _schema(spec: Any) -> dict[str, Any]:
    """Return an element spec in MLflow's form: features, and targets where it is a pair."""
    pair = spec if isinstance(spec, tuple) else (spec,)
    parts = dict(zip(("features", "targets"), pair, strict=False))
    found = {part: json.dumps(_specs(each)) for part, each in parts.items()}
    return {"mlflow_tensorspec": {"features": None, "targets": None, **found}}


def _specs(spec: Any, name: str | None = None) -> list[dict[str, Any]]:
    if isinstance(spec, Mapping):
        return [each for key, value in spec.items() for each in _specs(value, str(key))]
    if isinstance(spec, tuple | list):
        return [each for i, value in enumerate(spec) for each in _specs(value, f"{name or 'input'}_{i}")]
    dtype = getattr(getattr(spec, "dtype", None), "name", str(getattr(spec, "dtype", "")))
    found = {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": [-1, *_shape(spec)[1:]]}}
    return [found if name is None else {**found, "name": name}]


def _shape(spec: Any) -> list[int]:
    shape = getattr(spec, "shape", None)
    if shape is None or getattr(shape, "rank", 0) is None:
        return []
    return [-1 if size is None else int(size) for size in shape]


def _first_size(spec: Any) -> int | None:
    """Return the size of the first dimension of the first tensor, where it is fixed."""
    while isinstance(spec, tuple | list | Mapping) and spec:
        spec = next(iter(spec.values() if isinstance(spec, Mapping) else spec))
    shape = _shape(spec)
    return shape[0] if shape and shape[0] >= 0 else None
