"""What a training of Lightning's tells on its way: metrics as the module logs them, each step's and each epoch's."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from jupyter_tracker.autologging._patching import attempt
from jupyter_tracker.autologging._recording import FitRun
from jupyter_tracker.autologging.optimizers import learning_rates
from jupyter_tracker.autologging.options import Options

_NAME: Final = "lightning"
_ROWS: Final = 5


@dataclass
class Progress:
    """One call of `Trainer.fit`.

    Attributes
    ----------
    module : module
        ``lightning.pytorch`` or ``pytorch_lightning``.
    trainer, model
        What trains, and what is trained.
    run : FitRun
        Where it is logged.
    options : Options
        What of it.
    on_start : callable
        Called once the optimizers are there.
    example : numpy.ndarray or None
        The first rows of the first batch.
    """

    module: Any
    trainer: Any
    model: Any
    run: FitRun
    options: Options
    on_start: Callable[[Progress], None]
    example: Any = None
    _keys: set[str] = field(default_factory=set)
    _epoch: int = 0
    _step: int = 0
    _rates: dict[str, float] = field(default_factory=dict)
    _has_begun: bool = False
    _first: tuple[int, int] = (0, 0)  # steps and epochs of the same model in this run before

    def __post_init__(self) -> None:
        self._first = self.run.seen.get("steps", 0), self.run.seen.get("epochs", 0)

    def begin(self) -> None:
        """Log what is there only now."""
        self._has_begun = True
        self.on_start(self)

    def end(self) -> None:
        """Log the last metrics of a training that has run in other processes."""
        if not self._has_begun:
            metrics = dict(self.trainer.callback_metrics)
            self.run.ref.log_metrics({key: float(value) for key, value in metrics.items()}, self.trainer.current_epoch)

    def log_step(self) -> None:
        """Log the metrics of a step and the learning rates, as often as the Trainer tells its own loggers."""
        step = int(self.trainer.global_step)
        if step == self._step or not self._is_due(step):  # the same step: gradients are accumulated
            return
        self._step = step
        self.run.ref.log_metrics(self._told() | self._rates, self._first[0] + step - 1)
        self.run.seen["steps"] = self._first[0] + step

    def begin_step(self, batch: Any) -> None:
        """Note the learning rates that a step is made with: at its end a schedule may have changed them already."""
        if self.example is None:
            self.example = _first_rows(batch)
        if self._is_due(int(self.trainer.global_step) + 1):
            self._rates = {}
            for number, optimizer in enumerate(self.trainer.optimizers):
                self._rates |= learning_rates(optimizer, number)

    def _is_due(self, step: int) -> bool:
        every = self.options.log_every_n_step
        if every == 1:
            every = int(self.trainer.log_every_n_steps)
        return bool(every) and step % every == 0

    def log_epoch(self) -> None:
        """Log the metrics of an epoch, of its training or its validation."""
        self._epoch = self._first[1] + int(self.trainer.current_epoch)
        self.run.seen["epochs"] = self._epoch + 1
        self.run.ref.log_metrics(self._told(), self._epoch)

    def log_rest(self) -> None:
        """Log what the module has logged itself at the end of an epoch, which comes after our own turn."""
        metrics = dict(self.trainer.logged_metrics)
        found = {key: float(value) for key, value in metrics.items() if key not in self._keys}
        self.run.ref.log_metrics(found, self._epoch)

    def _told(self) -> dict[str, float]:
        """Return what the module has logged for the loggers in this step or, at its end, in this epoch."""
        # Lightning's own: its public dictionaries mix what is of now with all that has ever been.
        metrics = self.trainer._logger_connector.metrics["log"]  # noqa: SLF001
        self._keys.update(metrics)
        return {key: float(value) for key, value in metrics.items()}


def _first_rows(batch: Any) -> Any:
    """Return the first rows of a batch, if it is a tensor, or a pair that begins with one."""
    first = batch[0] if isinstance(batch, list | tuple) and batch else batch
    if not hasattr(first, "detach") or not first.ndim:
        return None
    return first[:_ROWS].detach().cpu().numpy().copy()


def callback(progress: Progress) -> Any:
    """Return what Lightning calls: failures of ours stay here."""

    class _Watching(progress.module.Callback):  # type: ignore[misc, name-defined, unused-ignore]
        def on_train_start(self, *_: Any) -> None:
            attempt(_NAME, progress.begin)

        def on_train_batch_start(self, _trainer: Any, _module: Any, batch: Any, *_: Any) -> None:
            attempt(_NAME, progress.begin_step, batch)

        def on_train_batch_end(self, *_: Any) -> None:
            attempt(_NAME, progress.log_step)

        def on_train_epoch_start(self, *_: Any) -> None:
            attempt(_NAME, progress.log_rest)

        def on_train_epoch_end(self, *_: Any) -> None:
            attempt(_NAME, progress.log_epoch)

        def on_validation_end(self, trainer: Any, *_: Any) -> None:
            if not trainer.sanity_checking:
                attempt(_NAME, progress.log_epoch)

        def on_train_end(self, *_: Any) -> None:
            attempt(_NAME, progress.log_rest)

        def __reduce__(self) -> Any:
            # A Trainer that starts processes sends its callbacks along: there this one does nothing.
            return _idle, (progress.module.__name__,)

    return _Watching()


def _idle(package: str) -> Any:
    module: Any = importlib.import_module(package)
    return module.Callback()
