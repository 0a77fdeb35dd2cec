"""A store as somebody sees it whose role depends on the place: `permitted_methods` says what each call takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from jupyter_tracker.store.base import Store
from jupyter_tracker.store.permissions import Permissions
from jupyter_tracker.store.permitted_checks import Checks
from jupyter_tracker.store.permitted_methods import RULES, Given

_PLAIN: Final = frozenset({"artifact_root", "store_id", "uri"})


class PermittedStore:
    """Stands for a store, and does what `RULES` has a line for. It keeps nothing but where runs belong.

    Parameters
    ----------
    store : Store
        The store.
    permissions : Permissions
        Who asks, and what is allowed.

    Attributes
    ----------
    checks : Checks
        The same checks, for files.
    """

    def __init__(self, store: Store, permissions: Permissions) -> None:
        self._store = store
        self.checks = Checks(store, permissions)

    def __getattr__(self, name: str) -> Any:
        if name in _PLAIN:
            return getattr(self._store, name)
        rule = RULES.get(name)
        if rule is None:
            raise AttributeError(f"{name!r} is nothing that a store does for a user with permissions.")
        method = getattr(self._store, name)

        def checked(*arguments: Any, **named: Any) -> Any:
            bound = _signature_of(name).bind(*arguments, **named)
            bound.apply_defaults()
            return rule(self.checks, dict(bound.arguments), lambda given: _called(method, bound, given))

        return checked


@cache
def _signature_of(name: str) -> inspect.Signature:
    """Return what a method of the contract takes."""
    signature = inspect.signature(getattr(Store, name))
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _called(method: Callable[..., Any], bound: inspect.BoundArguments, given: Given) -> Any:
    again = inspect.BoundArguments(bound.signature, dict(given))
    return method(*again.args, **again.kwargs)
