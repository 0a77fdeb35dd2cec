"""What XGBoost and LightGBM have in common: a training with rounds, and estimators around it."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

from jupyter_tracker.autologging._data import argument, variable_name
from jupyter_tracker.autologging._nesting import is_inner, noted, outer_run, outermost
from jupyter_tracker.autologging._patching import Arguments, Call, Watcher, attempt
from jupyter_tracker.autologging._recording import FitRun, RunRef, begin, settings_of
from jupyter_tracker.autologging.models import log_model
from jupyter_tracker.autologging.options import SWITCHES, Options
from jupyter_tracker.tracking.ending import status_of

_PERIOD_S: Final = 0.5
Histories = Mapping[str, Mapping[str, Any]]


class EvalLog:
    """Logs what is evaluated in each round: as arrays, twice a second and at the end, so that a round costs nothing.

    `tick` is called in every round with ``{set: {metric: [values so far]}}``.
    """

    def __init__(self, framework: str, run: FitRun) -> None:
        self._framework = framework
        self._run = run
        self._ref = run.ref
        self._first = run.seen.get("rounds", 0)  # of an estimator that was fitted before
        self._due = time.perf_counter() + _PERIOD_S
        self._logged: dict[str, int] = {}
        self.histories: Histories = {}

    def tick(self, histories: Histories) -> None:
        """Note a round."""
        self.histories = histories
        now = time.perf_counter()
        if now >= self._due:
            self._due = now + _PERIOD_S
            attempt(self._framework, self.flush)

    def flush(self) -> None:
        """Log what is new."""
        for name, metrics in self.histories.items():
            for metric, values in metrics.items():
                key = metric_key(name, metric)
                done = self._logged.get(key, 0)
                new = [float(value) for value in values[done:]]
                if new:
                    self._ref.log_series(key, new, list(range(self._first + done, self._first + done + len(new))))
                    self._logged[key] = done + len(new)
                    self._run.seen["rounds"] = max(self._run.seen.get("rounds", 0), self._first + self._logged[key])

    def log_best(self, best: int) -> None:
        """Log the round that early stopping found best, and its values once more as the last ones."""
        self.flush()
        rounds = max(self._logged.values(), default=0)
        found = {
            metric_key(name, metric): float(values[best])
            for name, metrics in self.histories.items()
            for metric, values in metrics.items()
            if best < len(values)
        }
        self._ref.log_metrics({"stopped_iteration": rounds - 1, "best_iteration": best}, self._run.fits)
        self._ref.log_metrics(found, step=self._first + rounds)


def metric_key(name: str, metric: str) -> str:
    """Return the key of an evaluated metric: ``<set>-<metric>``, as MLflow has it."""
    return f"{name}-{metric}".replace("@", "_at_")


def arguments_of(call: Call) -> inspect.BoundArguments:
    """Return what a training was called with, by name."""
    return inspect.signature(call.function).bind(*call.args, **call.kwargs)


def around_training(
    framework: str,
    call: Call,
    callback: Callable[[EvalLog], Any],
    params_of: Callable[[inspect.BoundArguments], Mapping[str, Any]],
    finish: Callable[[RunRef, Any, EvalLog], None],
) -> Generator[Arguments | None, Any, None]:
    """Log a training by rounds.

    Parameters
    ----------
    framework, call
        Whose, and the call of its `train`.
    callback : callable
        Makes what the library calls in each round, which calls `tick`.
    params_of : callable
        Says what of the arguments is a param.
    finish : callable
        Logs what is special about the trained booster.
    """
    run = outer_run()
    if run is None and is_inner(call):
        yield None
        return
    options = SWITCHES.options(framework)
    own = None
    if run is None:
        own = run = begin(framework, "Booster", options)
    try:
        bound = arguments_of(call)
        attempt(framework, run.ref.log_params, params_of(bound))
        log = EvalLog(framework, run)
        bound.arguments["callbacks"] = [*(bound.arguments.get("callbacks") or ()), callback(log)]
        booster = yield bound.args, bound.kwargs
        attempt(framework, log.flush)
        attempt(framework, finish, run.ref, booster, log)
        if own is not None and options.log_models and own.is_full:
            attempt(framework, log_model, framework, own.ref, booster, options)
    except BaseException as error:
        if own is not None:
            own.end(status_of(error))
        raise
    if own is not None:
        own.end()


def fit_watcher(framework: str) -> Watcher:
    """Return the watcher of the `fit` of an estimator, whose training then logs to the estimator's run."""

    def around_fit(call: Call) -> Generator[None, Any, None]:
        if is_inner(call):
            with noted(call):
                yield
            return
        estimator = call.args[0]
        options = SWITCHES.options(framework)
        features = argument(call.args, call.kwargs, 1, "X")
        name = variable_name(features, call.frame)
        run = begin(
            framework, type(estimator).__name__, options, estimator, settings=settings_of(estimator.get_params())
        )
        began = time.perf_counter()
        with outermost(estimator) as outer:
            outer.run = run
            try:
                yield
            except BaseException as error:
                run.end(status_of(error))
                raise
        try:
            _log_estimator(framework, call, run, options, name, time.perf_counter() - began)
        finally:
            run.end()

    return around_fit


def _log_estimator(framework: str, call: Call, run: FitRun, options: Options, name: str | None, seconds: float) -> None:
    # Here, so that a training without scikit-learn does not need it.
    from jupyter_tracker.autologging.sklearn import training_metrics
    from jupyter_tracker.autologging.sklearn.fit import Fit
    from jupyter_tracker.autologging.sklearn.fits import log_data
    from jupyter_tracker.autologging.sklearn.predictions import PREDICTIONS

    estimator = call.args[0]
    features, targets = argument(call.args, call.kwargs, 1, "X"), argument(call.args, call.kwargs, 2, "y")
    fit = Fit(estimator, features, targets, call.kwargs.get("sample_weight"), name, run, options)
    kind = type(estimator)
    PREDICTIONS.add_model(estimator, run.ref, features)
    tags = {"estimator_name": kind.__name__, "estimator_class": f"{kind.__module__}.{kind.__qualname__}"}
    attempt(framework, run.ref.set_tags, tags)
    attempt(framework, training_metrics.log, fit, seconds)
    if run.is_full and options.log_datasets:
        attempt(framework, log_data, fit)
    if run.is_full and options.log_models:
        attempt(framework, lambda: log_model(framework, run.ref, estimator, options, features, step=run.fits))
