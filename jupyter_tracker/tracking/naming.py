"""Names of experiments in our own API: one in the trash does not hold its name.

MLflow's clients expect that it does, so the store refuses such a name until it is asked to free it.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_tracker.errors import ResourceAlreadyExistsError
from jupyter_tracker.store.base import Store


def create_experiment(
    store: Store, name: str, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
) -> str:
    """Create an experiment and return its id; ResourceAlreadyExistsError where an active one has the name."""
    try:
        return store.create_experiment(name, artifact_location, tags)
    except ResourceAlreadyExistsError:
        if store.free_experiment_name(name) is None:
            raise
    return store.create_experiment(name, artifact_location, tags)


def rename_experiment(store: Store, experiment_id: str, new_name: str) -> None:
    """Give an active experiment another name; ResourceAlreadyExistsError where an active one has it."""
    try:
        store.rename_experiment(experiment_id, new_name)
    except ResourceAlreadyExistsError:
        if store.free_experiment_name(new_name) is None:
            raise
        store.rename_experiment(experiment_id, new_name)
