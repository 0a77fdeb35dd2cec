"""The table of integrations, and how one gets into its library: when that is imported, never before."""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from types import ModuleType
from typing import Any, NamedTuple

from jupyter_tracker.autologging._imports import HOOK
from jupyter_tracker.autologging._patching import Patches, attempt, say
from jupyter_tracker.autologging.options import SWITCHES


class Integration(NamedTuple):
    """One framework.

    Attributes
    ----------
    package : str
        Its import name; where there are several, the one that tests have.
    modules : tuple of str
        The modules whose import calls `patch(module_name, patches)` of `jupyter_tracker.autologging.<framework>`.
    oldest, tested : tuple of int
        Older versions are left alone, and it is said; a newer major version is said to be untested.
    """

    package: str
    modules: tuple[str, ...]
    oldest: tuple[int, ...]
    tested: tuple[int, ...]


INTEGRATIONS: dict[str, Integration] = {
    "sklearn": Integration("sklearn", ("sklearn.base", "sklearn.metrics", "sklearn.model_selection"), (1, 4), (1, 9)),
    "pytorch": Integration("torch", ("torch",), (2, 2), (2, 13)),
    "lightning": Integration("pytorch_lightning", ("pytorch_lightning", "lightning.pytorch"), (2, 2), (2, 6)),
    "keras": Integration("keras", ("keras",), (3, 3), (3, 15)),
    "xgboost": Integration("xgboost", ("xgboost",), (2, 0), (3, 2)),
    "lightgbm": Integration("lightgbm", ("lightgbm",), (4, 3), (4, 7)),
}

# Frameworks that are switched with another one.
FOLLOWERS: dict[str, tuple[str, ...]] = {"pytorch": ("lightning",)}

_LOCK = threading.Lock()
_PATCHES: dict[str, Patches] = {}


def install(*frameworks: str) -> None:
    """Watch these frameworks, all of them where none is named: now where they are loaded, else once they are."""
    for framework in frameworks or INTEGRATIONS:
        with _LOCK:
            if framework in _PATCHES:
                continue
            _PATCHES[framework] = Patches(framework, functools.partial(SWITCHES.is_on, framework))
        for module in INTEGRATIONS[framework].modules:
            HOOK.when_imported(module, functools.partial(_patch, framework))


def uninstall(*frameworks: str) -> None:
    """Restore these libraries, all of them where none is named."""
    for framework in frameworks or list(_PATCHES):
        with _LOCK:
            patches = _PATCHES.pop(framework, None)
        if patches is not None:
            HOOK.forget(INTEGRATIONS[framework].modules)
            attempt(framework, patches.undo)


def leave() -> None:
    """Restore the libraries that only tracked cells have asked for; what the user has switched on stays."""
    unchosen = [framework for framework in list(_PATCHES) if not SWITCHES.is_chosen(framework)]
    if unchosen:
        uninstall(*unchosen)


def is_installed(framework: str) -> bool:
    """Tell whether a framework is watched, or will be as soon as it is imported."""
    return framework in _PATCHES


def _patch(framework: str, module: ModuleType) -> None:
    attempt(framework, _patch_now, framework, module)


def _patch_now(framework: str, module: ModuleType) -> None:
    patches = _PATCHES.get(framework)
    if patches is not None and _is_supported(framework, module.__name__.partition(".")[0]):
        room: Any = importlib.import_module(f"jupyter_tracker.autologging.{framework}")
        room.patch(module, patches)


def _is_supported(framework: str, package: str) -> bool:
    integration = INTEGRATIONS[framework]
    version = str(getattr(sys.modules.get(package), "__version__", ""))
    found = _numbers(version)
    if not found:
        return True
    oldest, tested = (".".join(map(str, each)) for each in (integration.oldest, integration.tested))
    if found < integration.oldest:
        what = f"{package} {version}"
        say(f"{what} is too old to be logged automatically: {oldest} is the oldest version for that.")
        return False
    if found[0] > integration.tested[0]:
        options = SWITCHES.options(framework)
        if options.disable_for_unsupported_versions:
            say(f"{package} {version} is newer than {tested}, and is not logged, as you asked for.")
            return False
        if not SWITCHES.is_silent(options):
            say(f"{package} {version} is newer than what was tested with autologging, {tested}.")
    return True


def _numbers(version: str) -> tuple[int, ...]:
    parts = []
    for part in version.split(".")[:3]:
        digits = "".join(char for char in part if char.isdigit())
        if not digits or not part[0].isdigit():
            break
        parts.append(int(digits))
    return tuple(parts)
