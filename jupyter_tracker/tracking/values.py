"""Params, metrics and tags of the fluent API.

`log_metric` is the hot path of the whole package: one read of the context variable, or of `STACK.top`, and
the active run's bound writer is called. Everything else happens in `_log_metric_elsewhere`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_tracker.entities import Metric
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.limits import check_mapping
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.experiments import text_values
from jupyter_tracker.tracking.runs import current_or_new
from jupyter_tracker.tracking.stack import CHAIN, STACK

if TYPE_CHECKING:
    import numpy.typing as npt

    from jupyter_tracker.store.writing import Writer

_chain = CHAIN.get


class LogOperations:
    """What `synchronous=False` returns in MLflow: something to wait for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wait(self) -> None:
        """Return when what was logged is in the store."""
        self._store.flush()


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> LogOperations | None:
    """Log one point of a metric; it survives a killed process from the moment this returns.

    Parameters
    ----------
    key : str
        At most 250 letters, digits, spaces and ``/ . - _ :``.
    value : float
        Anything that `float` takes but text; NaN and the infinities are values like others.
    step : int, optional
        0 where left out.
    synchronous : bool, optional
        Accepted for MLflow's sake: no call waits for the store. With False the result has a `wait()`.
    timestamp : int, optional
        ms UTC; now where left out.
    run_id : str, optional
        Another run than the active one.
    model_id : str, optional
        The logged model that was measured.
    dataset : optional
        The data set it was measured on: something with a `name` and a `digest`.

    Raises
    ------
    InvalidParameterError
        The value is no number, or the key is not allowed.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run():
    ...     for step in range(3):
    ...         tracker.log_metric("loss", 1 / (step + 1), step=step)
    """
    chain = _chain()
    entry = chain[-1] if chain else STACK.top
    if entry is not None and entry.is_open and run_id is None and model_id is None and dataset is None:
        entry.log_metric(key, value, step, timestamp)
        return None if synchronous is not False else LogOperations(entry.store)
    return _log_metrics_elsewhere({key: value}, step, synchronous, timestamp, run_id, model_id, dataset)


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> LogOperations | None:
    """Log one point of each of several metrics, all of them or none; see `log_metric`.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run():
    ...     tracker.log_metrics({"loss": 0.4, "f1": 0.9}, step=10)
    """
    return _log_metrics_elsewhere(metrics, step, synchronous, timestamp, run_id, model_id, dataset)


def log_metric_series(
    key: str,
    values: npt.ArrayLike,
    steps: npt.ArrayLike | None = None,
    timestamps: npt.ArrayLike | None = None,
    run_id: str | None = None,
) -> None:
    """Log a whole array of one metric, some hundred times faster than point by point.

    Parameters
    ----------
    key : str
        The metric.
    values : array of numbers, shape (n,)
        NaN and the infinities are values like others.
    steps : array of integers, shape (n,), optional
        0, 1, … where left out.
    timestamps : array of integers, shape (n,), optional
        ms UTC; now for all where left out.
    run_id : str, optional
        Another run than the active one.

    Raises
    ------
    InvalidParameterError
        The arrays differ in length, or are no numbers.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_metric_series("loss", [0.9, 0.5, 0.3])
    >>> len(tracker.metric_history(run.info.run_id, "loss"))
    3
    """
    writer_of(run_id).log_series(key, values, steps, timestamps)


def log_param(key: str, value: Any, synchronous: bool | None = None, *, overwrite: bool = False) -> Any:
    """Log one param of the active run and return its value. It is kept as text, and is not changed by accident.

    Parameters
    ----------
    key, value
        At most 250 and 6000 characters as text.
    synchronous : bool, optional
        Accepted for MLflow's sake: no call waits for the store. With False the result has a `wait()`.
    overwrite : bool
        Replace another value. That one is kept, with the time, in the tag ``jupyter_tracker.corrected.<key>``.

    Raises
    ------
    InvalidParameterError
        The key is not allowed, the text is longer than 6000 characters (unless MLFLOW_TRUNCATE_LONG_VALUES is
        true), or the run has another value for it, and `overwrite` is False.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run():
    ...     tracker.log_param("lr", 0.1)
    0.1
    """
    entry = current_or_new()
    if overwrite:
        entry.store.update_param(entry.run_id, key, str(value))
    else:
        entry.writer.log_params({key: str(value)})
    return value if synchronous is not False else LogOperations(entry.store)


def log_params(
    params: Mapping[str, Any], synchronous: bool | None = None, run_id: str | None = None
) -> LogOperations | None:
    """Log several params, all of them or none; see `log_param`.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_params({"n_estimators": 100, "max_depth": 10})
    >>> tracker.get_run(run.info.run_id).data.params
    {'max_depth': '10', 'n_estimators': '100'}
    """
    texts = text_values(params, "params")  # first: what cannot be logged starts no run
    writer_of(run_id).log_params(texts)
    return _operations(synchronous)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> LogOperations | None:
    """Set one tag of the active run; `mlflow.runName` renames it.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.set_tag("author", "alice")
    >>> tracker.get_run(run.info.run_id).data.tags["author"]
    'alice'
    """
    current_or_new().writer.set_tags({key: str(value)})
    return _operations(synchronous)


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> LogOperations | None:
    """Set several tags of the active run, all of them or none; see `set_tag`.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run():
    ...     tracker.set_tags({"author": "alice", "dataset_version": "v2.3"})
    """
    texts = text_values(tags)
    current_or_new().writer.set_tags(texts)
    return _operations(synchronous)


def delete_tag(key: str) -> None:
    """Remove a tag of the active run; ResourceDoesNotExistError where there is none.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run(tags={"draft": "yes"}):
    ...     tracker.delete_tag("draft")
    """
    entry = current_or_new()
    entry.store.delete_tag(entry.run_id, key)


def flush_async_logging() -> None:
    """Return when all that was logged is in the store. Needed by other processes alone: this one reads its own writes.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run():
    ...     tracker.log_metric("loss", 0.4)
    ...     tracker.flush_async_logging()
    """
    for store in {entry.store for entry in STACK.all()} | {active.store()}:
        store.flush()


def flush_artifact_async_logging() -> None:
    """Do nothing: a file is there when the call that logs it returns. For code that was written for MLflow.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> tracker.flush_artifact_async_logging()
    """


def writer_of(run_id: str | None) -> Writer:
    """Return the writer of a run, the active one where None; one is started where there is none."""
    if run_id is None:
        return current_or_new().writer
    entry = STACK.find(run_id)
    return active.store().writer(run_id) if entry is None else entry.writer


def _log_metrics_elsewhere(
    metrics: Mapping[str, float],
    step: int | None,
    synchronous: bool | None,
    timestamp: int | None,
    run_id: str | None,
    model_id: str | None,
    dataset: Any,
) -> LogOperations | None:
    check_mapping(metrics, "metrics")
    if model_id is None and dataset is None:
        writer_of(run_id).log_metrics(metrics, step, timestamp)
    else:
        entry = current_or_new() if run_id is None else STACK.find(run_id)
        store = active.store() if entry is None else entry.store
        of = (model_id, getattr(dataset, "name", None), getattr(dataset, "digest", None))
        at = now_ms() if timestamp is None else timestamp
        points = [Metric(key, value, at, step or 0, *of) for key, value in metrics.items()]
        store.log_batch(run_id or (entry.run_id if entry is not None else ""), points)
    return _operations(synchronous)


def _operations(synchronous: bool | None) -> LogOperations | None:
    if synchronous is not False:
        return None
    entry = STACK.current()
    return LogOperations(active.store() if entry is None else entry.store)
