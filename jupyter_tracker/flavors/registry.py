"""Which flavors there are, and which one a model or a loader is of.

A flavor is a module with the attributes of `Flavor`; it imports its framework inside its functions.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from jupyter_tracker.flavors.folder import ModelFolder


@dataclass
class Written:
    """What a flavor has put into a model's folder.

    Attributes
    ----------
    blocks : dict
        Flavor → options for the MLmodel file, `python_function` among them.
    modules : set of str
        Modules that the model needs when it is loaded.
    """

    blocks: dict[str, dict[str, Any]]
    modules: set[str] = field(default_factory=set)


class Flavor(Protocol):
    """What a flavor's module has."""

    NAME: str
    LOADER: str  # the loader_module of its python_function

    def is_model(self, model: Any) -> bool:
        """Tell whether a model is of this framework; the framework is imported already if so."""

    def load(self, folder: ModelFolder, **options: Any) -> Any:
        """Return the model as its framework has it."""

    def predictor(self, folder: ModelFolder, config: Mapping[str, Any]) -> Callable[..., Any]:
        """Return a function (data, params) → predictions."""

    def predictor_of(self, model: Any, config: Mapping[str, Any]) -> Callable[..., Any]:
        """Return the same for a model that is in memory."""

    def write(self, model: Any, folder: Path, **options: Any) -> Written:
        """Write a model's files into an empty folder."""


# In the order they are asked whether a model is theirs: LightGBM's and XGBoost's scikit-learn classes are
# estimators of scikit-learn as well.
FLAVORS = ("lightgbm", "xgboost", "keras", "pytorch", "tensorflow", "sklearn", "custom")
# Who reads a loader_module that MLflow, or we, have written.
_LOADERS = {
    "mlflow.sklearn": "sklearn",
    "mlflow.xgboost": "xgboost",
    "mlflow.lightgbm": "lightgbm",
    "mlflow.pytorch": "pytorch",
    "mlflow.keras": "keras",
    "mlflow.keras.load": "keras",
    "mlflow.tensorflow": "tensorflow",
    "mlflow.pyfunc.model": "custom",
    "mlflow.pyfunc.loaders.code_model": "custom",
}
_PACKAGES = {"sklearn": "sklearn", "pytorch": "torch", "custom": "builtins"}


def flavor(name: str) -> Any:
    """Return the module of a flavor."""
    return importlib.import_module(f"jupyter_tracker.flavors.{name}")


def flavor_of_loader(loader: str) -> Any | None:
    """Return the flavor that reads what a loader_module names, or None."""
    name = _LOADERS.get(loader)
    return None if name is None else flavor(name)


def flavor_of(model: Any) -> Any | None:
    """Return the flavor of a model in memory, or None; frameworks that are not imported are not asked."""
    for name in FLAVORS:
        if _PACKAGES.get(name, name) in sys.modules and flavor(name).is_model(model):
            return flavor(name)
    return None


def base_names(model: Any) -> set[str]:
    """Return the dotted names of an object's class and its bases: no framework is imported to ask."""
    return {f"{each.__module__}.{each.__name__}" for each in type(model).__mro__}
