"""A few runs on one line each: for narrow lists, where a table has no room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import Run, ViewType
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import RunStatus, run_status
from jupyter_tracker.views.metric_goals import metric_goal
from jupyter_tracker.views.rounding import rounded, shared_decimals

_RANKS: Final = {"max": 0, "min": 1, "none": 2}
MOST: Final = 100


@dataclass(frozen=True)
class RunEntry:
    """One run and one of its metrics."""

    run_id: str
    experiment_id: str
    name: str
    status: RunStatus
    start_time_ms: int | None
    metric: str
    """Key of a metric that most of the listed runs have, else of the one logged last; empty where there is none."""
    value: str
    """Its latest value, rounded for people."""


@dataclass(frozen=True)
class RunListView:
    """The newest runs of an experiment, or of all; `total` says how many match."""

    runs: list[RunEntry]
    total: int


def run_list_view(store: Store, experiment_ids: Sequence[str] = (), text: str = "", limit: int = 10) -> RunListView:
    """Return the newest active runs of these experiments, of all active ones where none is named.

    Parameters
    ----------
    store : Store
        Where the runs are.
    experiment_ids : sequence of str
        Experiments to look at.
    text : str
        Only runs with this in their name, in any case, or at the start of their id.
    limit : int
        At most so many, 1 to 100.
    """
    if not 1 <= limit <= MOST:
        raise InvalidParameterError(f"limit={limit}: 1 to {MOST} is expected.")
    ids = list(experiment_ids) or [item.experiment_id for item in store.search_experiments(ViewType.ACTIVE_ONLY)]
    if not ids:
        return RunListView([], 0)
    filter_ = _filter(text)
    runs = list(store.search_runs(ids, filter_, max_results=limit))
    total = len(runs) if len(runs) < limit else store.count_runs(ids, filter_)
    common = _common_metric(runs)
    # The values stand below each other.
    values = [metric.value for run in runs for metric in run.data.latest_metrics if metric.key == common]
    decimals = shared_decimals(values)
    return RunListView([_entry(run, common, decimals) for run in runs], total)


def latest_metric(run: Run, wanted: str | None = None, decimals: int | None = None) -> tuple[str, str, int]:
    """Return key, rounded value and step of a run's metric: `wanted` if it has it, else the one logged last.

    `decimals` are those of `wanted`.
    """
    metrics = run.data.latest_metrics
    found = next((metric for metric in metrics if metric.key == wanted), None)
    found = found or max(metrics, key=lambda metric: (metric.timestamp, metric.step), default=None)
    if found is None:
        return "", "", 0
    return found.key, rounded(found.value, decimals if found.key == wanted else None), found.step


def _filter(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    name = f"attributes.run_name ILIKE {write_text(f'%{text}%')}"
    return f"{name} OR attributes.run_id LIKE {write_text(f'{text}%')}"


def _common_metric(runs: Sequence[Run]) -> str | None:
    counts = Counter(key for run in runs for key in run.data.metrics)
    # What a run is judged by, rather than how its training went.
    return min(counts, key=lambda key: (-counts[key], _RANKS[metric_goal(key)], "train" in key, key), default=None)


def _entry(run: Run, common: str | None, decimals: int | None) -> RunEntry:
    info = run.info
    key, value, _ = latest_metric(run, common, decimals)
    return RunEntry(
        run_id=info.run_id,
        experiment_id=info.experiment_id,
        name=info.run_name or info.run_id,
        status=run_status(info.status),
        start_time_ms=info.start_time,
        metric=key,
        value=value,
    )
