"""The experiments of a store, and how much runs in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_tracker.entities import Experiment
from jupyter_tracker.entities.page import every_page
from jupyter_tracker.store.base import Activity, Store
from jupyter_tracker.views.store_list import store_location


@dataclass(frozen=True)
class ExperimentEntry:
    """One experiment and its active runs."""

    experiment_id: str
    name: str
    run_count: int
    running_count: int
    last_start_time_ms: int | None


@dataclass(frozen=True)
class ExperimentListView:
    """All active experiments of a store, the one that ran last first."""

    store_id: str
    location: str
    """Where the store is, without credentials; for people."""
    experiments: list[ExperimentEntry]


def experiment_list_view(store: Store) -> ExperimentListView:
    """Return the active experiments; those with the newest run first, then the newest empty ones."""
    activity = store.experiment_activity()
    entries = [_entry(experiment, activity.get(experiment.experiment_id)) for experiment in _active_experiments(store)]
    entries.sort(key=lambda entry: (-(entry.last_start_time_ms or 0), -int(entry.experiment_id)))
    return ExperimentListView(store.store_id, store_location(store.uri), entries)


def _active_experiments(store: Store) -> Iterator[Experiment]:
    return every_page(lambda token: store.search_experiments(page_token=token))


def _entry(experiment: Experiment, activity: Activity | None) -> ExperimentEntry:
    return ExperimentEntry(
        experiment_id=experiment.experiment_id,
        name=experiment.name,
        run_count=activity.runs if activity else 0,
        running_count=activity.running if activity else 0,
        last_start_time_ms=activity.last_start_time if activity else None,
    )
