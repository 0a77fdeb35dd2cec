"""As `jupyter_tracker.types`: `from jupyter_tracker.types.schema import ColSpec, Schema`."""

from __future__ import annotations

from jupyter_tracker.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

__all__ = ["ColSpec", "DataType", "ParamSchema", "ParamSpec", "Schema", "TensorSpec"]
