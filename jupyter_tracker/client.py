"""`from jupyter_tracker.client import MlflowClient`, as in MLflow."""

from __future__ import annotations

from jupyter_tracker.tracking.client import MlflowClient, TrackerClient

__all__ = ["MlflowClient", "TrackerClient"]
