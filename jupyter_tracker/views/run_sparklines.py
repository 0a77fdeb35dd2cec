"""The sparklines of the runs that are on the screen of a run table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import ViewType
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.browsing import RunKeys
from jupyter_tracker.views.metric_summaries import metric_summaries

_MAX_RUNS: Final = 100
_MAX_METRICS: Final = 40


@dataclass(frozen=True)
class RunSparks:
    """The curves of one run, aligned with the view's metrics."""

    run_id: str
    curves: list[list[float | None]]
    """At most 60 values in step order, null where one is not finite; empty where there is no curve to draw."""


@dataclass(frozen=True)
class RunSparklinesView:
    """The curves of some metrics of some runs."""

    metrics: list[str]
    runs: list[RunSparks]


def run_sparklines_view(store: Store, run_ids: Sequence[str], metrics: Sequence[str]) -> RunSparklinesView:
    """Return the sparklines of these metrics (keys) of these runs; a metric of one point has none.

    Runs may be in the trash; those that are not there are left out.
    """
    if not run_ids or len(run_ids) > _MAX_RUNS or len(metrics) > _MAX_METRICS:
        raise InvalidParameterError(
            f"1 to {_MAX_RUNS} runs and at most {_MAX_METRICS} metrics are expected, "
            f"not {len(run_ids)} and {len(metrics)}."
        )
    experiments = [found.experiment_id for found in store.search_experiments(ViewType.ALL)]
    listed = ", ".join(write_text(run_id) for run_id in run_ids)
    runs = store.search_run_rows(
        experiments, f"run_id IN ({listed})", ViewType.ALL, len(run_ids), keys=RunKeys(metrics=tuple(metrics))
    )
    known = metric_summaries(store)
    found = []
    for run in runs:
        ended = run.info.status not in {"RUNNING", "SCHEDULED"}
        summaries = known.of(store, run.info.run_id, run.data.latest_metrics, ended=ended)
        curves = {summary.key: summary.spark for summary in summaries if summary.count > 1}
        found.append(RunSparks(run.info.run_id, [curves.get(key, []) for key in metrics]))
    return RunSparklinesView(list(metrics), found)
