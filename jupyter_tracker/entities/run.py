"""Runs: one execution each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from jupyter_tracker.entities.entity import Entity
from jupyter_tracker.entities.logged import Metric, Param, RunTag

if TYPE_CHECKING:
    from jupyter_tracker.entities.dataset import DatasetInput, LoggedModelInput, LoggedModelOutput

KERNEL_TAG: Final = "jupyter_tracker.kernel.id"
"""The Jupyter kernel that a run was started in: whoever stops the run may interrupt this one and no other."""
NOTEBOOK_TAG: Final = "jupyter_tracker.notebook.path"
# The exception that ended it.
ERROR_TYPE_TAG: Final = "jupyter_tracker.error.type"
ERROR_MESSAGE_TAG: Final = "jupyter_tracker.error.message"


class RunStatus:
    """Status of a run. `RunInfo.status` is the name; the numbers are MLflow's protocol's."""

    RUNNING = 1
    SCHEDULED = 2
    FINISHED = 3
    FAILED = 4
    KILLED = 5

    _NUMBERS: ClassVar[dict[str, int]] = {"RUNNING": 1, "SCHEDULED": 2, "FINISHED": 3, "FAILED": 4, "KILLED": 5}

    @classmethod
    def from_string(cls, status: str) -> int:
        """Return the number of a status name; ValueError for an unknown one."""
        try:
            return cls._NUMBERS[status]
        except KeyError:
            raise ValueError(f"Unknown run status {status!r}: one of {list(cls._NUMBERS)} is expected") from None

    @classmethod
    def to_string(cls, status: int) -> str:
        """Return the name of a status number."""
        for name, number in cls._NUMBERS.items():
            if number == status:
                return name
        raise ValueError(f"Unknown run status number {status!r}")

    @classmethod
    def is_terminated(cls, status: int | str) -> bool:
        """Tell whether a run of this status has ended."""
        return (cls.to_string(status) if isinstance(status, int) else status) in TERMINAL_STATUSES

    @classmethod
    def all_status(cls) -> list[int]:
        """Return every status number."""
        return list(cls._NUMBERS.values())


RUN_STATUSES = frozenset({"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"})
TERMINAL_STATUSES = frozenset({"FINISHED", "FAILED", "KILLED"})


@dataclass(frozen=True)
class RunInfo(Entity):
    """A run's own attributes. Times are in ms UTC; `end_time` is None while it runs."""

    run_id: str
    experiment_id: str
    user_id: str
    status: str
    start_time: int
    end_time: int | None
    lifecycle_stage: str
    artifact_uri: str | None = None
    run_name: str | None = None

    @property
    def run_uuid(self) -> str:
        """The run id under the name that MLflow 2 used."""
        return self.run_id


@dataclass(frozen=True, init=False)
class RunData(Entity):
    """What a run has logged: latest metric values, params and tags, each as a dict by key.

    `latest_metrics` holds the same latest values as `Metric` objects, with step and timestamp.
    """

    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    latest_metrics: tuple[Metric, ...] = ()

    def __init__(
        self,
        metrics: Iterable[Metric] | None = None,
        params: Iterable[Param] | None = None,
        tags: Iterable[RunTag] | None = None,
    ) -> None:
        latest = tuple(metrics or ())
        object.__setattr__(self, "latest_metrics", latest)
        object.__setattr__(self, "metrics", {metric.key: metric.value for metric in latest})
        object.__setattr__(self, "params", {param.key: param.value for param in params or ()})
        object.__setattr__(self, "tags", {tag.key: tag.value for tag in tags or ()})

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter([("metrics", self.metrics), ("params", self.params), ("tags", self.tags)])


@dataclass(frozen=True)
class RunInputs(Entity):
    """All inputs of a run."""

    dataset_inputs: list[DatasetInput] = field(default_factory=list)
    model_inputs: list[LoggedModelInput] = field(default_factory=list)


@dataclass(frozen=True)
class RunOutputs(Entity):
    """All outputs of a run."""

    model_outputs: list[LoggedModelOutput] = field(default_factory=list)


@dataclass(frozen=True)
class Run(Entity):
    """A run: `info`, `data`, `inputs` and `outputs`."""

    info: RunInfo
    data: RunData = field(default_factory=RunData)
    inputs: RunInputs = field(default_factory=RunInputs)
    outputs: RunOutputs = field(default_factory=RunOutputs)
