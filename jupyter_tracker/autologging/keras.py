"""Keras 3, whatever its backend, and so TensorFlow's `tf.keras`: what `Model.fit` tells after each epoch."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from jupyter_tracker.autologging._data import dataset_of, variable_name
from jupyter_tracker.autologging._loaders import loader_dataset
from jupyter_tracker.autologging._nesting import is_inner, noted, outermost
from jupyter_tracker.autologging._patching import Arguments, Call, Patches, attempt
from jupyter_tracker.autologging._recording import WARM, FitRun, RunRef, begin
from jupyter_tracker.autologging.keras_early_stopping import log_stopping, log_stopping_params
from jupyter_tracker.autologging.keras_inputs import first_rows, input_schema
from jupyter_tracker.autologging.models import log_model
from jupyter_tracker.autologging.options import SWITCHES, Options
from jupyter_tracker.tracking.ending import status_of

NAME: Final = "keras"
_NO_PARAMS: Final = frozenset({"self", "x", "y", "callbacks", "validation_data", "verbose", "sample_weight"})
_DEFAULT_BATCH: Final = 32  # Keras's own, for arrays
_BYTES_PER_WEIGHT: Final = 4


@dataclass
class _Fit:
    """One call of `fit`.

    Attributes
    ----------
    model
        What is trained.
    given : dict
        The arguments by name, defaults among them.
    run : FitRun
        Where it is logged.
    options : Options
        What of it.
    names : tuple of str or None
        The caller's names for the training and the validation data.
    first_epoch : int
        Epochs that the same model had in this run before.
    """

    model: Any
    given: Mapping[str, Any]
    run: FitRun
    options: Options
    names: tuple[str | None, str | None]
    first_epoch: int = 0

    def __post_init__(self) -> None:
        # One that goes on counts on, unless the call says at which epoch it begins.
        if not self.given.get("initial_epoch"):
            self.first_epoch = self.run.seen.get("epochs", 0)

    @property
    def ref(self) -> RunRef:
        """Where to log."""
        return self.run.ref


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch `fit` of the class that brings it to `Model`: each backend has its own; `module` is ``keras``."""
    model: Any = module.Model
    owner = next((each for each in model.__mro__ if "fit" in vars(each)), None)
    if owner is not None:
        patches.method(owner, "fit", _around_fit)


def _around_fit(call: Call) -> Generator[Arguments | None, Any, None]:
    if is_inner(call):
        with noted(call):
            yield None
        return
    bound = inspect.signature(call.function).bind(*call.args, **call.kwargs)
    callbacks = bound.arguments.get("callbacks")
    bound.apply_defaults()
    fit = _begun(call, dict(bound.arguments))
    attempt(NAME, _log_params, fit, _listed(callbacks))
    watching = _callback(fit)
    try:
        with outermost(fit.model, logs_steps=True):
            bound.arguments["callbacks"] = _joined(callbacks, watching)
            history = yield bound.args, bound.kwargs
        _log_fitted(fit, _listed(callbacks), history)
    except BaseException as error:
        fit.run.end(status_of(error))
        raise
    finally:
        _leave(callbacks, watching)
    fit.run.end()


def _begun(call: Call, given: dict[str, Any]) -> _Fit:
    options = SWITCHES.options(NAME)
    model = call.args[0]
    names = (variable_name(given.get("x"), call.frame), variable_name(_validation(given)[0], call.frame))
    # A model goes on from the weights that it has.
    run = begin(NAME, type(model).__name__, options, model, settings={WARM: True})
    return _Fit(model, given, run, options, names)


def _listed(callbacks: Any) -> list[Any]:
    """Return the user's callbacks, which may be one, several, or a list that Keras has made."""
    found = getattr(callbacks, "callbacks", callbacks)
    return [] if found is None else list(found) if isinstance(found, list | tuple) else [found]


def _joined(callbacks: Any, ours: Any) -> Any:
    """Return the callbacks with ours; Keras's own list is the user's object, and gets it until the call is over."""
    if isinstance(getattr(callbacks, "callbacks", None), list):
        callbacks.callbacks.append(ours)
        ours.set_model(callbacks.model)
        return callbacks
    return [*_listed(callbacks), ours]


def _leave(callbacks: Any, ours: Any) -> None:
    found = getattr(callbacks, "callbacks", None)
    if isinstance(found, list) and ours in found:
        found.remove(ours)


def _validation(given: Mapping[str, Any]) -> tuple[Any, Any]:
    data = given.get("validation_data")
    if isinstance(data, tuple | list):
        return data[0] if data else None, data[1] if len(data) > 1 else None
    return data, None


# --------------------------------------------------------------------------------------------- before


def _log_params(fit: _Fit, callbacks: list[Any]) -> None:
    if fit.run.fits:  # it goes on; how many epochs there were is to be seen
        return
    params = {key: value for key, value in fit.given.items() if key not in _NO_PARAMS}
    if params.get("batch_size") is None:
        params["batch_size"] = _batch_size(fit.given.get("x"))
    optimizer = getattr(fit.model, "optimizer", None)
    if optimizer is not None:
        params |= {f"opt_{key}": value for key, value in _settings(optimizer).items()}
    params["loss"] = _name(getattr(fit.model, "loss", None))
    fit.ref.log_params(params)
    log_stopping_params(fit.ref, callbacks)


def _settings(optimizer: Any) -> dict[str, Any]:
    """Return an optimizer's settings, with the name that Keras gives the first of its kind in a process.

    The others are numbered ("sgd_1"), as if trainings that are alike were not.
    """
    settings = dict(optimizer.get_config())
    name, _, number = str(settings.get("name", "")).rpartition("_")
    if number.isdigit() and name.replace("_", "") == type(optimizer).__name__.lower():
        settings["name"] = name
    return settings


def _batch_size(data: Any) -> Any:
    """Return how many rows a step has: what a loader says, or Keras's default for what it cuts up itself."""
    known = getattr(data, "batch_size", None)
    if known is not None:
        return known
    return _DEFAULT_BATCH if hasattr(data, "shape") or isinstance(data, list | tuple | dict) else None


def _name(loss: Any) -> Any:
    """Return the name of a loss: as text, function or object."""
    if loss is None or isinstance(loss, str | dict | list):
        return loss
    return getattr(loss, "name", None) or getattr(loss, "__name__", type(loss).__name__)


# --------------------------------------------------------------------------------------------- during


def _callback(fit: _Fit) -> Any:
    import keras

    class _Epochs(keras.callbacks.Callback):  # type: ignore[misc, unused-ignore]
        """What Keras calls: failures of ours stay here."""

        def __init__(self) -> None:
            super().__init__()
            self.batches = fit.run.seen.get("batches", 0)
            self.has_summary = False

        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 - Keras's names, here and below
            self._summarise()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            every = fit.options.log_every_n_steps
            if every is not None and self.batches % every == 0:
                attempt(NAME, _log_logs, fit, logs, self.batches, "batch_")
            self.batches += 1
            fit.run.seen["batches"] = self.batches

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self._summarise()
            attempt(NAME, _log_epoch, fit, logs, epoch)
            fit.run.seen["epochs"] = fit.first_epoch + epoch + 1

        def _summarise(self) -> None:
            if not self.has_summary and fit.model.built:
                self.has_summary = True
                attempt(NAME, _log_summary, fit)

    return _Epochs()


def _log_logs(fit: _Fit, logs: Mapping[str, Any] | None, step: int, prefix: str = "") -> None:
    fit.ref.log_metrics({f"{prefix}{key}": _number(value) for key, value in (logs or {}).items()}, step)


def _log_epoch(fit: _Fit, logs: Mapping[str, Any] | None, epoch: int) -> None:
    if not fit.options.log_every_epoch or epoch % fit.options.log_every_n_step:
        return
    rate = getattr(getattr(fit.model, "optimizer", None), "learning_rate", None)
    found = dict(logs or {})
    if rate is not None:
        found.setdefault("learning_rate", rate)
    _log_logs(fit, found, fit.first_epoch + epoch)


def _number(value: Any) -> float:
    """Return a scalar of whatever backend as a number."""
    if isinstance(value, float | int):
        return float(value)
    import keras

    return float(keras.ops.convert_to_numpy(value))


def _log_summary(fit: _Fit) -> None:
    lines: list[str] = []
    fit.model.summary(print_fn=lambda text, **_: lines.append(text))
    fit.ref.write("model_summary.txt", "\n".join(lines))


# ---------------------------------------------------------------------------------------------- after


def _log_fitted(fit: _Fit, callbacks: list[Any], history: Any) -> None:
    """Log what a fit has made, each part by itself: one that cannot be had does not keep the others away."""
    epochs = [fit.first_epoch + epoch for epoch in getattr(history, "epoch", ())]
    attempt(NAME, log_stopping, fit.ref, callbacks, getattr(history, "history", {}), epochs, fit.first_epoch)
    if not fit.run.is_full:
        return
    if fit.options.log_datasets:
        attempt(NAME, _log_data, fit)
    if fit.options.log_models:
        attempt(NAME, _log_model, fit)


def _log_data(fit: _Fit) -> None:
    pairs = ((fit.given.get("x"), fit.given.get("y"), "train"), (*_validation(fit.given), "eval"))
    for (features, targets, context), name in zip(pairs, fit.names, strict=True):
        dataset = None
        if features is not None:
            dataset = loader_dataset(features, name) or dataset_of(features, targets, name)
        if dataset is not None:
            fit.ref.log_dataset(dataset, context)


def _log_model(fit: _Fit) -> None:
    size = _BYTES_PER_WEIGHT * (fit.model.count_params() + _count(getattr(fit.model, "optimizer", None)))
    rows = first_rows(fit.given.get("x"))
    schema = input_schema(fit.model) if rows is None else None
    log_model(NAME, fit.ref, fit.model, fit.options, rows, size_bytes=size, schema=schema, step=fit.run.fits)


def _count(optimizer: Any) -> int:
    """Return how many numbers an optimizer keeps."""
    import math

    return sum(math.prod(each.shape) for each in getattr(optimizer, "variables", ()))
