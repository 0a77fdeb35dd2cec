"""Learning that a library is imported: a finder that is asked about each import, and answers for few.

It costs one look into a dictionary per import of a module that is not loaded yet, and nothing after that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Waiting = Callable[[ModuleType], None]


class ImportHook(MetaPathFinder):
    """Calls back once a module has been imported. What goes wrong in a call-back is its own to catch."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Waiting]] = {}

    def when_imported(self, name: str, do: Waiting) -> None:
        """Call `do` with the module `name`: now where it is loaded, else as soon as it is."""
        module = sys.modules.get(name)
        if module is not None and not getattr(module.__spec__, "_initializing", False):
            do(module)
            return
        self._waiting.setdefault(name, []).append(do)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def forget(self, names: Iterable[str]) -> None:
        """Wait for these modules no more."""
        for name in names:
            self._waiting.pop(name, None)
        if not self._waiting and self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's own spec, with a loader that calls back; None for every other module."""
        if fullname not in self._waiting:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                self._listen(fullname, spec.loader)
                return spec
        return None

    def _listen(self, name: str, loader: Any) -> None:
        run = getattr(loader, "exec_module", None)
        if run is None:
            return

        def exec_module(module: ModuleType) -> None:
            # Only this one import: the loader is as it was before the module can look at it.
            loader.__dict__.pop("exec_module", None)
            run(module)
            for do in self._waiting.pop(name, ()):
                do(module)

        try:
            loader.exec_module = exec_module
        except AttributeError:  # a loader without a dictionary: built in or frozen, none that we wait for
            return


HOOK = ImportHook()
