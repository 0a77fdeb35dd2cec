"""Early stopping of Keras: how it was set, where it stopped, and which epoch was best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jupyter_tracker.autologging._recording import RunRef

_SETTINGS: Final = ("monitor", "mode", "patience", "min_delta", "baseline", "restore_best_weights", "start_from_epoch")


def log_stopping_params(ref: RunRef, callbacks: Sequence[Any]) -> None:
    """Log how the early stopping among these callbacks is set."""
    for each in _stopping(callbacks):
        params = {key: getattr(each, key) for key in _SETTINGS if getattr(each, key, None) is not None}
        if "min_delta" in params:
            params["min_delta"] = abs(params["min_delta"])  # Keras keeps it with the sign of the direction
        ref.log_params(params)


def log_stopping(
    ref: RunRef, callbacks: Sequence[Any], history: Mapping[str, Sequence[Any]], epochs: Sequence[int], first: int = 0
) -> None:
    """Log where it stopped and what was best; the best epoch's metrics once more, as last ones, if it was restored.

    Parameters
    ----------
    ref : RunRef
        Where to.
    callbacks : sequence
        The user's.
    history : mapping
        Metric → its value of each epoch.
    epochs : sequence of int
        The numbers of these epochs.
    first : int
        The number of what Keras calls epoch 0.
    """
    for each in _stopping(callbacks):
        best = getattr(each, "best", None)
        if best is None or not epochs:  # it has never seen its metric
            continue
        best_epoch = first + each.best_epoch
        found = {"best_epoch": float(best_epoch), "best_score": float(best), "wait_count": float(each.wait)}
        if each.stopped_epoch:
            found["stopped_epoch"] = float(first + each.stopped_epoch)
        is_restored = each.restore_best_weights and each.best_weights is not None
        if is_restored:
            found["restored_epoch"] = float(best_epoch)
        ref.log_metrics(found)
        if is_restored and best_epoch in epochs:
            position = list(epochs).index(best_epoch)
            last = {key: float(values[position]) for key, values in history.items() if position < len(values)}
            ref.log_metrics(last, epochs[-1] + 1)


def _stopping(callbacks: Sequence[Any]) -> Iterator[Any]:
    import keras

    return (each for each in callbacks if isinstance(each, keras.callbacks.EarlyStopping))
