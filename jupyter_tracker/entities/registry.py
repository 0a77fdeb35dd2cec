"""Logged models, registered models and their versions."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupyter_tracker.entities.entity import Entity
from jupyter_tracker.entities.logged import Metric
from jupyter_tracker.errors import InvalidParameterError

STAGES = ("None", "Staging", "Production", "Archived")
# Whoever is moved to one of these may have the others in it archived.
EXCLUSIVE_STAGES = ("Staging", "Production")
_BY_NAME = {stage.lower(): stage for stage in STAGES}


def check_stage(stage: object) -> str:
    """Return a stage in its canonical spelling; InvalidParameterError for another word."""
    found = _BY_NAME.get(stage.lower()) if isinstance(stage, str) else None
    if found is None:
        raise InvalidParameterError(f"Invalid Model Version stage: {stage!r}. Value must be one of {list(STAGES)}.")
    return found


def check_archiving(stage: str) -> None:
    """Raise InvalidParameterError where nobody is archived by a move: the stage may have many versions."""
    if stage not in EXCLUSIVE_STAGES:
        raise InvalidParameterError(
            f"Model version transition cannot archive existing model versions because {stage!r} is not an active "
            f"stage. Valid stages are {list(EXCLUSIVE_STAGES)}."
        )


class LoggedModelStatus:
    """Status of a logged model, as the client shows it."""

    UNSPECIFIED = "UNSPECIFIED"
    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"


LOGGED_MODEL_STATUSES = (LoggedModelStatus.PENDING, LoggedModelStatus.READY, LoggedModelStatus.FAILED)


@dataclass(frozen=True, slots=True)
class LoggedModelParameter(Entity):
    """A param of a logged model."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class LoggedModelTag(Entity):
    """A label of a logged model."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class RegisteredModelTag(Entity):
    """A label of a registered model."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class ModelVersionTag(Entity):
    """A label of a model version."""

    key: str
    value: str


@dataclass(frozen=True)
class LoggedModel(Entity):
    """A model that was logged, by its own id (`m-` and 32 hex digits). Times are in ms UTC."""

    experiment_id: str
    model_id: str
    name: str
    artifact_location: str
    creation_timestamp: int
    last_updated_timestamp: int
    model_type: str | None = None
    source_run_id: str | None = None
    status: str = LoggedModelStatus.READY
    status_message: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)

    @property
    def model_uri(self) -> str:
        """The URI that `load_model` takes."""
        return f"models:/{self.model_id}"


@dataclass(frozen=True)
class ModelVersion(Entity):
    """One numbered version of a registered model. `version` is text, as in MLflow's protocol."""

    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int | None = None
    description: str | None = None
    user_id: str | None = None
    current_stage: str = "None"
    source: str | None = None
    run_id: str | None = None
    status: str = "READY"
    status_message: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    run_link: str | None = None
    aliases: list[str] = field(default_factory=list)
    model_id: str | None = None


@dataclass(frozen=True)
class RegisteredModel(Entity):
    """A named line of model versions; `aliases` maps alias to version."""

    name: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    description: str | None = None
    latest_versions: list[ModelVersion] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
