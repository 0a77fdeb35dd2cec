"""Watching calls of a library: what is put around them, and how it is taken away again.

A watcher is a generator: it runs up to its `yield` before the call, and goes on with the result after it. What the
library raises is raised at the `yield`. Whatever a watcher does, the user's call returns and raises the same: our
own failures are warned of once.

>>> def around_fit(call):
...     print("before")
...     result = yield
...     print("after", result)

Methods are replaced by a descriptor (`Watched`): the class still shows the library's own function, and a class that
is pickled by value (a notebook's own estimator) takes nothing of ours along. Functions are replaced wherever a
module has them, so that it does not matter what was imported first.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import sys
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from types import FrameType, MethodType, ModuleType
from typing import Any

from jupyter_tracker.errors import TrackerWarning, warn_once
from jupyter_tracker.tracking.masking import mask

_MAX_MESSAGE = 300
# Above the top of the stack: the warning then names no line of ours, which would say nothing to the user.
_NO_PLACE = 1000


@dataclass
class Call:
    """One call of a watched function.

    Attributes
    ----------
    function : callable
        The library's own.
    args, kwargs
        What it is called with, `self` first; a watcher may yield others.
    frame : FrameType
        Who calls.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    frame: FrameType


# What may be yielded: other arguments for the call, or nothing.
Arguments = tuple[tuple[Any, ...], Mapping[str, Any]]
Watcher = Callable[[Call], Generator[Arguments | None, Any, None]]


class _Thread(threading.local):
    ours = False  # our own code runs: what it calls is not watched


_THREAD = _Thread()


class ours:  # noqa: N801 - used like a function
    """Run code of ours: what it calls of the library is not watched."""

    def __enter__(self) -> None:
        self._before = _THREAD.ours
        _THREAD.ours = True

    def __exit__(self, *_: object) -> None:
        _THREAD.ours = self._before


def is_ours() -> bool:
    """Tell whether this thread runs code of ours."""
    return _THREAD.ours


@dataclass
class Patches:
    """What was changed in one library, and whether it takes effect at the moment.

    Attributes
    ----------
    name : str
        The framework, for warnings.
    is_active : callable
        Asked at each call.
    """

    name: str
    is_active: Callable[[], bool]
    _methods: list[tuple[type, str, Watched]] = field(default_factory=list)
    _functions: list[tuple[Any, Any]] = field(default_factory=list)
    _packages: set[str] = field(default_factory=set)
    _undo: list[Callable[[], None]] = field(default_factory=list)
    _lock: Any = field(default_factory=threading.RLock)

    def method(self, owner: type, name: str, watcher: Watcher) -> None:
        """Watch a method that `owner` defines itself; nothing where it does not."""
        with self._lock:
            original = vars(owner).get(name)
            if original is None or isinstance(original, Watched) or not _function_of(original):
                return
            watched = Watched(self, original, watcher)
            setattr(owner, name, watched)
            self._methods.append((owner, name, watched))

    def functions(self, watchers: Mapping[Any, Watcher], packages: tuple[str, ...]) -> None:
        """Watch functions wherever a module of these packages, or of the user, has them: one walk for all."""
        with self._lock:
            known = {id(each) for pair in self._functions for each in pair}
            pairs = [
                (original, self.wrapped(original, watcher))
                for original, watcher in watchers.items()
                if id(original) not in known
            ]
            self._functions += pairs
            self._packages.update(packages)
            replace_everywhere(pairs, self._packages)

    def wrapped(self, original: Any, watcher: Watcher) -> Any:
        """Return a function that is watched."""

        @functools.wraps(original)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not self.is_active() or _THREAD.ours:
                return original(*args, **kwargs)
            return watched_call(self, watcher, original, args, kwargs)

        return wrapper

    def on_undo(self, undo: Callable[[], None]) -> None:
        """Have something done when the library is restored."""
        self._undo.append(undo)

    def undo(self) -> None:
        """Restore the library. What others have wrapped around ours since stays, and passes calls through."""
        with self._lock:
            for undo in reversed(self._undo):
                undo()
            for owner, name, watched in reversed(self._methods):
                if vars(owner).get(name) is watched:
                    setattr(owner, name, watched.original)
            replace_everywhere([(wrapper, original) for original, wrapper in self._functions], self._packages)
            for changes in (self._methods, self._functions, self._undo):
                changes.clear()


class Watched:
    """A method that is watched when it is called on an instance; a class that has it shows the library's own."""

    def __init__(self, patches: Patches, original: Any, watcher: Watcher) -> None:
        self.patches = patches
        self.original = original
        self._wrapper = patches.wrapped(_function_of(original), watcher)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        bound = self.original.__get__(instance, owner)  # raises where the method is not to be had on this instance
        if instance is None or not self.patches.is_active():
            return bound
        return MethodType(self._wrapper, instance)

    def __reduce__(self) -> Any:
        # A class that is pickled by value keeps its own method.
        return operator.getitem, ((self.original,), 0)


def _function_of(original: Any) -> Any:
    """Return the function of a method, of one too that scikit-learn makes available on a condition; else None."""
    if callable(original) and hasattr(original, "__get__") and not isinstance(original, type):
        return original
    return getattr(original, "fn", None)


def watched_call(
    patches: Patches, watcher: Watcher, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Make a call with a watcher around it."""
    frame = sys._getframe(2)  # noqa: SLF001 - past the wrapper: who calls
    watching, changed = _begin(patches, watcher, Call(original, args, kwargs, frame))
    if watching is None:
        return original(*args, **kwargs)
    if changed is not None:
        args, kwargs = changed[0], dict(changed[1])
    try:
        result = original(*args, **kwargs)
    except BaseException as error:
        _fail(patches, watching, error)
        raise
    _finish(patches, watching, result)
    return result


def _begin(patches: Patches, watcher: Watcher, call: Call) -> tuple[Any, Arguments | None]:
    try:
        with ours():
            watching = watcher(call)
            return watching, next(watching)
    except StopIteration:
        return None, None
    except Exception as error:
        say_failed(patches.name, error)
        return None, None


def _finish(patches: Patches, watching: Generator[Any, Any, None], result: Any) -> None:
    try:
        with ours():
            watching.send(result)
    except StopIteration:
        return
    except Exception as error:
        say_failed(patches.name, error)
    finally:
        watching.close()


def _fail(patches: Patches, watching: Generator[Any, Any, None], error: BaseException) -> None:
    users_own = error.__traceback__
    try:
        with ours():
            watching.throw(error)
    except StopIteration:
        return
    except BaseException as raised:
        if raised is error or raised.__cause__ is error:  # a watcher that did not ask for it lets it through
            return
        if not isinstance(raised, Exception):
            raise
        say_failed(patches.name, raised)
    finally:
        watching.close()
        # It went through the watcher, whose lines would stand above the user's.
        error.__traceback__ = users_own


def attempt(name: str, do: Callable[..., Any], *args: Any) -> Any:
    """Do one thing of ours; where it fails, warn once and return None."""
    try:
        with ours():
            return do(*args)
    except Exception as error:
        say_failed(name, error)
        return None


def say_failed(name: str, error: BaseException) -> None:
    """Warn, once for each framework and kind of error, that something was not logged."""
    text = mask(str(error))[:_MAX_MESSAGE]
    message = (
        f"jupyter_tracker could not log a call of {name} ({type(error).__name__}: {text}); your code goes on. "
        f"To switch this off: tracker.autolog(disable=True), or %%track --no-autolog."
    )
    say(message, topic=f"autolog {name} {type(error).__name__}")


def say(message: str, topic: str | None = None) -> None:
    """Warn once for each topic, also where the user has made warnings into errors."""
    with contextlib.suppress(TrackerWarning):
        warn_once(message, topic=topic, stacklevel=_NO_PLACE)


def replace_everywhere(pairs: Iterable[tuple[Any, Any]], packages: Collection[str]) -> None:
    """Replace the first of each pair by the second, wherever a module of these packages or of the user has it."""
    by_id = {id(old): new for old, new in pairs}
    modules: list[tuple[str, Any]] = list(sys.modules.items())  # whatever somebody has put there
    for name, module in modules:
        if isinstance(module, ModuleType) and (name.partition(".")[0] in packages or _is_users(module)):
            for key, value in list(vars(module).items()):
                new = by_id.get(id(value))
                if new is not None:
                    setattr(module, key, new)


def _is_users(module: ModuleType) -> bool:
    if module.__name__ == "__main__":
        return True
    path = getattr(module, "__file__", None)
    return isinstance(path, str) and "site-packages" not in path and not path.startswith(sys.base_prefix)
