"""Where artifacts are for somebody whose role depends on the place: each file that a server hands on is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupyter_tracker.api.places import Places
from jupyter_tracker.store.permissions import EDITOR, VIEWER
from jupyter_tracker.store.permitted_checks import Checks


@dataclass(frozen=True)
class PermittedPlaces(Places):
    """The places of a server, and what somebody may do there."""

    checks: Checks = field(kw_only=True)

    def served(self, path: str, *, writes: bool = False) -> str:
        """Return the root for a path that may be used; what `Places.served` and the checks raise."""
        root = super().served(path, writes=writes)
        self.checks.file(f"{root}/{path}" if path else root, EDITOR if writes else VIEWER)
        return root
