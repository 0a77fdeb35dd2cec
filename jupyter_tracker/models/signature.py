"""As MLflow has it: `from jupyter_tracker.models.signature import ModelSignature, infer_signature`."""

from __future__ import annotations

from jupyter_tracker.flavors.inspection import set_signature
from jupyter_tracker.mlmodel.inference import infer_signature
from jupyter_tracker.mlmodel.signature import ModelSignature

__all__ = ["ModelSignature", "infer_signature", "set_signature"]
