"""Save what a real MLflow saves as models: `python tests/golden/make_models.py`, with that MLflow and the frameworks.

One `models-mlflow-<version>.zip` holds a folder for each kind of model, with what it predicted, and the input. Later
versions of MLflow get a file of their own; those that are there must load for ever. Classes are pickled by cloudpickle
only where that is what MLflow writes: such a pickle is of one version of Python.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

os.environ |= {"KERAS_BACKEND": "torch", "LOGNAME": "alice", "USER": "alice", "GIT_PYTHON_REFRESH": "quiet"}


def save_all(folder: Path) -> dict[str, Any]:
    """Save one model of each kind and return what each predicts."""
    import mlflow
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    data = pd.DataFrame(random.random((20, 3)).round(3), columns=["a", "b", "c"])
    target = (data["a"] + data["b"] > 1).astype(int)
    data.to_json(folder / "data.json", orient="split")
    found: dict[str, Any] = {}
    for name, save in savers(data, target).items():
        save(str(folder / name))
        found[name] = np.asarray(mlflow.pyfunc.load_model(str(folder / name)).predict(data), dtype="float64").tolist()
    return found


def savers(data: Any, target: Any) -> dict[str, Any]:
    """Return a function for each kind of model that saves one to a path."""
    import lightgbm
    import mlflow
    import mlflow.keras
    import mlflow.lightgbm
    import mlflow.pytorch
    import mlflow.sklearn
    import mlflow.xgboost
    import xgboost
    from sklearn.linear_model import LogisticRegression

    logistic = LogisticRegression().fit(data, target)
    signature = mlflow.models.infer_signature(data, logistic.predict(data))
    tensors = mlflow.models.infer_signature(data.to_numpy())
    more: dict[str, Any] = {"pip_requirements": ["mlflow"], "signature": signature}
    booster = xgboost.XGBClassifier(n_estimators=2, max_depth=2).fit(data, target)
    gradient = lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_leaves": 3}, lightgbm.Dataset(data, target), 2
    )
    first = {**more, "signature": None}
    return {
        "sklearn": lambda path: mlflow.sklearn.save_model(logistic, path, input_example=data[:2], **more),
        "sklearn-pickle": lambda path: mlflow.sklearn.save_model(logistic, path, serialization_format="pickle", **more),
        "xgboost": lambda path: mlflow.xgboost.save_model(booster, path, **more),
        "lightgbm": lambda path: mlflow.lightgbm.save_model(gradient, path, **more),
        "pytorch": lambda path: mlflow.pytorch.save_model(module(), path, **pickled(mlflow), **first),
        "keras": lambda path: mlflow.keras.save_model(network(), path, **{**more, "signature": tensors}),
        "custom": lambda path: mlflow.pyfunc.save_model(path, python_model=custom(mlflow), artifacts=least(), **more),
    }


def module() -> Any:
    """Return a module of PyTorch."""
    import torch

    torch.manual_seed(0)
    return torch.nn.Linear(3, 2)


def pickled(mlflow: Any) -> dict[str, str]:
    """Return what makes MLflow pickle a module: what it always did, and does when asked since 3.17."""
    return {"serialization_format": "pickle"} if int(mlflow.__version__.partition(".")[0]) >= 3 else {}


def network() -> Any:
    """Return a model of Keras."""
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])


def custom(mlflow: Any) -> Any:
    """Return a model of one's own."""

    class Threshold(mlflow.pyfunc.PythonModel):
        def load_context(self, context):
            with open(context.artifacts["least"]) as file:  # noqa: PTH123 - it is pickled so
                self.least = float(file.read())

        def predict(self, context, model_input, params=None):
            return (model_input["a"] >= self.least).astype(int)

    return Threshold()


def least() -> dict[str, str]:
    """Return the artifacts of that model."""
    path = Path(tempfile.mkdtemp(), "least.txt")
    path.write_text("0.5")
    return {"least": str(path)}


def main() -> None:
    """Write the zip beside this file, always with the same dates."""
    import mlflow

    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = {"python": list(sys.version_info[:2]), "predictions": save_all(folder)}
        (folder / "expected.json").write_text(json.dumps(expected))
        target = Path(__file__).with_name(f"models-mlflow-{mlflow.__version__}.zip")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(
                each for each in folder.rglob("*") if each.is_file() and "__pycache__" not in each.parts
            ):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (2026, 1, 1, 0, 0, 0))
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    print(target, target.stat().st_size)


if __name__ == "__main__":
    main()
