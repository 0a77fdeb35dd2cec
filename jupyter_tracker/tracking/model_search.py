"""Looking for models in the fluent API: registered models, their versions, logged models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from jupyter_tracker.entities import LoggedModel, ModelVersion, RegisteredModel
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.experiments import current_experiment_id
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.tracking.paging import all_pages, check_output_format

if TYPE_CHECKING:
    import pandas as pd


def search_registered_models(
    max_results: int | None = None, filter_string: str | None = None, order_by: Sequence[str] | None = None
) -> list[RegisteredModel]:
    """Return the registered models that match, by name where no order is given.

    Parameters
    ----------
    max_results : int, optional
        At most so many; all where left out.
    filter_string : str, optional
        Such as ``"name LIKE 'churn%'"``.
    order_by : sequence of str, optional
        Such as ``["last_updated_timestamp DESC"]``.

    Raises
    ------
    InvalidFilterError
        The filter cannot be read; it says at which column.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> _ = tracker.TrackerClient().create_registered_model("churn")
    >>> [model.name for model in tracker.search_registered_models()]
    ['churn']
    """
    search = active.store(create=False).search_registered_models
    return all_pages(lambda size, token: search(filter_string, size, order_by, token), max_results)


def search_model_versions(
    max_results: int | None = None, filter_string: str | None = None, order_by: Sequence[str] | None = None
) -> list[ModelVersion]:
    """Return the versions of registered models that match.

    Parameters
    ----------
    max_results : int, optional
        At most so many; all where left out.
    filter_string : str, optional
        Such as ``"name = 'churn' AND tags.checked = 'yes'"``.
    order_by : sequence of str, optional
        Such as ``["version_number DESC"]``.

    Raises
    ------
    InvalidFilterError
        The filter cannot be read; it says at which column.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.search_model_versions(filter_string="name = 'churn'")
    []
    """
    check_words("MODEL_VERSIONS", filter_string)
    search = active.store(create=False).search_model_versions
    return all_pages(lambda size, token: search(filter_string, size, order_by, token), max_results)


def get_logged_model(model_id: str) -> LoggedModel:
    """Return a logged model by its id; ResourceDoesNotExistError for an unknown one.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> made = tracker.TrackerClient().create_logged_model("0", "forest")
    >>> tracker.get_logged_model(made.model_id).name
    'forest'
    """
    return active.store(create=False).get_logged_model(model_id)


@overload
def search_logged_models(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str | None = ...,
    datasets: Sequence[Mapping[str, Any]] | None = ...,
    max_results: int | None = ...,
    order_by: Sequence[Mapping[str, Any]] | None = ...,
    output_format: Literal["pandas"] = ...,
) -> pd.DataFrame: ...
@overload
def search_logged_models(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str | None = ...,
    datasets: Sequence[Mapping[str, Any]] | None = ...,
    max_results: int | None = ...,
    order_by: Sequence[Mapping[str, Any]] | None = ...,
    *,
    output_format: Literal["list"],
) -> list[LoggedModel]: ...
def search_logged_models(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    datasets: Sequence[Mapping[str, Any]] | None = None,
    max_results: int | None = None,
    order_by: Sequence[Mapping[str, Any]] | None = None,
    output_format: Literal["pandas", "list"] = "pandas",
) -> pd.DataFrame | list[LoggedModel]:
    """Return the logged models that match, the newest first where no order is given.

    Parameters
    ----------
    experiment_ids : sequence of str, optional
        Where to look; the experiment in use where left out.
    filter_string : str, optional
        Such as ``"metrics.accuracy > 0.9"``.
    datasets : sequence of mappings, optional
        ``dataset_name`` and ``dataset_digest`` of data sets whose metrics count.
    max_results : int, optional
        At most so many; all where left out.
    order_by : sequence of mappings, optional
        Such as ``[{"field_name": "metrics.accuracy", "ascending": False}]``.
    output_format : {"pandas", "list"}
        A DataFrame of a row a model, or a list of `LoggedModel`.

    Raises
    ------
    InvalidFilterError
        The filter cannot be read; it says at which column.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> made = tracker.TrackerClient().create_logged_model("0", "forest")
    >>> [model.name for model in tracker.search_logged_models(["0"], output_format="list")]
    ['forest']
    """
    check_output_format(output_format)
    # A script that only logs need not wait for the whole client.
    from jupyter_tracker.tracking.client import TrackerClient

    store = active.store(create=False)
    ids = [current_experiment_id(store)] if experiment_ids is None else experiment_ids
    search = TrackerClient.of(store).search_logged_models
    found = all_pages(lambda size, token: search(ids, filter_string, datasets, size, order_by, token), max_results)
    if output_format == "list":
        return found
    from jupyter_tracker.views.frames import logged_models_frame

    return logged_models_frame(found)
