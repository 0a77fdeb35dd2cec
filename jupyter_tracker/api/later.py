"""Handlers whose modules are imported when they are first asked.

What draws panels takes a third of a second to import; a server that clients only log to never needs it. What keeps the
registry, or describes the server itself, is not needed for its first answer.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module

from jupyter_tracker.api.answering import Handler
from jupyter_tracker.api.messages import Request, Response


class Later:
    """A module of this room: ``Later("tables").columns`` takes what ``tables.columns`` takes."""

    def __init__(self, module: str) -> None:
        self._module = f"{__package__}.{module}"

    def __getattr__(self, name: str) -> LateHandler:
        if name.startswith("__"):
            raise AttributeError(name)
        return LateHandler(self._module, name)


class LateHandler:
    """One handler of such a module."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    @cached_property
    def handler(self) -> Handler:
        """The function itself."""
        found: Handler = getattr(import_module(self._module), self._name)
        return found

    def __call__(self, request: Request) -> Response:
        """Answer as the function does."""
        return self.handler(request)
