"""Models of TensorFlow, and of Keras on it: save, log and load."""

from __future__ import annotations

from jupyter_tracker.flavors.tensorflow import load_model, log_model, save_model

__all__ = ["load_model", "log_model", "save_model"]
