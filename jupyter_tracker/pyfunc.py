"""Models of your own, and models of whatever framework loaded to predict."""

from __future__ import annotations

from jupyter_tracker.flavors.context import PythonModel, PythonModelContext
from jupyter_tracker.flavors.pyfunc import PyFuncModel, load_model, log_model, save_model

__path__: list[str] = []  # for imports by MLflow's deeper paths: see `elsewhere`
__all__ = ["PyFuncModel", "PythonModel", "PythonModelContext", "load_model", "log_model", "save_model"]
