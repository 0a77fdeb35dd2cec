"""Models in general: their signature, what is known about one, trying one before it is served.

To add a name: write it in `flavors/` or `mlmodel/`, and import it here; `signature` is MLflow's path for some of them.
"""

from __future__ import annotations

from jupyter_tracker.flavors.custom import set_model
from jupyter_tracker.flavors.evaluating import evaluate
from jupyter_tracker.flavors.inspection import get_model_info, predict, set_signature, validate
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.mlmodel.inference import infer_signature
from jupyter_tracker.mlmodel.mlmodel import Model
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.mlmodel.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec

__all__ = [
    "ColSpec",
    "DataType",
    "Model",
    "ModelInfo",
    "ModelSignature",
    "ParamSchema",
    "ParamSpec",
    "Schema",
    "TensorSpec",
    "evaluate",
    "get_model_info",
    "infer_signature",
    "predict",
    "set_model",
    "set_signature",
    "validate",
]
