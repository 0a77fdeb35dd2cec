"""Looking at runs: one run, a search, the history of a metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, overload

from jupyter_tracker.entities import Run, RunColumns, ViewType
from jupyter_tracker.errors import InvalidParameterError, warn_once
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.experiments import current_experiment_id
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.tracking.paging import all_pages, check_limit, check_output_format
from jupyter_tracker.tracking.stack import STACK

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

_PAGE = 10_000


def get_run(run_id: str) -> Run:
    """Return a run with its latest metrics, params, tags and inputs; ResourceDoesNotExistError for an unknown id.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run(run_name="first") as run:
    ...     pass
    >>> tracker.get_run(run.info.run_id).info.run_name
    'first'
    """
    return _store_of(run_id).get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    """Return the run that this one is a child of, or None.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run(run_name="parent"), tracker.start_run(nested=True) as child:
    ...     pass
    >>> tracker.get_parent_run(child.info.run_id).info.run_name
    'parent'
    """
    # A script that only reads a metric's history need not wait for the whole client.
    from jupyter_tracker.tracking.client import TrackerClient

    return TrackerClient.of(_store_of(run_id)).get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Put a run into the trash; `restore_run` takes it out again.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     pass
    >>> tracker.delete_run(run.info.run_id)
    >>> tracker.get_run(run.info.run_id).info.lifecycle_stage
    'deleted'
    """
    _store_of(run_id).delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Take a run out of the trash.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     pass
    >>> tracker.delete_run(run.info.run_id)
    >>> tracker.restore_run(run.info.run_id)
    >>> tracker.get_run(run.info.run_id).info.lifecycle_stage
    'active'
    """
    _store_of(run_id).restore_run(run_id)


@overload
def search_runs(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str = ...,
    run_view_type: int = ...,
    max_results: int = ...,
    order_by: Sequence[str] | None = ...,
    output_format: Literal["pandas"] = ...,
    search_all_experiments: bool = ...,
    experiment_names: Sequence[str] | None = ...,
) -> pd.DataFrame: ...
@overload
def search_runs(
    experiment_ids: Sequence[str] | None = ...,
    filter_string: str = ...,
    run_view_type: int = ...,
    max_results: int = ...,
    order_by: Sequence[str] | None = ...,
    *,
    output_format: Literal["list"],
    search_all_experiments: bool = ...,
    experiment_names: Sequence[str] | None = ...,
) -> list[Run]: ...
def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 100_000,
    order_by: Sequence[str] | None = None,
    output_format: Literal["pandas", "list"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> pd.DataFrame | list[Run]:
    """Return the runs that match, newest first where no order is given.

    Parameters
    ----------
    experiment_ids, experiment_names : sequence of str, optional
        Where to look, one of the two; the experiment in use where both are left out.
    filter_string : str
        Such as ``"metrics.f1 > 0.85 AND params.n_estimators = '200'"``.
    run_view_type : int
        `ViewType.ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`.
    max_results : int
        At most so many.
    order_by : sequence of str, optional
        Such as ``["metrics.f1 DESC", "attributes.start_time"]``.
    output_format : {"pandas", "list"}
        A DataFrame, or a list of `Run`.
    search_all_experiments : bool
        Look everywhere, where no experiment is named.

    Returns
    -------
    pandas.DataFrame or list of Run
        One row a run: ``run_id experiment_id status artifact_uri start_time end_time`` (times as
        ``datetime64[ns, UTC]``), then ``metrics.*`` (float64, NaN where missing), ``params.*`` and ``tags.*`` (text,
        missing where a run has none).

    Raises
    ------
    InvalidFilterError
        The filter cannot be read; it says at which column.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> experiment = tracker.set_experiment("churn")
    >>> for f1 in (0.8, 0.9):
    ...     with tracker.start_run():
    ...         tracker.log_metric("f1", f1)
    >>> tracker.search_runs(order_by=["metrics.f1 DESC"])["metrics.f1"].tolist()
    [0.9, 0.8]
    """
    check_output_format(output_format)
    store = active.store(create=False)
    ids = _experiment_ids(store, experiment_ids, experiment_names, everywhere=search_all_experiments)

    check_words("RUNS", filter_string)
    asked = (ids, filter_string or "", run_view_type)
    if output_format == "list":
        return all_pages(lambda size, token: store.search_runs(*asked, size, order_by, token), max_results, _PAGE)
    from jupyter_tracker.views.frames import runs_frame

    return runs_frame(
        _all_columns(lambda size, token: store.search_run_columns(*asked, size, order_by, token), max_results)
    )


def _all_columns(fetch: Callable[[int, str | None], tuple[RunColumns, str | None]], limit: int) -> RunColumns:
    check_limit(limit)
    found, token = RunColumns(), None
    while len(found) < limit:
        some, token = fetch(min(_PAGE, limit - len(found)), token)
        found.extend(some)
        if not token:
            break
    return found


@overload
def metric_history(run_id: str, key: str, output_format: Literal["pandas"] = ...) -> pd.DataFrame: ...
@overload
def metric_history(run_id: str, key: str, output_format: Literal["numpy"]) -> dict[str, npt.NDArray[np.generic]]: ...
def metric_history(
    run_id: str, key: str, output_format: Literal["pandas", "numpy"] = "pandas"
) -> pd.DataFrame | dict[str, npt.NDArray[np.generic]]:
    """Return every point of a metric, by step; a million points in milliseconds.

    Parameters
    ----------
    run_id : str
        The run.
    key : str
        The metric; one that was not logged has no points.
    output_format : {"pandas", "numpy"}
        A DataFrame, or a dictionary of arrays.

    Returns
    -------
    pandas.DataFrame or dict of numpy.ndarray
        Columns ``step`` (int64), ``timestamp`` (int64, ms UTC) and ``value`` (float64), each of shape (n,).

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     for step in range(3):
    ...         tracker.log_metric("loss", 1 / (step + 1), step=step)
    >>> tracker.metric_history(run.info.run_id, "loss", output_format="numpy")["step"].tolist()
    [0, 1, 2]
    """
    check_output_format(output_format, "numpy")
    series = _store_of(run_id).metric_series(run_id, key)
    if output_format == "numpy":
        return {"step": series.step, "timestamp": series.timestamp, "value": series.value}
    from jupyter_tracker.views.frames import series_frame

    return series_frame(series)


def _store_of(run_id: str) -> Store:
    """Return the store of a run: its own while it is open here, even after `set_tracking_uri`."""
    entry = STACK.find(run_id)
    return active.store(create=False) if entry is None else entry.store


def _experiment_ids(
    store: Store, ids: Sequence[str] | None, names: Sequence[str] | None, *, everywhere: bool
) -> list[str]:
    if ids and names:
        raise InvalidParameterError("Only experiment_ids or experiment_names can be used, but not both.")
    if names:
        return _ids_of_names(store, [names] if isinstance(names, str) else names)
    if ids:
        return [str(experiment_id) for experiment_id in ([ids] if isinstance(ids, str | int) else ids)]
    if everywhere:
        found = all_pages(lambda size, token: store.search_experiments(ViewType.ALL, size, None, None, token))
        return [experiment.experiment_id for experiment in found]
    return [current_experiment_id(store)]


def _ids_of_names(store: Store, names: Sequence[str]) -> list[str]:
    found = []
    for name in names:
        experiment = store.get_experiment_by_name(name)
        if experiment is None:
            warn_once(f"There is no experiment {name!r} in {store.uri}.")
        else:
            found.append(experiment.experiment_id)
    return found
