"""The runs that go on at this moment, whichever process or store they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import Run, ViewType
from jupyter_tracker.entities.run import KERNEL_TAG, NOTEBOOK_TAG
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.run_list import latest_metric

_PARENT_TAG: Final = "mlflow.parentRunId"
_MOST: Final = 50


@dataclass(frozen=True)
class RunningRun:
    """One run that goes on."""

    run_id: str
    store_id: str
    experiment_id: str
    experiment_name: str
    name: str
    start_time_ms: int | None
    parent_run_id: str | None
    kernel_id: str | None
    """The Jupyter kernel that the run was started in; null for a script."""
    notebook: str | None
    """Path of its notebook when the run started, as the kernel knew it."""
    metric: str
    """Key of the metric that was logged last; empty before the first."""
    value: str
    """Its latest value, rounded for people."""
    step: int


@dataclass(frozen=True)
class RunningListView:
    """The runs that go on, the newest first; at most 50 of a store."""

    runs: list[RunningRun]


def running_list_view(stores: Iterable[Store]) -> RunningListView:
    """Return the active runs with the status RUNNING of these stores. A dead process's run is not among them."""
    runs = [run for store in stores for run in _of_store(store)]
    runs.sort(key=lambda run: (-(run.start_time_ms or 0), run.run_id))
    return RunningListView(runs)


def _of_store(store: Store) -> list[RunningRun]:
    names = {experiment.experiment_id: experiment.name for experiment in store.search_experiments(ViewType.ACTIVE_ONLY)}
    if not names:
        return []
    runs = store.search_runs(list(names), "attributes.status = 'RUNNING'", max_results=_MOST)
    return [_entry(store, run, names[run.info.experiment_id]) for run in runs]


def _entry(store: Store, run: Run, experiment_name: str) -> RunningRun:
    info, tags = run.info, run.data.tags
    metric, value, step = latest_metric(run)
    return RunningRun(
        run_id=info.run_id,
        store_id=store.store_id,
        experiment_id=info.experiment_id,
        experiment_name=experiment_name,
        name=info.run_name or info.run_id,
        start_time_ms=info.start_time,
        parent_run_id=tags.get(_PARENT_TAG),
        kernel_id=tags.get(KERNEL_TAG),
        notebook=tags.get(NOTEBOOK_TAG),
        metric=metric,
        value=value,
        step=step,
    )
