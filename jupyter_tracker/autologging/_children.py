"""Many finished child runs at once, in one transaction: the candidates of a search, the trials of a study."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_tracker.autologging._recording import AUTOLOG_TAG, RunRef, param_text
from jupyter_tracker.entities import Param, Run, RunData, RunTag
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.upkeep import RunRecord
from jupyter_tracker.tracking import context


@dataclass(frozen=True)
class Series:
    """The points of one metric."""

    key: str
    values: Sequence[float]
    steps: Sequence[int]


@dataclass(frozen=True)
class Child:
    """A run that is over: name, params, latest metrics, metrics with steps, tags, status, start and end (ms UTC)."""

    name: str
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    series: Sequence[Series] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "FINISHED"
    span_ms: tuple[int | None, int | None] = (None, None)


def add_children(ref: RunRef, children: Sequence[Child], framework: str, seconds: float = 0.0) -> None:
    """Add finished runs below one; those that do not say otherwise began `seconds` ago and end now."""
    ref.store.flush()  # the parent may be in its journal still
    home = ref.store.get_run(ref.run_id).info
    labels = {**context.default_tags(), context.PARENT_TAG: ref.run_id, AUTOLOG_TAG: framework}
    end = now_ms()
    records = []
    for child in children:
        info = replace(
            home,
            run_id=uuid.uuid4().hex,
            run_name=child.name,
            status=child.status,
            start_time=child.span_ms[0] or end - round(seconds * 1000),
            end_time=child.span_ms[1] or end,
            artifact_uri=None,
        )
        params = [Param(key, param_text(value)) for key, value in child.params.items()]
        tags = [RunTag(key, value) for key, value in {**labels, context.NAME_TAG: child.name, **child.tags}.items()]
        records.append(RunRecord(Run(info, RunData([], params, tags)), _Pieces(child, end)))
    ref.store.import_runs(records)


@dataclass(frozen=True)
class _Pieces:
    """Gives a child's points, anew at each call."""

    child: Child
    at_ms: int

    def __call__(self) -> Iterator[Points]:
        for key, value in self.child.metrics.items():
            yield Points(key, [0], [self.at_ms], [value])
        for series in self.child.series:
            yield Points(series.key, list(series.steps), [self.at_ms] * len(series.steps), list(series.values))
