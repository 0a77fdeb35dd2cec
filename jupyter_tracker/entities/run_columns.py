"""Many runs as columns: what a DataFrame is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from jupyter_tracker.entities.run import Run


@dataclass(frozen=True)
class RunColumns:
    """One entry per run in every column. Times are in ms UTC; `end_time` is None while a run goes on.

    ``metrics`` (latest values), ``params`` and ``tags`` hold one mapping by key for each run.
    """

    run_id: list[str] = field(default_factory=list)
    experiment_id: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    artifact_uri: list[str | None] = field(default_factory=list)
    start_time: list[int] = field(default_factory=list)
    end_time: list[int | None] = field(default_factory=list)
    metrics: list[Mapping[str, float]] = field(default_factory=list)
    params: list[Mapping[str, str]] = field(default_factory=list)
    tags: list[Mapping[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, runs: Iterable[Run]) -> RunColumns:
        """Return the columns of these runs."""
        columns = cls()
        for run in runs:
            for name in ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"):
                getattr(columns, name).append(getattr(run.info, name))
            for name in ("metrics", "params", "tags"):
                getattr(columns, name).append(getattr(run.data, name))
        return columns

    def extend(self, others: RunColumns) -> None:
        """Append the runs of other columns."""
        for column in fields(self):
            getattr(self, column.name).extend(getattr(others, column.name))

    def __len__(self) -> int:
        return len(self.run_id)
