"""What a run logs: params, metrics and tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_tracker.entities.entity import Entity

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Param(Entity):
    """An input of a run; text, written once."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class RunTag(Entity):
    """A mutable text label of a run."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Metric(Entity):
    """One point of a metric. `timestamp` is in ms UTC; NaN and the infinities are values like others."""

    key: str
    value: float
    timestamp: int
    step: int
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, eq=False)
class MetricSeries:
    """All points of one metric of one run as columns, ordered by (step, timestamp, value).

    `step` and `timestamp` (ms UTC) are int64 arrays of shape (n,), `value` a float64 array of shape (n,).
    Identical points appear once.
    """

    key: str
    step: npt.NDArray[np.int64]
    timestamp: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.step)

    def points(self) -> list[Metric]:
        """Return the series as `Metric` objects."""
        columns = zip(self.value.tolist(), self.timestamp.tolist(), self.step.tolist(), strict=True)
        return [Metric(self.key, value, timestamp, step) for value, timestamp, step in columns]
