"""Many runs as columns: what a DataFrame is made from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_tracker.entities.run import Run


@dataclass(frozen=True)
class RunColumns:
    """One entry per run in every column. Times are in ms UTC; `end_time` is None while a run goes on.

    ``metrics`` (latest values), ``params`` and ``tags`` hold a column for each key: NaN where a run has no such
    metric, None where it has no such param or tag.
    """

    run_id: list[str] = field(default_factory=list)
    experiment_id: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    artifact_uri: list[str | None] = field(default_factory=list)
    start_time: list[int] = field(default_factory=list)
    end_time: list[int | None] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    params: dict[str, list[str | None]] = field(default_factory=dict)
    tags: dict[str, list[str | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, runs: Iterable[Run]) -> RunColumns:
        """Return the columns of these runs."""
        columns, many = cls(), list(runs)
        for run in many:
            for name in ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"):
                getattr(columns, name).append(getattr(run.info, name))
        columns.metrics.update(by_key([run.data.metrics for run in many], math.nan))
        columns.params.update(by_key([run.data.params for run in many], None))
        columns.tags.update(by_key([run.data.tags for run in many], None))
        return columns

    def extend(self, others: RunColumns) -> None:
        """Append the runs of other columns."""
        before, more = len(self), len(others)
        for name in ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"):
            getattr(self, name).extend(getattr(others, name))
        for kind, missing in (("metrics", math.nan), ("params", None), ("tags", None)):
            mine, theirs = getattr(self, kind), getattr(others, kind)
            for key in dict.fromkeys([*mine, *theirs]):
                column = mine.setdefault(key, [missing] * before)
                column.extend(theirs.get(key) or [missing] * more)

    def __len__(self) -> int:
        return len(self.run_id)


def by_key(mappings: Iterable[Mapping[str, Any]], missing: Any) -> dict[str, list[Any]]:
    """Return a column for each key of these mappings, one entry a mapping."""
    rows = list(mappings)
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: [row.get(key, missing) for row in rows] for key in keys}
