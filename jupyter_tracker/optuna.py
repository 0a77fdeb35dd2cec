"""Optuna: `callback`, which makes a child run of each trial."""

from __future__ import annotations

from jupyter_tracker.autologging.optuna import callback

__all__ = ["callback"]
