"""What somebody is shown before a version is moved: who makes room, and what the policy says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MoveRule:
    """What one rule of the policy says."""

    rule: str
    outcome: Literal["passed", "failed", "unknown", "warning"]
    text: str


@dataclass(frozen=True)
class RegistryMoveView:
    """A move that has been asked for."""

    model: str
    version: str
    stage: str
    refusal: str | None
    """Why it cannot be done; null where it can."""
    archives: list[str]
    """The versions that are archived along with it."""
    policy: str | None
    """Where the policy is; null where none is about this stage."""
    verdict: str
    """What the policy says, in a sentence; where there is none, the default rule, which refuses nothing."""
    rules: list[MoveRule]
