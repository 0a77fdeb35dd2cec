"""What somebody may do in a store: by a role everywhere, and by roles in single experiments and registered models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

NONE: Final = 0
VIEWER: Final = 1
EDITOR: Final = 2
ADMIN: Final = 3
LEVELS: Final = {"none": NONE, "viewer": VIEWER, "editor": EDITOR, "admin": ADMIN}
"""Roles, each with what it may beside the one before: nothing; read; write; delete or rename the place itself."""


@dataclass(frozen=True)
class Permissions:
    """Whose role depends on the place.

    Attributes
    ----------
    user : str
        Who it is, for messages.
    role : str
        The role everywhere, ``none`` or ``viewer``. Editors and admins of the whole store need no permissions.
    experiments, models : tuple of (str, str)
        The roles in experiments by their ids, and in registered models by their names.
    """

    user: str
    role: str
    experiments: tuple[tuple[str, str], ...] = ()
    models: tuple[tuple[str, str], ...] = ()

    @cached_property
    def everywhere(self) -> int:
        """The level of the role everywhere."""
        return LEVELS[self.role]

    @property
    def reads_all(self) -> bool:
        """Whether nothing is hidden."""
        return self.everywhere >= VIEWER

    def in_experiment(self, experiment_id: str) -> int:
        """Return the level in an experiment."""
        return max(self.everywhere, self._experiments.get(experiment_id, NONE))

    def in_model(self, name: str) -> int:
        """Return the level in a registered model."""
        return max(self.everywhere, self._models.get(name, NONE))

    @cached_property
    def _experiments(self) -> dict[str, int]:
        return {experiment_id: LEVELS[role] for experiment_id, role in self.experiments}

    @cached_property
    def _models(self) -> dict[str, int]:
        return {name: LEVELS[role] for name, role in self.models}
