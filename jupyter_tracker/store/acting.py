"""Who is changing the registry, from where, and why: what a store writes into its history.

A store is told by the code around it, not by arguments: `told_by` once per process (a notebook, a script), `acting`
for a part of a program (a server's request, a command, a comment).
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from jupyter_tracker.entities.registry_event import Provenance

_CHANGES: ContextVar[dict[str, Any] | None] = ContextVar("jupyter_tracker_acting", default=None)


def os_user() -> str:
    """Return the name of the user who runs this process; ``unknown`` where the system has none."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container with a bare user number
        return "unknown"


class _Told:
    """Who knows about this process."""

    by: Callable[[], Provenance] = staticmethod(lambda: Provenance(os_user()))


def told_by(function: Callable[[], Provenance]) -> None:
    """Ask this function, at each change, who acts in this process."""
    _Told.by = staticmethod(function)


def provenance() -> Provenance:
    """Return who acts now."""
    return replace(_Told.by(), **(_CHANGES.get() or {}))


@contextmanager
def acting(**changes: Any) -> Iterator[None]:
    """Have what is changed inside recorded with these fields of `Provenance`; None leaves a field as it is.

    Examples
    --------
    >>> with acting(user="alice", verified=True), acting(comment="passed review"):
    ...     (provenance().user, provenance().verified, provenance().comment)
    ('alice', True, 'passed review')
    """
    given = {name: value for name, value in changes.items() if value is not None}
    token = _CHANGES.set({**(_CHANGES.get() or {}), **given})
    try:
        yield
    finally:
        _CHANGES.reset(token)
