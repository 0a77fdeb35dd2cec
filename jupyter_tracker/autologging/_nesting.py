"""Which calls are the user's own, and which are made by another call: only the outermost is logged."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jupyter_tracker.autologging._patching import Call
from jupyter_tracker.autologging._recording import FitRun


@dataclass
class Outer:
    """A call that is being logged, and the fits that were made inside of it."""

    fitted: Any = None
    run: FitRun | None = None  # of an estimator of XGBoost or LightGBM, whose training it calls logs there
    inner: dict[str, list[float]] = field(default_factory=dict)  # by class: how many, and seconds
    logs_steps: bool = False  # a training loop of PyTorch inside is its own, and logged by it

    def note(self, estimator: Any, seconds: float) -> None:
        """Count a fit that was made inside."""
        if estimator is not self.fitted:
            found = self.inner.setdefault(type(estimator).__name__, [0, 0.0])
            found[0] += 1
            found[1] += seconds


class _Thread(threading.local):
    def __init__(self) -> None:
        self.outer: Outer | None = None
        self.fitted: Any = None  # by the innermost fit


_THREAD = _Thread()
_OPEN: list[Outer] = []


def is_inner(call: Call) -> bool:
    """Tell whether a call was made by a watched one, or by scikit-learn itself (its worker threads too)."""
    if _THREAD.outer is not None:
        return True
    caller = call.frame.f_globals.get("__name__", "")
    return isinstance(caller, str) and caller.startswith("sklearn.")


def has_logged_steps() -> bool:
    """Tell whether this thread is inside a call that logs the steps of its training itself."""
    return _THREAD.outer is not None and _THREAD.outer.logs_steps


def outer_run() -> FitRun | None:
    """Return the run of the call that this one was made by, if it takes what this one logs."""
    return None if _THREAD.outer is None else _THREAD.outer.run


@contextlib.contextmanager
def outermost(fitted: Any = None, *, logs_steps: bool = False) -> Iterator[Outer]:
    """Mark what this thread calls from now on as made by this call."""
    outer = Outer(fitted, logs_steps=logs_steps)
    _THREAD.outer = outer
    _OPEN.append(outer)
    try:
        yield outer
    finally:
        _THREAD.outer = None
        _OPEN.remove(outer)


@contextlib.contextmanager
def noted(call: Call) -> Iterator[None]:
    """Count an inner fit for the call that makes it; from a worker thread, where there is only one that can be it."""
    outer = _THREAD.outer
    if outer is None and len(_OPEN) == 1:
        outer = _OPEN[0]
    if outer is None:
        yield
        return
    estimator, began, around = call.args[0], time.perf_counter(), _THREAD.fitted
    _THREAD.fitted = estimator
    try:
        yield
    finally:
        _THREAD.fitted = around
    if estimator is not around:  # `fit_transform` calls `fit`
        outer.note(estimator, time.perf_counter() - began)
