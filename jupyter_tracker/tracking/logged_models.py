"""Logged models of the fluent API that are made by hand, and the one that was logged last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tracker.entities import LoggedModel, LoggedModelOutput
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.experiments import current_experiment_id, text_values
from jupyter_tracker.tracking.runs import current_or_new
from jupyter_tracker.tracking.stack import STACK


class _Last:
    """The model that this process has logged last."""

    def __init__(self) -> None:
        self.model: tuple[Store, str] | None = None


_last = _Last()


def remember(store: Store, model_id: str) -> None:
    """Remember that a model has just been logged."""
    _last.model = (store, model_id)


def last_logged_model() -> LoggedModel | None:
    """Return the model that this process has logged last, by hand or by autologging; None before the first.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> made = tracker.initialize_logged_model("forest")
    >>> tracker.last_logged_model().name
    'forest'
    """
    if _last.model is None:
        return None
    store, model_id = _last.model
    return store.get_logged_model(model_id)


def initialize_logged_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """Make a PENDING logged model, for metrics and params of what is kept elsewhere; `finalize_logged_model` ends that.

    Parameters
    ----------
    name : str, optional
        One is made up where left out.
    source_run_id : str, optional
        The run that makes it; the active one where there is one.
    tags, params : mapping, optional
        Labels and settings of the model.
    model_type : str, optional
        What kind of model, in your words.
    experiment_id : str, optional
        That of the active run, or the one in use, where left out.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run():
    ...     made = tracker.initialize_logged_model("forest", params={"trees": 20})
    ...     tracker.log_metric("f1", 0.9, model_id=made.model_id)
    >>> tracker.finalize_logged_model(made.model_id, "READY").status
    'READY'
    """
    entry = STACK.current()
    store = active.store() if entry is None else entry.store
    if entry is not None:
        store.flush()  # the run may be in its journal alone, and the model refers to it
        source_run_id = source_run_id or entry.run_id
        experiment_id = experiment_id or entry.run.info.experiment_id
    where = experiment_id or current_experiment_id(store)
    made = store.create_logged_model(
        str(where), name, source_run_id, text_values(tags), text_values(params, "params"), model_type
    )
    remember(store, made.model_id)
    return made


def finalize_logged_model(model_id: str, status: str) -> LoggedModel:
    """Set a logged model to READY or FAILED, and return it.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.finalize_logged_model(tracker.initialize_logged_model().model_id, "FAILED").status
    'FAILED'
    """
    return active.store().finalize_logged_model(model_id, str(status))


def set_logged_model_tags(model_id: str, tags: Mapping[str, Any]) -> None:
    """Set labels of a logged model.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> made = tracker.initialize_logged_model("forest")
    >>> tracker.set_logged_model_tags(made.model_id, {"checked": "yes"})
    >>> tracker.get_logged_model(made.model_id).tags["checked"]
    'yes'
    """
    active.store().set_logged_model_tags(model_id, text_values(tags))


def delete_logged_model_tag(model_id: str, key: str) -> None:
    """Remove a label of a logged model; ResourceDoesNotExistError where it has none of that name.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> made = tracker.initialize_logged_model("forest", tags={"draft": "yes"})
    >>> tracker.delete_logged_model_tag(made.model_id, "draft")
    """
    active.store().delete_logged_model_tag(model_id, key)


def log_model_params(params: Mapping[str, Any], model_id: str | None = None) -> None:
    """Log params of a logged model, of the last one where none is named.

    Raises
    ------
    InvalidParameterError
        A param has another value already, or no model was logged yet.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> made = tracker.initialize_logged_model("forest")
    >>> tracker.log_model_params({"trees": 20})
    >>> tracker.get_logged_model(made.model_id).params
    {'trees': '20'}
    """
    if model_id is None and _last.model is None:
        raise InvalidParameterError("This process has logged no model yet: give log_model_params a model_id.")
    store, last = (active.store(), "") if _last.model is None else _last.model
    store = store if model_id is None else active.store()
    store.log_logged_model_params(model_id or last, text_values(params, "params"))


def log_outputs(models: Sequence[LoggedModelOutput] | None = None) -> None:
    """Record that the active run has made these logged models.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from jupyter_tracker.entities import LoggedModelOutput
    >>> made = tracker.initialize_logged_model("forest")
    >>> with tracker.start_run() as run:
    ...     tracker.log_outputs([LoggedModelOutput(made.model_id, step=0)])
    >>> [output.model_id for output in tracker.get_run(run.info.run_id).outputs.model_outputs] == [made.model_id]
    True
    """
    entry = current_or_new()
    entry.store.log_outputs(entry.run_id, list(models or ()))


def set_model_version_tag(
    name: str, version: str | int | None = None, key: str | None = None, value: Any = None
) -> None:
    """Set a label of a version of a registered model.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> client = tracker.TrackerClient()
    >>> _ = client.create_registered_model("churn")
    >>> _ = client.create_model_version("churn", "models/churn")
    >>> tracker.set_model_version_tag("churn", 1, "checked", "yes")
    >>> client.get_model_version("churn", 1).tags
    {'checked': 'yes'}
    """
    from jupyter_tracker.tracking.client import TrackerClient

    TrackerClient.of(active.store()).set_model_version_tag(name, version, key, value)
