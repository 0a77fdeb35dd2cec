"""Experiments: named sets of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from jupyter_tracker.entities.entity import Entity

DEFAULT_EXPERIMENT_ID = "0"


class LifecycleStage:
    """Whether a run or experiment is in use or in the trash; not a model's stage."""

    ACTIVE = "active"
    DELETED = "deleted"


class ViewType:
    """Which lifecycle stages a search looks at."""

    ACTIVE_ONLY = 1
    DELETED_ONLY = 2
    ALL = 3

    _NAMES: ClassVar[dict[str, int]] = {"active_only": 1, "deleted_only": 2, "all": 3}

    @classmethod
    def from_string(cls, text: str) -> int:
        """Return the view type of MLflow's name for it; ValueError for another name."""
        try:
            return cls._NAMES[text.lower()]
        except KeyError:
            raise ValueError(f"Unknown view type {text!r}: one of {sorted(cls._NAMES)} is expected") from None

    @classmethod
    def to_string(cls, view_type: int) -> str:
        """Return MLflow's name of a view type."""
        return next(name for name, value in cls._NAMES.items() if value == view_type)


@dataclass(frozen=True, slots=True)
class ExperimentTag(Entity):
    """A mutable label of an experiment."""

    key: str
    value: str


def tag_mapping(tags: Mapping[str, str] | Iterable[object] | None) -> dict[str, str]:
    """Return tags given as a mapping, or as objects with `key` and `value`, as a dict."""
    if tags is None:
        return {}
    if isinstance(tags, Mapping):
        return dict(tags)
    return {tag.key: tag.value for tag in tags}  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Experiment(Entity):
    """A named set of runs. Times are in ms UTC; `tags` is a dict."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    tags: dict[str, str] = field(default_factory=dict)
    creation_time: int | None = None
    last_update_time: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", tag_mapping(self.tags))
