"""Runs, experiments and logging on a tracking server.

Log calls append to a journal on this machine; the drain thread sends what is in it.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from jupyter_tracker import settings
from jupyter_tracker.entities import (
    DatasetInput,
    Experiment,
    LifecycleStage,
    LoggedModelOutput,
    Metric,
    MetricSeries,
    PagedList,
    Param,
    Run,
    RunInfo,
    RunTag,
    ViewType,
    limits,
)
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.experiment import tag_mapping
from jupyter_tracker.errors import (
    InvalidParameterError,
    InvalidStateError,
    ResourceAlreadyExistsError,
    ResourceDoesNotExistError,
    StoreError,
    StoreUnavailableError,
    TrackerError,
)
from jupyter_tracker.search import fields as fields_of
from jupyter_tracker.store.base import Batch, NewRun
from jupyter_tracker.store.inputs import check_inputs
from jupyter_tracker.store.journal.checks import checked_tags
from jupyter_tracker.store.journal.stored import is_stored
from jupyter_tracker.store.rest.answers import Answers
from jupyter_tracker.store.rest.asking import asked
from jupyter_tracker.store.rest.finding import PAGE, Search, find
from jupyter_tracker.store.rest.positions import Positions
from jupyter_tracker.store.rest.sending import send
from jupyter_tracker.store.rest.transport import Transport
from jupyter_tracker.store.write_path import WritePath, check_update
from jupyter_tracker.wire.datasets import dataset_input_to_json, output_to_json
from jupyter_tracker.wire.logged import entries_to_json, metric_to_json
from jupyter_tracker.wire.reading import AnswerFields, Fields

T = TypeVar("T")

REFUSED: Final = "BAD_REQUEST"
"""What MLflow's server says where its database refuses a row that is there already."""

_DRAIN_PATIENCE_S: Final = 2.0
# MLflow's server fails at the number of an experiment that needs over 64 bits.
_TOO_LONG: Final = 19
_HISTORY_PAGE: Final = 25_000
_VIEWS: Final = {ViewType.ACTIVE_ONLY: "ACTIVE_ONLY", ViewType.DELETED_ONLY: "DELETED_ONLY", ViewType.ALL: "ALL"}


class RestPath(Answers, WritePath):
    """What a run needs while it is written, on a server.

    Parameters
    ----------
    transport : Transport
        The way there.
    """

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport.uri)
        self.uri = transport.uri
        self.transport = transport
        self.store_id = hashlib.blake2b(self.uri.encode(), digest_size=16).hexdigest()
        self._journal_dir = settings.user_data_folder() / self.store_id / "runs"
        self._journal_dir.parent.mkdir(mode=0o700, exist_ok=True)
        self._positions = Positions(self._journal_dir)

    def _ask(self, method: str, operation: str, fields: Mapping[str, Any], **how: Any) -> Fields:
        """Return what the server answers, after it has everything that this process has logged."""
        self._check_open()
        self.flush()
        if method != "GET":
            self._fresh.clear()
        return self._call(method, operation, fields, **how)

    def _call(self, method: str, operation: str, fields: Mapping[str, Any], **how: Any) -> Fields:
        self._check_open()
        return AnswerFields(self.transport.call(method, f"/api/2.0/mlflow/{operation}", fields, **how))

    # experiments ---------------------------------------------------------------------------------

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
    ) -> str:
        """Create an experiment and return its id."""
        limits.check_experiment_name(name)
        limits.check_artifact_location(artifact_location)
        fields = {
            "name": name,
            "artifact_location": self._shown(artifact_location),
            "tags": entries_to_json({key: str(value) for key, value in (tags or {}).items()}),
        }
        try:
            return self._call("POST", "experiments/create", fields, repeatable=False).text("experiment_id")
        except ResourceAlreadyExistsError as error:
            raise self._taken(name, error) from error

    def _taken(self, name: str, error: TrackerError) -> TrackerError:
        """Return what says that a name is taken, and by an experiment in the trash where that is so."""
        found = self.get_experiment_by_name(name)
        if found is None:
            return error
        where = ", deleted" if found.lifecycle_stage == LifecycleStage.DELETED else ""
        return ResourceAlreadyExistsError(
            f"Experiment {name!r} already exists (id {found.experiment_id}{where}). Choose another name"
            + (", or restore that one." if where else ".")
        )

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted ones included."""
        return self._experiment(self._call("GET", "experiments/get", {"experiment_id": str(experiment_id)}))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of this name, deleted ones included, or None."""
        try:
            return self._experiment(self._call("GET", "experiments/get-by-name", {"experiment_name": name}))
        except ResourceDoesNotExistError as error:
            if error.error_code == "ENDPOINT_NOT_FOUND":
                raise
            return None

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Return the experiments that match, newest first where no order is given."""
        fields = {"view_type": _view(view_type)}
        limits.check_max_results(max_results)

        def page(more: Mapping[str, Any]) -> PagedList[Experiment]:
            answer = self._ask("POST", "experiments/search", {**fields, **more})
            return self._page(answer, "experiments", self._of_experiment)

        search = asked(fields_of.EXPERIMENTS, filter_string, order_by)
        return self._searched(search, page, max_results, page_token)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an active experiment another name."""
        limits.check_experiment_name(new_name)
        try:
            self._ask("POST", "experiments/update", {"experiment_id": str(experiment_id), "new_name": new_name})
        except InvalidStateError as error:  # what MLflow's server says of a deleted one
            raise InvalidParameterError(error.message) from error
        except TrackerError as error:
            raise (self._taken(new_name, error) if error.error_code == REFUSED else error) from error

    def delete_experiment(self, experiment_id: str) -> None:
        """Put an experiment and its active runs into the trash."""
        self._ask("POST", "experiments/delete", {"experiment_id": str(experiment_id)}, repeatable=False)
        self.park_deleted()

    def restore_experiment(self, experiment_id: str) -> None:
        """Take an experiment out of the trash, with the runs that went there with it."""
        self._ask("POST", "experiments/restore", {"experiment_id": str(experiment_id)}, repeatable=False)

    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set a label of an active experiment."""
        fields = {"experiment_id": str(experiment_id), "key": limits.check_key(key, "Tag"), "value": str(value)}
        self._ask("POST", "experiments/set-experiment-tag", fields)

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a label; ResourceDoesNotExistError where there is none."""
        fields = {"experiment_id": str(experiment_id), "key": key}
        self._ask("POST", "experiments/delete-experiment-tag", fields, repeatable=False)

    # runs ----------------------------------------------------------------------------------------

    def create_run(
        self,
        experiment_id: str,
        user_id: str = "",
        start_time: int | None = None,
        tags: Mapping[str, str] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a RUNNING run in an active experiment. Without a name one is made up."""
        fields = {
            "experiment_id": str(experiment_id),
            "user_id": user_id,
            "start_time": limits.check_timestamp(start_time) if start_time is not None else now_ms(),
            "tags": entries_to_json(checked_tags(tag_mapping(tags))),
            "run_name": run_name,
        }
        run = self._run(self._call("POST", "runs/create", fields, repeatable=False))
        self._made(run.info.run_id)
        return run

    def get_run(self, run_id: str) -> Run:
        """Return a run with its latest metrics, params, tags, inputs and outputs; deleted ones included."""
        return self._run(self._ask("GET", "runs/get", _named(run_id)))

    def update_run(
        self, run_id: str, status: str | None = None, end_time: int | None = None, run_name: str | None = None
    ) -> RunInfo:
        """Change what is not None; a run that goes on after its end loses its end time."""
        check_update(status, end_time)
        fields = {**_named(run_id), "status": status, "end_time": end_time, "run_name": run_name}
        return self._info(self._ask("POST", "runs/update", fields))

    def delete_run(self, run_id: str) -> None:
        """Put a run into the trash."""
        self._ask("POST", "runs/delete", {"run_id": limits.check_run_id(run_id)})
        self.park_deleted()

    def restore_run(self, run_id: str) -> None:
        """Take a run out of the trash."""
        self._ask("POST", "runs/restore", {"run_id": limits.check_run_id(run_id)})

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Return the runs of these experiments that match."""
        if isinstance(experiment_ids, str):
            raise InvalidParameterError(f"experiment_ids must be a list of ids, such as [{experiment_ids!r}].")
        fields = {
            "experiment_ids": [number for number in map(str, experiment_ids) if len(number) < _TOO_LONG],
            "run_view_type": _view(run_view_type),
        }
        limits.check_max_results(max_results)

        def page(more: Mapping[str, Any]) -> PagedList[Run]:
            return self._page(self._ask("POST", "runs/search", {**fields, **more}), "runs", self._of_run)

        search = asked(fields_of.RUNS, filter_string, order_by, lambda: self.logged_keys(experiment_ids))
        return self._searched(search, page, max_results, page_token)

    def _searched(
        self, search: Search, page: Callable[[Mapping[str, Any]], PagedList[T]], max_results: int, token: str | None
    ) -> PagedList[T]:
        """Return what a search finds; `page` returns one page of the server's, given what is asked."""
        if search.is_plain or self._knows_more():
            asking = {"filter": search.filter, "order_by": search.order_by, "max_results": max_results}
            return page({**asking, "page_token": token})

        def some(at: str | None, sort: bool) -> PagedList[T]:
            asking = {"filter": search.text or None, "order_by": search.order_by if sort else None}
            return page({**asking, "max_results": PAGE, "page_token": at})

        return find(search, some, max_results, token)

    def _knows_more(self) -> bool:
        """Tell whether the server is one of ours, and so knows our search language."""
        raise NotImplementedError

    # logging -------------------------------------------------------------------------------------

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log all of it; points that name a logged model or a data set are sent with that, past the journal."""
        super().log_batch(run_id, metrics, params, tags)
        of_models = [metric for metric in metrics if metric.model_id or metric.dataset_name or metric.dataset_digest]
        if of_models:
            points = [metric_to_json(metric) for metric in of_models]
            self._ask("POST", "runs/log-batch", {"run_id": run_id, "metrics": points})

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag; ResourceDoesNotExistError where there is none."""
        fields = {"run_id": limits.check_run_id(run_id), "key": key}
        self._ask("POST", "runs/delete-tag", fields, repeatable=False)

    def metric_series(self, run_id: str, key: str) -> MetricSeries:
        """Return every point of a metric as arrays, identical ones once; empty for an unknown key."""
        import numpy as np

        self.flush()
        points: list[Metric] = []
        token: str | None = None
        while True:
            fields = {**_named(run_id), "metric_key": key, "max_results": _HISTORY_PAGE, "page_token": token}
            answer = self._call("GET", "metrics/get-history", fields)
            points += self._metrics(answer)
            token = answer.optional("next_page_token")
            if not token:
                break
        if not points:
            self._plain_run(run_id)  # of a run that there is not, MLflow's server tells an empty history
        unique = {(point.step, point.timestamp, repr(point.value)): point for point in points}
        ordered = sorted(unique.values(), key=lambda point: (point.step, point.timestamp, _rank(point.value)))
        return MetricSeries(
            key,
            np.array([point.step for point in ordered], np.int64),
            np.array([point.timestamp for point in ordered], np.int64),
            np.array([point.value for point in ordered], np.float64),
        )

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput] = (), model_ids: Sequence[str] = ()) -> None:
        """Record data sets and models that a run read. The same data set twice is one input."""
        check_inputs(datasets)
        fields = {
            "run_id": limits.check_run_id(run_id),
            "datasets": [dataset_input_to_json(entry) for entry in datasets],
            "models": [{"model_id": model_id} for model_id in model_ids],
        }
        self._ask("POST", "runs/log-inputs", fields)

    def log_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        """Record logged models that a run wrote."""
        limits.check_run_id(run_id)
        for model in models:
            limits.check_step(model.step)
        try:
            self._put_outputs(run_id, models)
        except TrackerError as error:
            if error.error_code != REFUSED:
                raise
            # MLflow's server takes each only once; this may be the second try of what it has done.
            known = self._plain_run(run_id).outputs.model_outputs
            there = {model.model_id for model in known}
            changed = [model.model_id for model in models if model.model_id in there and model not in known]
            if changed or not there:
                raise
            new = [model for model in models if model.model_id not in there]
            if new:
                self._put_outputs(run_id, new)

    def _put_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        fields = {"run_id": run_id, "models": [output_to_json(model) for model in models]}
        self._ask("POST", "runs/outputs", fields)

    # the write path ------------------------------------------------------------------------------

    def _apply(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            if not is_stored(batch, self._positions.get(batch.journal_id)):
                self._send(batch)
                self._positions.put(batch.journal_id, batch.position)

    def _send(self, batch: Batch) -> None:
        send(batch, self._post, self.params_of)
        if batch.status is None:
            return
        if batch.only_if_running and self._plain_run(batch.run_id).info.status != "RUNNING":
            return
        fields = {**_named(batch.run_id), "status": batch.status, "end_time": batch.end_time}
        self._post("runs/update", fields)

    def _post(self, operation: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        path = f"/api/2.0/mlflow/{operation}"
        return self.transport.call("POST", path, fields, patience_s=_DRAIN_PATIENCE_S)

    def check_loggable(self, run_id: str) -> None:
        """Raise where the run does not exist or is deleted; a server that is away is asked when it is back."""
        with contextlib.suppress(StoreUnavailableError):
            self._check_loggable(run_id)

    def _stage_of(self, run_id: str) -> str | None:
        try:
            return self._plain_run(run_id, patience_s=_DRAIN_PATIENCE_S).info.lifecycle_stage
        except ResourceDoesNotExistError:
            return None

    def _plain_run(self, run_id: str, **how: Any) -> Run:
        return self._run(self._call("GET", "runs/get", _named(run_id), **how))

    def _store_announced(self, run_id: str, new: NewRun) -> None:
        raise StoreError(f"The run {run_id} of {new.experiment_id} began in a journal that is not for a server.")

    def params_of(self, run_id: str) -> dict[str, str]:
        """Return the params that the server has of a run."""
        return self._plain_run(run_id).data.params

    def journal_position(self, journal_id: str) -> int:
        """Return how many bytes of a journal the server has."""
        return self._positions.get(journal_id)

    def journal_positions(self) -> dict[str, int]:
        """Return how many bytes of each journal the server has, of those that are not forgotten yet."""
        return self._positions.all()

    def sync(self, gone: list[str]) -> None:
        """Forget the positions of the journals in `gone`. What was answered is the server's to keep."""
        for journal_id in gone:
            self._positions.forget(journal_id)

    def _disconnect(self) -> None:
        self.transport.close()

    @property
    def root(self) -> Path:
        """The folder of this user for what belongs to this server on this machine."""
        return self._journal_dir.parent


def _named(run_id: str) -> dict[str, str]:
    checked = limits.check_run_id(run_id)
    return {"run_id": checked, "run_uuid": checked}


def _view(view_type: int) -> str:
    try:
        return _VIEWS[view_type]
    except (KeyError, TypeError):
        raise limits.no_view_type(view_type) from None


def _rank(value: float) -> tuple[int, float]:
    # As NumPy sorts: NaN comes last.
    return (1, 0.0) if value != value else (0, value)  # noqa: PLR0124 - the test for NaN
