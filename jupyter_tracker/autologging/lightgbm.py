"""LightGBM: `train` and the estimators of its scikit-learn API."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Mapping
from types import ModuleType
from typing import Any

from jupyter_tracker.autologging._boosting import EvalLog, around_training, fit_watcher
from jupyter_tracker.autologging._importance import log_importance
from jupyter_tracker.autologging._patching import Arguments, Call, Patches
from jupyter_tracker.autologging._recording import RunRef

NAME = "lightgbm"
_ARGUMENTS = ("num_boost_round", "keep_training_booster")


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch `train`, and the estimators where scikit-learn is installed; `module` is ``lightgbm``."""
    patches.functions({module.train: _around_train}, (NAME,))
    if getattr(module, "LGBMModel", None) is None:
        return
    from jupyter_tracker.autologging.sklearn.predictions import around_predict

    around_fit = fit_watcher(NAME)
    for name in ("LGBMModel", "LGBMClassifier", "LGBMRegressor", "LGBMRanker"):
        owner = getattr(module, name, None)
        if isinstance(owner, type):
            patches.method(owner, "fit", around_fit)
            for method in ("predict", "predict_proba"):
                patches.method(owner, method, around_predict)


def _around_train(call: Call) -> Generator[Arguments | None, Any, None]:
    yield from around_training(NAME, call, _Rounds, _params, _finish)


class _Rounds:
    """What LightGBM calls after each round: before early stopping, which ends the round by an exception."""

    order = 25
    before_iteration = False

    def __init__(self, log: EvalLog) -> None:
        self._log = log
        self._histories: dict[str, dict[str, list[float]]] = {}

    def __call__(self, env: Any) -> None:
        for name, metric, value, *_ in env.evaluation_result_list or ():
            self._histories.setdefault(name, {}).setdefault(metric, []).append(value)
        self._log.tick(self._histories)


def _params(bound: inspect.BoundArguments) -> Mapping[str, Any]:
    bound.apply_defaults()
    params = {key: value for key, value in dict(bound.arguments["params"]).items() if value is not None}
    return params | {key: bound.arguments[key] for key in _ARGUMENTS if key in bound.arguments}


def _finish(ref: RunRef, booster: Any, log: EvalLog) -> None:
    if booster.best_iteration > 0:  # counted from one; not set without early stopping
        log.log_best(booster.best_iteration - 1)
    names = booster.feature_name()
    for kind in ("split", "gain"):
        values = booster.feature_importance(importance_type=kind)
        log_importance(ref, names, values, f"Feature importance ({kind})", f"feature_importance_{kind}")
