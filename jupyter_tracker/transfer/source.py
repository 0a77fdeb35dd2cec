"""What comes in: the contract of everything that runs can be imported from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from jupyter_tracker.entities import Experiment, LoggedModel, Metric, Run
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.upkeep import RegistryRecord


@dataclass(frozen=True)
class SourceFile:
    """A file of a run or model: its path below the artifact root, its size in bytes, and its content."""

    path: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class SourceFiles:
    """The files of a run or model.

    Attributes
    ----------
    listed : callable
        Gives them.
    uri : str or None
        The folder where they are, for a link.
    missing : str or None
        Why they cannot be copied, for people; then they are linked.
    """

    listed: Callable[[], Iterable[SourceFile]] = tuple
    uri: str | None = None
    missing: str | None = None


@dataclass(frozen=True)
class SourceRun:
    """A run as its source has it; `metrics` gives the points anew at each call, `measured` as in `RunRecord`."""

    run: Run
    metrics: Callable[[], Iterable[Points]] = tuple
    files: SourceFiles = field(default_factory=SourceFiles)
    deleted_time: int | None = None
    measured: Sequence[Metric] = ()


@dataclass(frozen=True)
class SourceModel:
    """A logged model as its source has it; a `deleted` one was last updated when it was deleted."""

    model: LoggedModel
    files: SourceFiles = field(default_factory=SourceFiles)
    deleted: bool = False


def by_run(metrics: Iterable[Metric]) -> dict[str, list[Metric]]:
    """Return points of logged models by the run that logged them."""
    found: dict[str, list[Metric]] = defaultdict(list)
    for metric in metrics:
        if metric.run_id:
            found[metric.run_id].append(metric)
    return found


class Source(Protocol):
    """A place that whole runs come from. Ids are the source's own throughout."""

    name: str

    def experiments(self) -> Sequence[Experiment]:
        """Return every experiment."""

    def run_ids(self) -> Sequence[str]:
        """Return the id of every run."""

    def run(self, run_id: str) -> SourceRun:
        """Return one run."""

    def models(self) -> Sequence[SourceModel]:
        """Return every logged model."""

    def registered_models(self) -> Sequence[RegistryRecord]:
        """Return every registered model; the location of a version is the one in the source."""
