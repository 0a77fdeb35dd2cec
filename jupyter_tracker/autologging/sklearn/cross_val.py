"""Cross-validations: the scores of their folds go to one run; the fits inside are not logged one by one."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import ModuleType
from typing import Any

from jupyter_tracker.autologging._data import argument, dataset_of, variable_name
from jupyter_tracker.autologging._nesting import is_inner, outermost
from jupyter_tracker.autologging._patching import Call, Patches, attempt
from jupyter_tracker.autologging._recording import FitRun, RunRef, begin
from jupyter_tracker.autologging.options import SWITCHES
from jupyter_tracker.autologging.sklearn.fits import NAME, log_estimator
from jupyter_tracker.autologging.sklearn.predictions import PREDICTIONS
from jupyter_tracker.tracking.ending import status_of

_FUNCTIONS = ("cross_val_score", "cross_validate", "cross_val_predict")
# Each fits many times; what it finds is a table of its own, and no single number.
_QUIET = ("learning_curve", "validation_curve", "permutation_test_score")


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch the cross-validations; `module` is ``sklearn.model_selection``."""
    watchers = {getattr(module, name): _around for name in _FUNCTIONS if hasattr(module, name)}
    quiet = {getattr(module, name): _around_quiet for name in _QUIET if hasattr(module, name)}
    patches.functions({**watchers, **quiet}, ("sklearn",))


def _around_quiet(call: Call) -> Generator[None, Any, None]:
    if is_inner(call):
        yield
        return
    with outermost():
        yield


def _around(call: Call) -> Generator[None, Any, None]:
    if is_inner(call):
        yield
        return
    with outermost():
        options = SWITCHES.options(NAME)
        estimator = argument(call.args, call.kwargs, 0, "estimator")
        features = argument(call.args, call.kwargs, 1, "X")
        name = variable_name(features, call.frame)
        run = begin(NAME, type(estimator).__name__, options, estimator, validates=True)
        attempt(NAME, log_estimator, run.ref, estimator)
        try:
            result = yield
        except BaseException as error:
            run.end(status_of(error))
            raise
        try:
            attempt(NAME, _log_scores, run.ref, call.function.__name__, result)
            if options.log_datasets and run.is_full:
                attempt(NAME, _log_data, run, features, argument(call.args, call.kwargs, 2, "y"), name)
            if call.function.__name__ == "cross_val_predict":
                PREDICTIONS.add(result, run.ref, name)
        finally:
            run.end()


def _log_data(run: FitRun, features: Any, targets: Any, name: str | None) -> None:
    dataset = dataset_of(features, targets, name)
    if dataset is not None:
        run.ref.log_dataset(dataset, "train")


def _log_scores(ref: RunRef, function: str, result: Any) -> None:
    """Log the scores of the folds, the fold as step, with their mean and standard deviation."""
    import numpy as np

    if function == "cross_val_predict":
        return
    found: Mapping[str, Any] = result if isinstance(result, Mapping) else {"test_score": result}
    for key, values in found.items():
        if key.startswith(("test_", "train_")) and np.ndim(values) == 1:
            scores = np.asarray(values, float)
            ref.log_series(key, scores)
            ref.log_metrics({f"mean_{key}": float(scores.mean()), f"std_{key}": float(scores.std())})
