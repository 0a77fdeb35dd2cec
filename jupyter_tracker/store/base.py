"""The store contract: what every place that keeps runs must do. No SQL, no HTTP here.

Threads
    Every method may be called from any thread at any time. Widget callbacks run beside the cell.
Processes
    Many processes may use one store at once. No method waits for another process longer than the
    store's busy timeout (30 s), after which `StoreUnavailableError` is raised and nothing has changed.
Atomic
    Every method is one transaction: it has happened as a whole or not at all, also when the process is
    killed in the middle. `log_batch` with one bad entry logs nothing.
What a reader sees
    A read returns what was committed before it began, and in the process that logged also everything
    that a log call has returned from: `flush` runs first. Another process's log calls become visible when
    its writer drains, normally within 0.2 s; the end of a run, with all that was logged before, at once.
Ended runs
    Ended runs still take params, metrics and tags, as in MLflow. Deleted runs and experiments take none:
    `InvalidParameterError`.
Order
    Searches are ordered as asked, then by start time (newest first), then by run id, so that pages join.
Errors
    Only `TrackerError` subclasses: `ResourceDoesNotExistError` for an unknown id, `InvalidParameterError`
    for a value that cannot be used, `ResourceAlreadyExistsError` for a taken name, `StoreError` where the
    store itself cannot be read or written.
Results
    Frozen entities, never rows of a database; times in ms UTC.

To add an operation: its contract here, then `sql/`, then one line in `rest/`, one in `permitted_methods` for who may
have it done, and a test in `tests/contract/`, which runs in every mode.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from jupyter_tracker.entities import ViewType
from jupyter_tracker.store.browsing import Browsing
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.registry import Registry
from jupyter_tracker.store.upkeep import Upkeep

if TYPE_CHECKING:
    from jupyter_tracker.entities import (
        DatasetInput,
        Experiment,
        LoggedModel,
        LoggedModelOutput,
        Metric,
        MetricSeries,
        PagedList,
        Param,
        Run,
        RunColumns,
        RunInfo,
        RunTag,
    )
    from jupyter_tracker.store.writing import Writer


@dataclass(frozen=True)
class NewRun:
    """A run that has been started and is on its way into the store, which makes it with its first batch."""

    experiment_id: str
    run_name: str
    user_id: str
    start_time: int  # ms UTC
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Batch:
    """What one drain of a journal brings to the store, applied as a whole or not at all.

    `position` is the journal's byte up to which this batch reaches, `start` the one where it begins: a
    store whose recorded position is not `start` has seen the batch before and must not apply it again.
    A store that does not have `new_run` yet makes it, RUNNING and active, before anything else.
    """

    run_id: str
    journal_id: str
    start: int
    position: int
    metrics: Sequence[Points] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str | None = None  # the run ends (or goes on) with this batch
    end_time: int | None = None
    only_if_running: bool = False  # the status of a run that has ended otherwise stays
    new_run: NewRun | None = None


class Activity(NamedTuple):
    """The active runs of an experiment: how many, how many of them RUNNING, and the newest start (ms UTC)."""

    runs: int
    running: int
    last_start_time: int


class Store(Browsing, Registry, Upkeep):
    """One place that keeps experiments, runs and models. See the module's text for the contract.

    The model registry is in `store.registry`, corrections, the trash and imports in `store.upkeep`, what tables ask for
    in `store.browsing`.

    Attributes
    ----------
    uri : str
        Where it is, absolute, without credentials.
    store_id : str
        32 hex digits that stay with the store when its folder is moved.
    """

    uri: str
    store_id: str

    # experiments ---------------------------------------------------------------------------------

    @abstractmethod
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
    ) -> str:
        """Create an experiment and return its id. The name of a deleted one is still taken."""

    @abstractmethod
    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted ones included."""

    @abstractmethod
    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of this name, deleted ones included, or None."""

    @abstractmethod
    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Return the experiments that match, newest first where no order is given."""

    @abstractmethod
    def experiment_activity(self) -> dict[str, Activity]:
        """Return the activity of every experiment that has active runs, by experiment id."""

    @abstractmethod
    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an active experiment another name."""

    @abstractmethod
    def delete_experiment(self, experiment_id: str) -> None:
        """Put an experiment and its active runs into the trash."""

    @abstractmethod
    def restore_experiment(self, experiment_id: str) -> None:
        """Take an experiment out of the trash, with the runs that went there with it."""

    @abstractmethod
    def set_experiment_tag(self, experiment_id: str, key: str, value: str) -> None:
        """Set a label of an active experiment."""

    @abstractmethod
    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a label; ResourceDoesNotExistError where there is none."""

    # runs ----------------------------------------------------------------------------------------

    @abstractmethod
    def create_run(
        self,
        experiment_id: str,
        user_id: str = "",
        start_time: int | None = None,
        tags: Mapping[str, str] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a RUNNING run in an active experiment. Without a name one is made up."""

    def start_run(
        self,
        experiment_id: str,
        user_id: str = "",
        start_time: int | None = None,
        tags: Mapping[str, str] | None = None,
        run_name: str | None = None,
    ) -> tuple[Run, Writer]:
        """Create a run that this process owns and is about to log to; return it with its writer.

        The run survives this process from then on. Like what is logged, it may reach the store only with the
        writer's first drain; whoever asks for it by its id, in whatever process, finds it before.
        """
        run = self.create_run(experiment_id, user_id, start_time, tags, run_name)
        return run, self.writer(run.info.run_id, owner=True)

    @abstractmethod
    def get_run(self, run_id: str) -> Run:
        """Return a run with its latest metrics, params, tags, inputs and outputs; deleted ones included."""

    @abstractmethod
    def update_run(
        self, run_id: str, status: str | None = None, end_time: int | None = None, run_name: str | None = None
    ) -> RunInfo:
        """Change what is not None. The name is mirrored in the tag `mlflow.runName`."""

    @abstractmethod
    def delete_run(self, run_id: str) -> None:
        """Put a run into the trash."""

    @abstractmethod
    def restore_run(self, run_id: str) -> None:
        """Take a run out of the trash."""

    @abstractmethod
    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Return the runs of these experiments that match. `InvalidFilterError` names the column."""

    def search_run_columns(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> tuple[RunColumns, str | None]:
        """Return what `search_runs` finds as columns, and the token of the next page: for thousands of runs."""
        runs = self.search_runs(experiment_ids, filter_string, run_view_type, max_results, order_by, page_token)
        from jupyter_tracker.entities.run_columns import RunColumns

        return RunColumns.of(runs), runs.token

    @abstractmethod
    def count_runs(
        self, experiment_ids: Sequence[str], filter_string: str = "", run_view_type: int = ViewType.ACTIVE_ONLY
    ) -> int:
        """Return how many runs `search_runs` would find in all."""

    @abstractmethod
    def logged_keys(self, experiment_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the sorted keys in use, under ``metrics``, ``params`` and ``tags``."""

    # logging -------------------------------------------------------------------------------------

    @abstractmethod
    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log all of it in one transaction, before returning; at most MLflow's counts."""

    def log_batch_soon(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log all of it as `log_batch` does, for a server that answers when it would survive its own death.

        It is in the store at the latest when somebody reads in this process, and otherwise soon.
        """
        self.log_batch(run_id, metrics, params, tags)

    def log_metric(self, run_id: str, metric: Metric) -> None:
        """Log one point."""
        self.log_batch(run_id, metrics=[metric])

    def log_param(self, run_id: str, param: Param) -> None:
        """Log one param; another value than before is an `InvalidParameterError`."""
        self.log_batch(run_id, params=[param])

    def set_tag(self, run_id: str, tag: RunTag) -> None:
        """Set one tag. `mlflow.runName` renames the run."""
        self.log_batch(run_id, tags=[tag])

    @abstractmethod
    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove a tag; ResourceDoesNotExistError where there is none."""

    @abstractmethod
    def metric_series(self, run_id: str, key: str) -> MetricSeries:
        """Return every point of a metric as arrays, identical ones once; empty for an unknown key."""

    @abstractmethod
    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput] = (), model_ids: Sequence[str] = ()) -> None:
        """Record data sets and models that a run read. The same data set twice is one input."""

    @abstractmethod
    def log_outputs(self, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
        """Record logged models that a run wrote."""

    # the write path ------------------------------------------------------------------------------

    @abstractmethod
    def writer(self, run_id: str, *, owner: bool = False) -> Writer:
        """Return this process's writer of an active run: microseconds a call, drained in the background.

        One writer per process and run; asking again returns the same one. `owner`: when this process
        dies, the run is closed as KILLED.
        """

    @abstractmethod
    def has_other_owner(self, run_id: str) -> bool:
        """Tell whether another process of this machine has begun a run, lives, and will end it."""

    @abstractmethod
    def apply(self, batch: Batch) -> None:
        """Apply what a journal holds, exactly once whatever dies in between.

        A param that conflicts with a stored one is kept as the tag `jupyter_tracker.conflict.<key>` and
        warned of once.
        """

    @abstractmethod
    def flush(self) -> None:
        """Bring everything that log calls of this process have returned from into the store."""

    def change_mark(self) -> Hashable | None:
        """Return what is another one after each change that anybody has made, as far as this process has logged it.

        Marks are compared within one thread. None where a store cannot tell for much less than a read: what was read
        before may be old then.
        """
        return None

    @abstractmethod
    def close(self) -> None:
        """Flush, and give up files and connections. Further calls raise StoreError."""

    # logged models -------------------------------------------------------------------------------

    @abstractmethod
    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Create a PENDING logged model under a new id."""

    @abstractmethod
    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model."""

    @abstractmethod
    def finalize_logged_model(self, model_id: str, status: str, status_message: str | None = None) -> LoggedModel:
        """Set its status to READY or FAILED and return it."""

    @abstractmethod
    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[Mapping[str, object]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Return those that match, deleted ones if it names `lifecycle_stage`; `order_by` has MLflow's dictionaries."""

    @abstractmethod
    def delete_logged_model(self, model_id: str) -> None:
        """Put a logged model into the trash."""

    @abstractmethod
    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        """Set labels of a logged model."""

    @abstractmethod
    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a label of a logged model."""

    @abstractmethod
    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        """Add params to a logged model; they are immutable."""
