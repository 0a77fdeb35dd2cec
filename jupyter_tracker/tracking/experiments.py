"""Experiments of the fluent API, and which one new runs go to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tracker import settings
from jupyter_tracker.entities import Experiment, LifecycleStage, ViewType
from jupyter_tracker.entities.experiment import DEFAULT_EXPERIMENT_ID
from jupyter_tracker.entities.limits import check_mapping
from jupyter_tracker.errors import (
    InvalidParameterError,
    ResourceAlreadyExistsError,
    ResourceDoesNotExistError,
)
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active, naming
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.tracking.paging import all_pages


class _Chosen:
    """What `set_experiment` chose: the store's URI and the experiment's id, set together."""

    def __init__(self) -> None:
        self.experiment: tuple[str, str] | None = None


_chosen = _Chosen()
# Not a setting: how a process tells those that it starts what `set_experiment` chose, and of which store.
_HANDED_ON = "JUPYTER_TRACKER_CHOSEN_EXPERIMENT"


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """Make an experiment the one that new runs go to, creating it where it does not exist, and return it.

    Parameters
    ----------
    experiment_name : str, optional
        Its name, 1 to 500 characters.
    experiment_id : str, optional
        Its id instead; it must exist.

    Raises
    ------
    InvalidParameterError
        Both or neither were given, or the experiment of this id is deleted. A deleted one does not hold its name:
        a new experiment gets it.
    ResourceDoesNotExistError
        No experiment has this id.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.set_experiment("churn").name
    'churn'
    """
    if (experiment_name is None) == (experiment_id is None):
        raise InvalidParameterError("Give set_experiment either an experiment_name or an experiment_id.")
    store = active.store()
    if experiment_id is not None:
        experiment = store.get_experiment(str(experiment_id))
        _refuse_deleted(experiment)
    else:
        experiment = experiment_named(store, experiment_name or "")
    _chosen.experiment = (store.uri, experiment.experiment_id)
    os.environ[_HANDED_ON] = f"{experiment.experiment_id} {store.uri}"
    return experiment


def create_experiment(name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None) -> str:
    """Create an experiment and return its id; it does not become the one that new runs go to.

    Parameters
    ----------
    name : str
        That of a deleted experiment may be used again.
    artifact_location : str, optional
        Folder or URI for its runs' files; the store's own folder where left out.
    tags : mapping of str, optional
        Labels.

    Raises
    ------
    ResourceAlreadyExistsError
        An active experiment has the name.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.get_experiment(tracker.create_experiment("pricing", tags={"team": "blue"})).tags["team"]
    'blue'
    """
    return naming.create_experiment(active.store(), name, artifact_location, text_values(tags))


def get_experiment(experiment_id: str) -> Experiment:
    """Return an experiment by id, deleted ones included; ResourceDoesNotExistError for an unknown id.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.get_experiment("0").name
    'Default'
    """
    return active.store(create=False).get_experiment(str(experiment_id))


def get_experiment_by_name(name: str) -> Experiment | None:
    """Return an experiment by name, deleted ones included, or None.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.get_experiment_by_name("no such experiment") is None
    True
    """
    return active.store(create=False).get_experiment_by_name(name)


def search_experiments(
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: Sequence[str] | None = None,
) -> list[Experiment]:
    """Return the experiments that match, newest first where no order is given.

    Parameters
    ----------
    view_type : int
        `ViewType.ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`.
    max_results : int, optional
        All where left out.
    filter_string : str, optional
        Such as ``"name LIKE 'churn%' AND tags.team = 'blue'"``.
    order_by : sequence of str, optional
        Such as ``["name ASC"]``.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> [experiment.name for experiment in tracker.search_experiments(filter_string="name = 'Default'")]
    ['Default']
    """
    store = active.store(create=False)
    check_words("EXPERIMENTS", filter_string)

    def page(size: int, token: str | None) -> Any:
        return store.search_experiments(view_type, size, filter_string, order_by, token)

    return all_pages(page, max_results)


def delete_experiment(experiment_id: str) -> None:
    """Put an experiment and its runs into the trash; `restore_experiment` takes them out again.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.delete_experiment(tracker.create_experiment("mistake"))
    >>> tracker.get_experiment_by_name("mistake").lifecycle_stage
    'deleted'
    """
    active.store().delete_experiment(str(experiment_id))


def restore_experiment(experiment_id: str) -> None:
    """Take an experiment and its runs out of the trash.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> experiment_id = tracker.create_experiment("mistake")
    >>> tracker.delete_experiment(experiment_id)
    >>> tracker.restore_experiment(experiment_id)
    >>> tracker.get_experiment(experiment_id).lifecycle_stage
    'active'
    """
    active.store().restore_experiment(str(experiment_id))


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a label of the experiment that new runs go to.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> experiment = tracker.set_experiment("churn")
    >>> tracker.set_experiment_tag("team", "blue")
    >>> tracker.get_experiment(experiment.experiment_id).tags["team"]
    'blue'
    """
    store = active.store()
    store.set_experiment_tag(current_experiment_id(store), key, str(value))


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Set several labels of the experiment that new runs go to; see `set_experiment_tag`."""
    store = active.store()
    experiment_id = current_experiment_id(store)
    for key, value in tags.items():
        store.set_experiment_tag(experiment_id, key, str(value))


def delete_experiment_tag(key: str) -> None:
    """Remove a label of the experiment that new runs go to.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> experiment = tracker.set_experiment("churn")
    >>> tracker.set_experiment_tag("team", "blue")
    >>> tracker.delete_experiment_tag("team")
    >>> tracker.get_experiment(experiment.experiment_id).tags
    {}
    """
    store = active.store()
    store.delete_experiment_tag(current_experiment_id(store), key)


def current_experiment_id(store: Store) -> str:
    """Return the id of the experiment that a new run goes to where none is named.

    The one of `set_experiment` if it was called for this very store; else MLFLOW_EXPERIMENT_NAME (created where
    missing), else MLFLOW_EXPERIMENT_ID, else what the process that started this one had chosen, else the default
    experiment.
    """
    chosen = _chosen.experiment
    if chosen is not None and chosen[0] == store.uri:
        return chosen[1]
    name = settings.text("MLFLOW_EXPERIMENT_NAME")
    if name:
        return experiment_named(store, name).experiment_id
    named_id = settings.text("MLFLOW_EXPERIMENT_ID")
    if named_id:
        try:
            return store.get_experiment(named_id).experiment_id
        except ResourceDoesNotExistError as error:
            raise ResourceDoesNotExistError(
                f"MLFLOW_EXPERIMENT_ID={named_id!r} names no experiment of {store.uri}. "
                "Correct or remove that environment variable."
            ) from error
    experiment_id, _, uri = os.environ.get(_HANDED_ON, "").partition(" ")
    return experiment_id if uri == store.uri else DEFAULT_EXPERIMENT_ID


def forget_experiment() -> None:
    """Forget which experiment was chosen."""
    _chosen.experiment = None
    os.environ.pop(_HANDED_ON, None)


def experiment_named(store: Store, name: str) -> Experiment:
    """Return the active experiment of this name, made where there is none."""
    experiment = store.get_experiment_by_name(name)
    if experiment is None or experiment.lifecycle_stage == LifecycleStage.DELETED:
        try:
            return store.get_experiment(naming.create_experiment(store, name))
        except ResourceAlreadyExistsError:  # another process was faster
            experiment = store.get_experiment_by_name(name)
            if experiment is None:
                raise
    return experiment


def text_values(mapping: Mapping[str, Any] | None, what: str = "tags") -> dict[str, str]:
    """Return a mapping with its values as text, which is how params and tags are kept."""
    if mapping is None:
        return {}
    check_mapping(mapping, what)
    return {key: str(value) for key, value in mapping.items()}


def _refuse_deleted(experiment: Experiment) -> None:
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameterError(
            f"Cannot set a deleted experiment {experiment.name!r} as the active experiment. Restore it with "
            f"TrackerClient().restore_experiment({experiment.experiment_id!r}), or choose another name."
        )
