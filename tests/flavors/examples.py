"""One small trained model for each flavor: what the contract test is run with.

To add a flavor: a function that returns a model, and a row in `EXAMPLES`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

# The tests have no TensorFlow but for `make test-all`.
os.environ.setdefault("KERAS_BACKEND", "torch")

_RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(_RANDOM.random((40, 3)), columns=["a", "b", "c"])
TARGET = (FRAME["a"] + FRAME["b"] > 1).astype(int)
ARRAY = FRAME.to_numpy(dtype="float32")


@dataclass(frozen=True)
class Example:
    """A flavor's example.

    Attributes
    ----------
    flavor : str
        The face, such as ``sklearn``.
    make : callable
        Returns a trained model.
    data : DataFrame or array
        What it predicts.
    predict : callable
        (model, data) → predictions, by the framework's own means.
    is_safe : bool
        Whoever did not save it may load it: no pickle is needed.
    package : str
        Among its requirements.
    file : str
        Its main file.
    """

    flavor: str
    make: Callable[[], Any]
    data: Any
    predict: Callable[[Any, Any], Any]
    is_safe: bool
    package: str
    file: str

    @property
    def face(self) -> Any:
        """The public module."""
        return importlib.import_module(f"jupyter_tracker.{self.flavor}")


def predicted(model: Any, data: Any) -> Any:
    """Return what `predict` gives."""
    return model.predict(data)


def forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=5, random_state=0).fit(FRAME, TARGET)


def pipeline() -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    columns = ColumnTransformer([("scaled", StandardScaler(), ["a", "b"])], remainder="passthrough")
    return make_pipeline(columns, LogisticRegression()).fit(FRAME, TARGET)


def odd() -> Any:
    """Return an estimator that skops cannot write: its class is inside a function."""
    from sklearn.linear_model import LogisticRegression

    class Odd(LogisticRegression):
        pass

    return Odd().fit(FRAME, TARGET)


def xgb_booster() -> Any:
    import xgboost

    return xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(FRAME, TARGET), 3)


def xgb_classifier() -> Any:
    import xgboost

    return xgboost.XGBClassifier(n_estimators=3).fit(FRAME, TARGET)


def _predict_booster(model: Any, data: Any) -> Any:
    import xgboost

    return model.predict(xgboost.DMatrix(data))


def lgb_booster() -> Any:
    import lightgbm

    return lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(FRAME, TARGET), 3)


def lgb_classifier() -> Any:
    import lightgbm

    return lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(FRAME, TARGET)


def torch_module() -> Any:
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(4, 2))


def _predict_torch(model: Any, data: Any) -> Any:
    import torch

    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(np.asarray(data, dtype="float32").copy())).numpy()


def keras_model() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])


def _predict_keras(model: Any, data: Any) -> Any:
    return model.predict(data, verbose=0)


EXAMPLES = {
    "sklearn-forest": Example("sklearn", forest, FRAME, predicted, True, "scikit-learn", "model.skops"),
    "sklearn-pipeline": Example("sklearn", pipeline, FRAME, predicted, True, "scikit-learn", "model.skops"),
    "sklearn-odd": Example("sklearn", odd, FRAME, predicted, False, "cloudpickle", "model.pkl"),
    "xgboost-booster": Example("xgboost", xgb_booster, FRAME, _predict_booster, True, "xgboost-cpu", "model.ubj"),
    "xgboost-classifier": Example("xgboost", xgb_classifier, FRAME, predicted, True, "xgboost-cpu", "model.ubj"),
    "lightgbm-booster": Example("lightgbm", lgb_booster, FRAME, predicted, True, "lightgbm", "model.lgb"),
    "lightgbm-classifier": Example("lightgbm", lgb_classifier, FRAME, predicted, True, "lightgbm", "model.skops"),
    "pytorch": Example("pytorch", torch_module, ARRAY, _predict_torch, False, "torch", "data/model.pth"),
    "keras": Example("keras", keras_model, ARRAY, _predict_keras, True, "keras", "data/model.keras"),
}
