"""The two libraries of the extra ``transfer``, and what is said where they are missing."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from jupyter_tracker.errors import InvalidStateError


def pyarrow(name: str = "pyarrow") -> ModuleType:
    """Return pyarrow, or a module of it."""
    return _needed(name, "exports keep metrics as Parquet")


def yaml_loader() -> Callable[[str], Any]:
    """Return a function that reads YAML text; a ValueError says what is wrong with it."""
    yaml = _needed("yaml", "MLflow's folders are described in YAML")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def parse(text: str) -> Any:
        try:
            return yaml.load(text, Loader=loader)
        except yaml.YAMLError as error:
            raise ValueError(str(error)) from error

    return parse


def _needed(name: str, why: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise InvalidStateError(
            f"{name.partition('.')[0]} is needed and not installed: {why}. "
            "Install it with: pip install 'jupyter-experiment-tracker[transfer]'"
        ) from error
