"""The parts of a model's signature, under MLflow's name for the module: `from jupyter_tracker.types import Schema`.

To add a type: write it in `mlmodel/types.py`, and import it here and in `schema`.
"""

from __future__ import annotations

from jupyter_tracker.mlmodel.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

__all__ = ["ColSpec", "DataType", "ParamSchema", "ParamSpec", "Schema", "TensorSpec"]
