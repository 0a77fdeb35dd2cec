"""Optuna: `callback`, which makes a child run of each trial."""

from __future__ import annotations

from jupyter_tracker.autologging.optuna import callback

__path__: list[str] = []  # for imports by MLflow's deeper paths: see `elsewhere`
__all__ = ["callback"]
