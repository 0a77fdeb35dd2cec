"""Lightning's Trainer, from ``lightning`` or ``pytorch_lightning``: what it is given, and what is left of it.

What it tells on its way is `lightning_metrics`. The hooks of plain PyTorch loops are silent inside of it.
"""

from __future__ import annotations

import importlib
import inspect
import json
import weakref
from collections.abc import Generator, Mapping
from types import FrameType, ModuleType
from typing import Any, Final

from jupyter_tracker.autologging._data import variable_name
from jupyter_tracker.autologging._loaders import loader_dataset
from jupyter_tracker.autologging._nesting import is_inner, noted, outermost
from jupyter_tracker.autologging._patching import Arguments, Call, Patches, attempt
from jupyter_tracker.autologging._recording import WARM, RunRef, begin, ref_of
from jupyter_tracker.autologging.lightning_metrics import Progress, callback
from jupyter_tracker.autologging.models import log_model
from jupyter_tracker.autologging.optimizers import optimizer_params
from jupyter_tracker.autologging.options import SWITCHES
from jupyter_tracker.tracking.ending import status_of
from jupyter_tracker.tracking.stack import STACK

NAME: Final = "lightning"
_STOPPING: Final = ("monitor", "mode", "patience", "min_delta")
_LOADERS: Final = ("train_dataloaders", "val_dataloaders", "dataloaders")
# Where a Trainer keeps its loaders, and what for; after `test` and `validate` too.
_FITTED: Final = {"train_dataloader": "train", "val_dataloaders": "eval"}
_EVALUATED: Final = {"test": "test_dataloaders", "validate": "val_dataloaders"}
Names = tuple[dict[int, str | None], str | None]
_TRAINER: Final = ("max_steps", "accumulate_grad_batches", "gradient_clip_val", "precision")

# The run of each model, for what it is tested with later.
_RUNS: weakref.WeakKeyDictionary[Any, RunRef] = weakref.WeakKeyDictionary()


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch the Trainer; `module` is ``lightning.pytorch`` or ``pytorch_lightning``."""
    trainer: Any = module.Trainer  # type: ignore[attr-defined, unused-ignore]
    patches.method(trainer, "fit", lambda call: _around_fit(module, call))
    for name in ("test", "validate"):
        patches.method(trainer, name, _around_evaluation)


def _around_fit(module: Any, call: Call) -> Generator[Arguments | None, Any, None]:
    if is_inner(call):
        with noted(call):
            yield None
        return
    trainer = call.args[0]
    if not trainer.is_global_zero:  # another process of the same training: the first one logs
        with outermost(logs_steps=True):
            yield None
        return
    arguments = inspect.signature(call.function).bind(*call.args, **call.kwargs).arguments
    model, names = arguments["model"], _names(arguments, call.frame)
    options = SWITCHES.options(NAME)
    run = begin(NAME, type(model).__name__, options, model, settings={WARM: True})
    _RUNS[model] = run.ref
    progress = Progress(module, trainer, model, run, options, log_setup)
    ours = callback(progress)
    attempt(NAME, _log_params, trainer, model, run.ref)
    trainer.callbacks.append(ours)
    try:
        with outermost(model, logs_steps=True):
            yield None
        _log_fitted(progress, names)
    except BaseException as error:
        run.end(status_of(error))
        raise
    finally:
        if ours in trainer.callbacks:
            trainer.callbacks.remove(ours)
    run.end()


def _log_params(trainer: Any, model: Any, ref: RunRef) -> None:
    """Log the hyperparameters that the model and its data module have saved, and how the Trainer is set."""
    params: dict[str, Any] = {}
    for each in (getattr(trainer, "datamodule", None), model):
        params |= _flat(dict(getattr(each, "hparams", None) or {}))
    params["epochs"] = trainer.max_epochs
    params |= {key: getattr(trainer, key) for key in _TRAINER if getattr(trainer, key, None) is not None}
    ref.log_params(params)


def _flat(params: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in params.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def log_setup(progress: Progress) -> None:
    """Log what is there only once training begins: optimizers, device, summary."""
    trainer, ref = progress.trainer, progress.run.ref
    for number, optimizer in enumerate(trainer.optimizers):
        ref.log_params(optimizer_params(optimizer, number))
    for each in _callbacks(progress, "EarlyStopping"):
        params = {key: getattr(each, key) for key in _STOPPING}
        ref.log_params(params | {"min_delta": abs(each.min_delta)})
    utilities: Any = importlib.import_module(f"{progress.module.__name__}.utilities.model_summary")
    ref.write("model_summary.txt", str(utilities.ModelSummary(progress.model, max_depth=-1)))


def _callbacks(progress: Progress, name: str) -> list[Any]:
    kind = getattr(progress.module.callbacks, name)
    return [each for each in progress.trainer.callbacks if isinstance(each, kind)]


def _log_fitted(progress: Progress, names: Names) -> None:
    """Log what a fit has made, each part by itself: one that cannot be had does not keep the others away."""
    attempt(NAME, progress.end)
    attempt(NAME, _log_stopping, progress)
    attempt(NAME, _log_checkpoints, progress)
    if progress.run.is_full and progress.options.log_datasets:
        attempt(NAME, _log_data, progress.trainer, progress.run.ref, names)
    if progress.run.is_full and progress.options.log_models:
        attempt(NAME, _log_model, progress)


def _log_stopping(progress: Progress) -> None:
    for each in _callbacks(progress, "EarlyStopping"):
        found = {"best_score": float(each.best_score), "wait_count": float(each.wait_count)}
        if each.stopped_epoch:
            found["stopped_epoch"] = float(each.stopped_epoch)
            found["restored_epoch"] = float(each.stopped_epoch - max(1, each.patience))
        progress.run.ref.log_metrics(found)


def _log_checkpoints(progress: Progress) -> None:
    """Log where the checkpoints are and which is best. The files stay where Lightning has put them."""
    found = []
    for each in _callbacks(progress, "ModelCheckpoint"):
        score = None if each.best_model_score is None else float(each.best_model_score)
        kept = {path: float(value) for path, value in each.best_k_models.items()}
        paths = {"best_model_path": each.best_model_path, "last_model_path": each.last_model_path}
        found.append(
            {"monitor": each.monitor, "mode": each.mode, "best_model_score": score, **paths, "best_k_models": kept}
        )
        if score is not None:
            progress.run.ref.log_metrics({"best_model_score": score})
    if any(each["best_model_path"] or each["last_model_path"] for each in found):
        progress.run.ref.write("checkpoints.json", json.dumps(found, indent=1))


def _names(arguments: Mapping[str, Any], frame: FrameType) -> Names:
    """Return what the caller calls the loaders, by their ids; and the class of a data module, for what it makes."""
    given = [each for key in _LOADERS for each in _flattened(arguments.get(key))]
    names = {id(each): variable_name(each, frame) for each in given}
    module = arguments.get("datamodule")
    return names, None if module is None else type(module).__name__


def _log_data(trainer: Any, ref: RunRef, names: Names, kinds: Mapping[str, str] = _FITTED) -> None:
    """Log what a Trainer was given to read, without reading from it."""
    for attribute, context in kinds.items():
        for loader in _flattened(getattr(trainer, attribute, None)):
            dataset = loader_dataset(loader, names[0].get(id(loader)) or names[1])
            if dataset is not None:
                ref.log_dataset(dataset, context)


def _flattened(loaders: Any) -> list[Any]:
    """Return the loaders in one, in lists, dictionaries and what Lightning combines them in."""
    loaders = getattr(loaders, "iterables", loaders)
    if isinstance(loaders, Mapping):
        loaders = list(loaders.values())
    if isinstance(loaders, list | tuple):
        return [inner for each in loaders for inner in _flattened(each)]
    return [] if loaders is None else [loaders]


def _log_model(progress: Progress) -> None:
    tensors = [*progress.model.parameters(), *progress.model.buffers()]
    size = sum(each.numel() * each.element_size() for each in tensors)
    # Without a forward of its own it is trained, but cannot be asked.
    predicts = type(progress.model).forward is not progress.module.LightningModule.forward
    example = progress.example if predicts else None
    run = progress.run
    log_model("pytorch", run.ref, progress.model, progress.options, example, size_bytes=size, step=run.fits)


def _around_evaluation(call: Call) -> Generator[None, Any, None]:
    """Log what a test or a validation after the fit finds, to the run of the model, or to the active one."""
    trainer, arguments = call.args[0], inspect.signature(call.function).bind(*call.args, **call.kwargs).arguments
    if is_inner(call) or not trainer.is_global_zero:
        yield
        return
    results = yield
    model = arguments.get("model") or getattr(trainer, "lightning_module", None)
    ref, entry = None if model is None else _RUNS.get(model), STACK.current()
    if ref is None and entry is not None:
        ref = ref_of(entry)
    if ref is not None:
        if SWITCHES.options(NAME).log_datasets:
            kind = {_EVALUATED[call.function.__name__]: "eval"}
            attempt(NAME, _log_data, trainer, ref, _names(arguments, call.frame), kind)
        for metrics in results or ():
            ref.log_metrics({key: float(value) for key, value in metrics.items()}, trainer.current_epoch)
