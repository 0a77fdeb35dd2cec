"""Datasets and models that a run read or wrote."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupyter_tracker.entities.entity import Entity


@dataclass(frozen=True, slots=True)
class Dataset(Entity):
    """A data set by name and content digest; `source`, `schema` and `profile` are JSON text."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class InputTag(Entity):
    """A label of a run's input; `mlflow.data.context` says what the data set was used for."""

    key: str
    value: str


@dataclass(frozen=True)
class DatasetInput(Entity):
    """A data set as one run used it."""

    dataset: Dataset
    tags: list[InputTag] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LoggedModelInput(Entity):
    """A logged model that a run read."""

    model_id: str


@dataclass(frozen=True, slots=True)
class LoggedModelOutput(Entity):
    """A logged model that a run wrote, and at which step."""

    model_id: str
    step: int = 0
