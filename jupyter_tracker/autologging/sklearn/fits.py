"""One fit: its run, and what is kept of it.

An estimator that only transforms (a scaler, a PCA) inside an active run becomes one param of that run: with all
its settings there, they would mingle with those of the model.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from typing import Any

from jupyter_tracker.autologging._data import argument, dataset_of, variable_name
from jupyter_tracker.autologging._nesting import Outer, is_inner, noted, outermost
from jupyter_tracker.autologging._patching import Call, attempt
from jupyter_tracker.autologging._recording import RunRef, begin, ref_of, settings_of
from jupyter_tracker.autologging.models import log_model
from jupyter_tracker.autologging.options import SWITCHES, Options
from jupyter_tracker.autologging.pictures.pages import estimator_page
from jupyter_tracker.autologging.sklearn import importance, search, training_metrics
from jupyter_tracker.autologging.sklearn.fit import Fit
from jupyter_tracker.autologging.sklearn.predictions import PREDICTIONS
from jupyter_tracker.tracking.ending import status_of
from jupyter_tracker.tracking.runs import active_or_named

NAME = "sklearn"


def around_fit(call: Call) -> Generator[None, Any, None]:
    """Log a fit of the user's; count one that is made by another call."""
    estimator = call.args[0]
    if is_inner(call):
        with noted(call):
            yield
        return
    with outermost(estimator) as outer:
        parent = active_or_named()
        if parent is not None and not predicts(estimator):
            yield
            _log_transformer(ref_of(parent), estimator)
            return
        options = SWITCHES.options(NAME)
        fit = _begin(call, options)
        attempt(NAME, _log_params, fit)
        began = time.perf_counter()
        try:
            yield
        except BaseException as error:
            fit.run.end(status_of(error))
            raise
        try:
            _log_fitted(fit, outer, time.perf_counter() - began)
        finally:
            fit.run.end()


def predicts(estimator: Any) -> bool:
    """Tell a model from what only transforms."""
    return hasattr(type(estimator), "fit_predict") or hasattr(estimator, "predict") or search.is_search(estimator)


def _begin(call: Call, options: Options) -> Fit:
    estimator = call.args[0]
    features = argument(call.args, call.kwargs, 1, "X", "raw_documents", "y")
    targets = argument(call.args, call.kwargs, 2, "y", "Y")
    name = variable_name(features, call.frame)
    run = begin(NAME, type(estimator).__name__, options, estimator, settings=settings_of(_params(estimator)))
    return Fit(estimator, features, targets, call.kwargs.get("sample_weight"), name, run, options)


def _params(estimator: Any) -> dict[str, Any]:
    found: dict[str, Any] = estimator.get_params(deep=not search.is_search(estimator))
    return found


def log_estimator(ref: RunRef, estimator: Any) -> None:
    """Log the params and the class of an estimator."""
    ref.log_params(_params(estimator))
    kind = type(estimator)
    ref.set_tags({"estimator_name": kind.__name__, "estimator_class": f"{kind.__module__}.{kind.__qualname__}"})


def _log_params(fit: Fit) -> None:
    if fit.run.fits:
        fit.ref.update_params(fit.run.before, _params(fit.estimator))
    else:
        log_estimator(fit.ref, fit.estimator)


def _log_fitted(fit: Fit, outer: Outer, seconds: float) -> None:
    """Log what a fit has made, each part by itself: one that cannot be had does not keep the others away."""
    PREDICTIONS.add_model(fit.estimator, fit.ref, fit.features)
    attempt(NAME, training_metrics.log, fit, seconds)
    if search.is_search(fit.estimator):
        attempt(NAME, search.log, fit, seconds)
    if outer.inner:
        attempt(NAME, fit.ref.write_json, "inner_fits.json", _inner(outer.inner))
    if not fit.run.is_full:
        return
    attempt(NAME, importance.log, fit)
    attempt(NAME, _log_page, fit)
    if fit.options.log_datasets:
        attempt(NAME, log_data, fit)
    if fit.options.log_models:
        attempt(NAME, _log_models, fit)


def _log_page(fit: Fit) -> None:
    fit.ref.write("estimator.html", estimator_page(fit.estimator))


def log_data(fit: Fit) -> None:
    """Log what a model was fitted on."""
    dataset = dataset_of(fit.features, fit.targets, fit.data_name)
    if dataset is not None:
        fit.ref.log_dataset(dataset, "train")


def _log_models(fit: Fit) -> None:
    log_model(NAME, fit.ref, fit.estimator, fit.options, fit.features, step=fit.run.fits)
    best = getattr(fit.estimator, "best_estimator_", None)
    if best is not None:
        log_model(NAME, fit.ref, best, fit.options, fit.features, name="best_estimator")


def _log_transformer(ref: RunRef, estimator: Any) -> None:
    ref.log_params({_free_name(ref, type(estimator).__name__): repr(estimator)})


_TRANSFORMERS: dict[str, dict[str, int]] = {}


def _free_name(ref: RunRef, name: str) -> str:
    """Return a name that no transformer of this run has yet: ``PCA``, ``PCA-2``."""
    counts = _TRANSFORMERS.setdefault(ref.run_id, {})
    counts[name] = counts.get(name, 0) + 1
    while len(_TRANSFORMERS) > 1000:
        del _TRANSFORMERS[next(iter(_TRANSFORMERS))]
    return name if counts[name] == 1 else f"{name}-{counts[name]}"


def _inner(inner: Mapping[str, list[float]]) -> list[dict[str, Any]]:
    return [
        {"estimator": name, "fits": int(count), "duration_s": round(seconds, 4)}
        for name, (count, seconds) in inner.items()
    ]
