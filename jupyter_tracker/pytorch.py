"""PyTorch: log what it trains; save, log and load its models."""

from __future__ import annotations

from functools import partial

from jupyter_tracker.autologging.switch import autolog_framework
from jupyter_tracker.flavors.pytorch import load_model, log_model, save_model

__path__: list[str] = []  # for imports by MLflow's deeper paths: see `elsewhere`
__all__ = ["autolog", "load_model", "log_model", "save_model"]

autolog = partial(autolog_framework, "pytorch")
