"""Skops files: scikit-learn's models without a pickle. Only types that are known to be harmless are loaded unasked."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterable
from io import BytesIO
from types import ModuleType
from typing import Any

from jupyter_tracker.flavors.skops_import import estimators_among, skops_io

# Beyond what skops itself allows: scikit-learn's own types that hold arrays and numbers and run nothing that the
# file brings along, and the boosters, which are read by their own parsers. `Tree` is in every tree model; a crafted
# one can crash the process, and not more.
ALLOWED = frozenset(
    {
        "collections.OrderedDict",
        "lightgbm.basic.Booster",
        "numpy.dtype",
        "numpy.max",
        "numpy.mean",
        "numpy.median",
        "numpy.min",
        "scipy._lib.array_api_compat.numpy._aliases.asarray",
        "scipy.interpolate._bsplines.BSpline",
        "scipy.sparse._csc.csc_matrix",
        "scipy.sparse._csr.csr_matrix",
        "sklearn._loss.loss.HalfTweedieLoss",
        "sklearn._loss.loss.HalfTweedieLossIdentity",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.cluster._bisect_k_means._BisectingTree",
        "sklearn.cluster._kmeans._kmeans_single_elkan",
        "sklearn.cluster._kmeans._kmeans_single_lloyd",
        "sklearn.feature_selection._univariate_selection.chi2",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.feature_selection._univariate_selection.f_regression",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "xgboost.core.Booster",
    }
)
_ALLOWED_ROOMS = ("lightgbm.sklearn.", "sklearn.gaussian_process.kernels.", "xgboost.sklearn.")


def dumps(model: Any) -> tuple[bytes, list[str]] | None:
    """Return a model as a skops file, or None where skops cannot write it so that it comes back.

    Beside it the types that whoever loads the file with skops alone must be told to trust, sorted.
    """
    skops = skops_io()
    if skops is None:
        return None
    try:
        data: bytes = skops.dumps(model)
        untrusted = sorted(_untrusted(skops, data))
    except Exception:  # noqa: BLE001 - it raises what the model's parts lead it to, and cloudpickle takes over
        return None
    # What it cannot read back it finds out only when reading: a class of the notebook, or inside a function.
    return (data, untrusted) if all(map(_is_importable, untrusted)) else None


def _is_importable(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    return module != "__main__" and hasattr(sys.modules.get(module), attribute)


def unknown_types(data: bytes) -> list[str]:
    """Return the types in a file that are not allowed unasked, sorted."""
    skops = skops_io()
    names = list_of_types(data) if skops is None else _untrusted(skops, data)
    return sorted(name for name in names if not is_allowed(name))


def loads(data: bytes, trusted: Iterable[str]) -> Any:
    """Return the model in a file; the types that are allowed always, and those that are `trusted`."""
    skops = skops_io()
    if skops is None:
        raise ModuleNotFoundError("No module named 'skops'")
    wanted = set(trusted)
    with estimators_among(list_of_types(data)):
        untrusted = skops.get_untrusted_types(data=data)
        return skops.loads(data, trusted=[name for name in untrusted if is_allowed(name) or name in wanted])


def _untrusted(skops: ModuleType, data: bytes) -> list[str]:
    with estimators_among(list_of_types(data)):
        return list(skops.get_untrusted_types(data=data))


def is_allowed(name: str) -> bool:
    """Tell whether a type is loaded unasked."""
    return name in ALLOWED or name.startswith(_ALLOWED_ROOMS)


def list_of_types(data: bytes) -> set[str]:
    """Return the dotted names of all types in a file."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        found: set[str] = set()
        _collect(json.loads(archive.read("schema.json")), found)
    return found


def _collect(node: Any, found: set[str]) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("__class__"), str) and isinstance(node.get("__module__"), str):
            found.add(f"{node['__module__']}.{node['__class__']}")
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            _collect(inner, found)
