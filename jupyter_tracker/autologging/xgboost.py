"""XGBoost: `train` and the estimators of its scikit-learn API."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Mapping
from types import ModuleType
from typing import Any

from jupyter_tracker.autologging._boosting import EvalLog, around_training, fit_watcher
from jupyter_tracker.autologging._importance import log_importance
from jupyter_tracker.autologging._patching import Arguments, Call, Patches
from jupyter_tracker.autologging._recording import RunRef

NAME = "xgboost"
_ARGUMENTS = ("num_boost_round", "maximize", "early_stopping_rounds", "verbose_eval")


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch `train`, and the estimators where scikit-learn is installed; `module` is ``xgboost``."""
    patches.functions({module.train: _around_train}, (NAME,))
    base = getattr(module, "XGBModel", None)
    if base is None:
        return
    from jupyter_tracker.autologging.sklearn.predictions import around_predict

    around_fit = fit_watcher(NAME)
    for name in ("XGBModel", "XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor"):
        owner = getattr(module, name, None)
        if isinstance(owner, type):
            patches.method(owner, "fit", around_fit)
            for method in ("predict", "predict_proba"):
                patches.method(owner, method, around_predict)


def _around_train(call: Call) -> Generator[Arguments | None, Any, None]:
    yield from around_training(NAME, call, _callback, _params, _finish)


def _callback(log: EvalLog) -> Any:
    from xgboost.callback import TrainingCallback

    class _Rounds(TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002 - XGBoost's names
            log.tick(evals_log)
            return False

    return _Rounds()


def _params(bound: inspect.BoundArguments) -> Mapping[str, Any]:
    bound.apply_defaults()
    params = {key: value for key, value in dict(bound.arguments["params"]).items() if value is not None}
    return params | {key: bound.arguments[key] for key in _ARGUMENTS if key in bound.arguments}


def _finish(ref: RunRef, booster: Any, log: EvalLog) -> None:
    best = booster.attr("best_iteration")
    if best is not None:
        log.log_best(int(best))
    scores = booster.get_score(importance_type="weight")
    if scores:
        names = list(scores)
        values = [value if isinstance(value, int | float) else sum(value) for value in scores.values()]
        log_importance(ref, names, values, "Feature importance (weight)", "feature_importance_weight")
