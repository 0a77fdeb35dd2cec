"""Runs, by id: creating, ending, searching, and what they log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from jupyter_tracker.entities import (
    DatasetInput,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    PagedList,
    Param,
    Run,
    RunTag,
    ViewType,
)
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.entity import Entity
from jupyter_tracker.entities.limits import check_status
from jupyter_tracker.entities.run import TERMINAL_STATUSES
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.tracking import context
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.tracking.operations.base import StoreClient

_Given = TypeVar("_Given", Metric, Param, RunTag)


class RunOperations(StoreClient):
    """What the client does with runs. Log calls cost microseconds: they go through the run's writer."""

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a RUNNING run and return it; it does not become the active run.

        Unlike a run of `start_run` it gets no tags by itself but the user's, and stays RUNNING until
        `set_terminated`.
        """
        labels = {key: str(value) for key, value in (tags or {}).items()}
        user = labels.get("mlflow.user", context.user())
        begun = now_ms() if start_time is None else start_time
        return self._writes.create_run(str(experiment_id), user, begun, labels, run_name)

    def get_run(self, run_id: str) -> Run:
        """Return a run with its latest metrics, params and tags; ResourceDoesNotExistError for an unknown id."""
        return self._reads.get_run(run_id)

    def get_parent_run(self, run_id: str) -> Run | None:
        """Return the run that this one is a child of, or None."""
        parent = self.get_run(run_id).data.tags.get(context.PARENT_TAG)
        return None if parent is None else self.get_run(parent)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change a run's status or name, what is not None."""
        end_time = now_ms() if status is not None and check_status(status) in TERMINAL_STATUSES else None
        self._writes.update_run(run_id, status=status, end_time=end_time, run_name=name)

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """End a run: FINISHED, and now (ms UTC), where left out. What was logged is in the store when this returns."""
        self._writes.writer(run_id).end(check_status(status or "FINISHED"), now_ms() if end_time is None else end_time)

    def delete_run(self, run_id: str) -> None:
        """Put a run into the trash."""
        self._writes.delete_run(run_id)

    def restore_run(self, run_id: str) -> None:
        """Take a run out of the trash."""
        self._writes.restore_run(run_id)

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Return one page of the runs of these experiments that match; its `token` asks for the next page."""
        if isinstance(experiment_ids, str | int):
            experiment_ids = [str(experiment_ids)]
        if experiment_ids is None:
            raise InvalidParameterError(
                "Name the experiments to search: experiment_ids is a list of ids, such as ['0']."
            )
        ids = [str(experiment_id) for experiment_id in experiment_ids]
        check_words("RUNS", filter_string, page_token)
        return self._reads.search_runs(ids, filter_string, run_view_type, max_results, order_by, page_token)

    # logging -------------------------------------------------------------------------------------

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,  # noqa: ARG002 - no call waits for the store
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> None:
        """Log one point of a metric; `timestamp` (ms UTC) is now and `step` 0 where left out."""
        if model_id is None and dataset_name is None:
            self._writes.writer(run_id).log_metric(key, value, step, timestamp)
            return
        point = Metric(key, value, timestamp or now_ms(), step or 0, model_id, dataset_name, dataset_digest)
        self._writes.log_batch(run_id, [point])

    def log_param(
        self,
        run_id: str,
        key: str,
        value: Any,
        synchronous: bool | None = None,  # noqa: ARG002 - as above
        *,
        overwrite: bool = False,
    ) -> Any:
        """Log a param and return its value; InvalidParameterError where the run has another value for it.

        With `overwrite` that value is replaced, and kept in the tag ``jupyter_tracker.corrected.<key>``.
        """
        if overwrite:
            self._writes.update_param(run_id, key, str(value))
        else:
            self._writes.writer(run_id).log_params({key: str(value)})
        return value

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> None:  # noqa: ARG002
        """Set a tag; `mlflow.runName` renames the run."""
        self._writes.writer(run_id).set_tags({key: str(value)})

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag; ResourceDoesNotExistError where there is none."""
        self._writes.delete_tag(run_id, key)

    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[RunTag] = (),
        synchronous: bool | None = None,  # noqa: ARG002 - as above
    ) -> None:
        """Log any number of points, params and tags at once, all of them or none."""
        metrics = _entities("metrics", metrics, Metric)
        params = _entities("params", params, Param)
        tags = _entities("tags", tags, RunTag)
        if any(point.model_id is not None or point.dataset_name is not None for point in metrics):
            self._writes.log_batch(run_id, metrics, params, tags)
            return
        self._writes.writer(run_id).log_batch(
            metrics,
            {param.key: param.value for param in params},
            {tag.key: tag.value for tag in tags},
        )

    def log_metric_series(self, run_id: str, key: str, values: Any, steps: Any = None, timestamps: Any = None) -> None:
        """Log a whole array of one metric; `steps` count from 0 and `timestamps` (ms UTC) are now where left out."""
        self._writes.writer(run_id).log_series(key, values, steps, timestamps)

    def truncate_metric(self, run_id: str, key: str | None, from_step: int) -> int:
        """Remove the points of a metric (of every metric: None) from a step on, and return how many those were.

        For going on from a checkpoint: what was logged after it is logged again. What this process has logged is
        drained first; nothing else may log the metric meanwhile.
        """
        return self._writes.truncate_metric(run_id, key, from_step)

    def get_metric_history(
        self, run_id: str, key: str, model_id: str | None = None, dataset: Any = None
    ) -> PagedList[Metric]:
        """Return every point of a metric, by step; empty for a metric that was not logged.

        Parameters
        ----------
        run_id, key : str
            The run, and its metric.
        model_id : str, optional
            Only what was logged with this logged model.
        dataset : optional
            Only what was logged with this data set: something with a `name` and a `digest`.
        """
        if model_id is not None or dataset is not None:
            of = (model_id, getattr(dataset, "name", None), getattr(dataset, "digest", None))
            return PagedList(self._reads.measured_series(run_id, key, *of))
        return PagedList(self._reads.metric_series(run_id, key).points())

    def log_inputs(
        self,
        run_id: str,
        datasets: Sequence[DatasetInput] | None = None,
        models: Sequence[LoggedModelInput] | None = None,
    ) -> None:
        """Record data sets and models that a run read."""
        self._writes.log_inputs(run_id, datasets or (), [model.model_id for model in models or ()])

    def log_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        """Record logged models that a run wrote."""
        self._writes.log_outputs(run_id, models)


def _entities(what: str, given: Iterable[_Given], kind: type[_Given]) -> Sequence[_Given]:
    """Return a batch as a list; InvalidParameterError where it holds anything else than entities of one kind."""
    # One entity by itself can be iterated, too.
    is_one = isinstance(given, Mapping | Entity) or type(given).__name__ == kind.__name__
    if is_one or not isinstance(given, Iterable):
        raise InvalidParameterError(
            f"{what} must be a list of {kind.__name__}, such as [{kind.__name__}(…)], not a {type(given).__name__}."
        )
    items = given if isinstance(given, list | tuple) else list(given)
    for index, item in enumerate(items):
        # MLflow's own will do: scripts import them from there by habit.
        if not isinstance(item, kind) and type(item).__name__ != kind.__name__:
            raise InvalidParameterError(
                f"{what}[{index}] is a {type(item).__name__}; entities.{kind.__name__} is expected."
            )
    return items
