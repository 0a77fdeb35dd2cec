"""Importing skops in a tenth of its time.

skops lists scikit-learn's estimators when it is imported, and imports all of scikit-learn for that, its tests and what
they need among it: PyTorch, where that is installed. Here that list is made when somebody else asks skops for it; our
own reading and writing asks only about the types of one file.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, SupportsIndex

_LIST = "SKLEARN_ESTIMATOR_TYPE_NAMES"
_MAKER = "skops.io._trusted_types"
_USERS = (_MAKER, "skops.io._general")
# As scikit-learn's own list leaves them out.
_NO_ROOMS = frozenset({"tests", "externals", "setup", "conftest", "experimental"})
_LOCK = threading.Lock()


class _Thread(threading.local):
    names: tuple[str, ...] | None = None  # of estimators, while a file of ours is looked at


_THREAD = _Thread()


def skops_io() -> ModuleType | None:
    """Return ``skops.io``, or None where it is not installed."""
    found = sys.modules.get("skops.io")
    if found is not None:
        return found
    with _LOCK:
        try:
            return _imported()
        except ImportError:
            return None


@contextmanager
def estimators_among(types: Iterable[str]) -> Iterator[None]:
    """Have skops know of scikit-learn's estimators only those among these types, in this thread."""
    _THREAD.names = tuple(name for name in types if is_estimator(name))
    try:
        yield
    finally:
        _THREAD.names = None


def is_estimator(name: str) -> bool:
    """Tell whether a dotted name is that of an estimator of scikit-learn's, as its own list of them has it."""
    room, _, attribute = name.rpartition(".")
    parts = room.split(".")
    if parts[0] != "sklearn" or attribute.startswith("_") or _NO_ROOMS & set(parts):
        return False
    try:
        kind = getattr(importlib.import_module(room), attribute, None)
    except ImportError:
        return False
    base: Any = importlib.import_module("sklearn.base")
    return inspect.isclass(kind) and issubclass(kind, base.BaseEstimator) and not inspect.isabstract(kind)


def _imported() -> ModuleType:
    utilities: Any = importlib.import_module("sklearn.utils")
    every = getattr(utilities, "all_estimators", None)
    if every is None or _MAKER in sys.modules:
        return importlib.import_module("skops.io")

    def asked(*args: Any, **kwargs: Any) -> Any:
        is_skops = sys._getframe(1).f_globals.get("__name__") == _MAKER  # noqa: SLF001 - nobody else is answered so
        return [] if is_skops else every(*args, **kwargs)

    utilities.all_estimators = asked
    try:
        found = importlib.import_module("skops.io")
    finally:
        utilities.all_estimators = every
    names = _Names(every)
    for room in _USERS:
        module = sys.modules.get(room)
        if hasattr(module, _LIST):
            setattr(module, _LIST, names)
    return found


class _Names(list[str]):
    """The list that skops would have made, made when it is first asked for by somebody else."""

    def __init__(self, every: Callable[[], Any]) -> None:
        super().__init__()
        self._every: Callable[[], Any] | None = every

    def _whole(self) -> _Names:
        every, self._every = self._every, None
        if every is not None:
            names = (f"{kind.__module__}.{kind.__name__}" for _, kind in every())
            self.extend(name for name in names if name.startswith("sklearn."))
        return self

    def __add__(self, other: Any) -> Any:
        if _THREAD.names is not None:
            return [*_THREAD.names, *other]
        return list.__add__(self._whole(), other)

    def __iter__(self) -> Iterator[str]:
        return list.__iter__(self._whole())

    def __len__(self) -> int:
        return list.__len__(self._whole() if self._every is not None else self)

    def __contains__(self, name: object) -> bool:
        return list.__contains__(self._whole(), name)

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        return list.__getitem__(self._whole(), index)
