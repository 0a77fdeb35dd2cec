"""Which classes and methods are watched: those of every estimator that exists, and of each that is made later."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from jupyter_tracker.autologging._patching import Patches, Watcher
from jupyter_tracker.autologging.sklearn.fits import around_fit
from jupyter_tracker.autologging.sklearn.predictions import around_predict, around_score

_METHODS: dict[str, Watcher] = {
    "fit": around_fit,
    "fit_transform": around_fit,
    "fit_predict": around_fit,
    "predict": around_predict,
    "predict_proba": around_predict,
    "predict_log_proba": around_predict,
    "decision_function": around_predict,
    "score": around_score,
}


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch every estimator; `module` is ``sklearn.base``."""
    base: Any = module.BaseEstimator
    for owner in _family(base):
        _patch_class(owner, patches)

    def __init_subclass__(cls: type, **options: Any) -> None:  # noqa: N807
        super(base, cls).__init_subclass__(**options)
        # Mixins too, which may be the user's own.
        for owner in cls.__mro__:
            _patch_class(owner, patches)

    if "__init_subclass__" not in vars(base):
        hook: Any = classmethod(__init_subclass__)  # type: ignore[arg-type]
        base.__init_subclass__ = hook
        patches.on_undo(lambda: _remove(base, hook))


def _patch_class(owner: type, patches: Patches) -> None:
    if owner is object or owner.__module__.partition(".")[0] in {"xgboost", "lightgbm"}:
        return  # those have integrations of their own
    for name, watcher in _METHODS.items():
        if name in vars(owner):
            patches.method(owner, name, watcher)


def _family(base: type) -> set[type]:
    """Return a class, all that inherit from it, and all that those inherit from."""
    found: set[type] = set()
    left: list[type] = [base]
    while left:
        cls: Any = left.pop()
        for owner in cls.__mro__:
            found.add(owner)
        left += [each for each in cls.__subclasses__() if each not in found]
    return found


def _remove(base: Any, hook: Any) -> None:
    if vars(base).get("__init_subclass__") is hook:
        del base.__init_subclass__
