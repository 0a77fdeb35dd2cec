"""The store contract, second half: corrections, the trash, and bringing whole runs in.

The rules of `store.base` hold here too. What is imported keeps its ids; what is there already stays as it
is, so that everything here may be repeated after an interruption.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from jupyter_tracker.entities import (
        Experiment,
        LoggedModel,
        Metric,
        MetricSeries,
        ModelVersion,
        RegisteredModel,
        Run,
    )
    from jupyter_tracker.store.points import Points


@dataclass(frozen=True)
class RunRecord:
    """A whole run on its way into a store; `run.info.experiment_id` is an experiment of that store.

    `metrics` gives the points piece by piece, so that a long history needs no memory: any number of pieces per
    metric, and anew at each call, since a server's transaction may have to be tried again. `measured` are those of them
    that name a logged model or a data set. `artifact_uri` is None where the files are in the store's own place for this
    run.
    """

    run: Run
    metrics: Callable[[], Iterable[Points]] = tuple
    deleted_time: int | None = None
    artifact_uri: str | None = None
    measured: Sequence[Metric] = ()


@dataclass(frozen=True)
class ModelRecord:
    """A logged model on its way into a store; `artifact_uri` as for a run.

    Where it is `deleted`, it goes to the trash as of its `last_updated_timestamp`.
    """

    model: LoggedModel
    artifact_uri: str | None = None
    deleted: bool = False


@dataclass(frozen=True)
class VersionRecord:
    """A model version on its way into a store.

    `location` is the URI of its files, None where its source says it (a logged model, a run).
    """

    version: ModelVersion
    location: str | None = None


@dataclass(frozen=True)
class RegistryRecord:
    """A registered model on its way into a store, with its versions."""

    model: RegisteredModel
    versions: Sequence[VersionRecord] = field(default_factory=list)


@dataclass(frozen=True)
class Trashed:
    """Something in the trash.

    Attributes
    ----------
    artifact_uri : str or None
        Where its files are; None where they are not the store's to remove (a run that was imported as a link).
    size_bytes : int
        What its metrics take in the database.
    needed_by : str or None
        What still needs it, for people; None where it can go.
    deleted_time : int or None
        When it was deleted, in ms UTC; None for what goes along with its run or experiment.
    """

    kind: Literal["model", "run", "experiment"]
    id: str
    name: str
    artifact_uri: str | None = None
    size_bytes: int = 0
    needed_by: str | None = None
    deleted_time: int | None = None


class Upkeep(ABC):
    """What a store does beside logging and searching."""

    # corrections ---------------------------------------------------------------------------------

    @abstractmethod
    def truncate_metric(self, run_id: str, key: str | None, from_step: int) -> int:
        """Remove the points of a metric (of every metric: None) from a step on; return how many those were.

        The latest value becomes that of what is left, for the run as for the logged models and data sets that those
        points named; a metric of which nothing is left is gone.
        """

    @abstractmethod
    def update_param(self, run_id: str, key: str, value: str) -> None:
        """Give a param another value, or its first.

        The replaced values are kept, newest last, in the tag ``jupyter_tracker.corrected.<key>``: a JSON list of
        ``{"value", "replaced_ms"}``.
        """

    # the trash -----------------------------------------------------------------------------------

    @abstractmethod
    def free_experiment_name(self, name: str) -> str | None:
        """Take a name from the deleted experiment that has it; return that experiment's id, None for none.

        The experiment is called ``<name> (deleted, id <id>)`` from now on and gets its own name back when it is
        restored, if nobody has it by then.
        """

    @abstractmethod
    def trash(self, deleted_before: int | None = None) -> list[Trashed]:
        """Return what is in the trash, since before a moment (ms UTC): models first, experiments last.

        A run takes the logged models that it made along. The default experiment is never listed.
        """

    @abstractmethod
    def purge(self, entries: Sequence[Trashed]) -> list[Trashed]:
        """Remove these for good, and return those that were: what was restored or is needed by now stays."""

    @abstractmethod
    def known_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Return which of these runs the store has, deleted ones and ones still in a journal included."""

    # moving out and in ---------------------------------------------------------------------------

    @abstractmethod
    def measured_points(self, run_id: str) -> list[Metric]:
        """Return all points of a run that name a logged model or a data set, by metric and step."""

    def measured_points_of(self, run_ids: Sequence[str]) -> dict[str, list[Metric]]:
        """Return what `measured_points` does of many runs, by run id; runs that have none may be left out."""
        return {run_id: self.measured_points(run_id) for run_id in run_ids}

    def short_histories(self, run_ids: Sequence[str], most_points: int) -> dict[str, list[MetricSeries]]:
        """Return every series, by metric, of those of these runs that have at most `most_points` points in all.

        By run id. A store that has no quicker way than `metric_series` returns none.
        """
        del run_ids, most_points
        return {}

    @abstractmethod
    def import_experiments(self, experiments: Sequence[Experiment]) -> dict[str, Experiment]:
        """Bring experiments in; return what each became, by the id it came with.

        One of the same name is the same experiment. Otherwise the id is kept, unless it is taken. Their
        `artifact_location` is not: files go to this store's own place.
        """

    @abstractmethod
    def import_runs(self, records: Sequence[RunRecord]) -> list[str]:
        """Bring whole runs in, in one transaction; return the ids of those that were not there yet.

        A run that is there gains what `measured` has of series that it lacks, of metrics that it has, and nothing else.
        """

    @abstractmethod
    def import_logged_models(self, records: Sequence[ModelRecord]) -> list[str]:
        """Bring logged models in, in one transaction; return the ids of those that were not there yet."""

    @abstractmethod
    def import_registered_models(self, records: Sequence[RegistryRecord]) -> list[str]:
        """Bring registered models in, in one transaction; return what could not be merged, for people.

        A version that is there and has another source stays as it is, and so does an alias that points elsewhere.
        """
