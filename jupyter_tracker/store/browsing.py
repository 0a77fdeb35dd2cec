"""The store contract, third part: what tables of very many runs and columns are read by.

The rules of `store.base` hold here too. A page has only the keys that are on the screen: of 12,000 logged ones a
row of the database is read for a few dozen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_tracker.entities import ViewType

if TYPE_CHECKING:
    from jupyter_tracker.entities import Metric, Run


@dataclass(frozen=True)
class RunKeys:
    """Which logged keys of a run are wanted; one that it does not have is left out."""

    metrics: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyUse:
    """A logged key among some runs."""

    key: str
    runs: int
    """How many of them have it."""
    varies: bool
    """Those that have it do not all have the same value."""


@dataclass(frozen=True)
class RunKeyUses:
    """What some runs have logged, of each kind the keys that most of them have first, then by name."""

    runs: int
    """How many were looked at."""
    metrics: tuple[KeyUse, ...] = ()
    params: tuple[KeyUse, ...] = ()
    tags: tuple[KeyUse, ...] = ()


@dataclass(frozen=True)
class ValueStats:
    """A metric of some runs: how many have a number, their mean, and the spread of the sample (None for one run)."""

    count: int
    mean: float
    std: float | None


@dataclass(frozen=True)
class RunGroup:
    """The runs that have one value of a field (None: that have none), and of each metric (None: without a number)."""

    value: Any
    runs: int
    stats: tuple[ValueStats | None, ...]


class Browsing(ABC):
    """What a store answers to a table."""

    @abstractmethod
    def search_run_rows(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
        offset: int = 0,
        keys: RunKeys | None = None,
    ) -> list[Run]:
        """Return what `search_runs` finds from row `offset` on, with these keys only (all: None).

        They come without inputs and outputs.
        """

    @abstractmethod
    def measured_series(
        self,
        run_id: str,
        key: str,
        model_id: str | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
    ) -> list[Metric]:
        """Return the points of a metric that were logged with this model and data set, None standing for any.

        Ordered by (step, timestamp, value), identical ones once. Points that name neither are not among them.
        """

    @abstractmethod
    def search_run_order(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        order_by: Sequence[str] | None = None,
    ) -> Sequence[int]:
        """Return all runs that `search_runs` would find, in its order, as numbers for `run_rows`."""

    @abstractmethod
    def run_rows(self, numbers: Sequence[int], keys: RunKeys) -> list[Run]:
        """Return the runs of these numbers in their order, with these keys only; those that are gone are left out."""

    def search_run_keys(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
    ) -> RunKeyUses:
        """Return what the first `max_results` runs that `search_runs` would find have logged.

        Where they have logged very much, a store may look at a part of it.
        """
        runs = self.search_run_rows(experiment_ids, filter_string, run_view_type, max_results, order_by)
        data = [run.data for run in runs]
        metrics, params, tags = ([getattr(each, kind) for each in data] for kind in ("metrics", "params", "tags"))
        return RunKeyUses(len(runs), key_uses(metrics), key_uses(params), key_uses(tags))

    @abstractmethod
    def search_run_values(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        fields: Sequence[str] = (),
    ) -> list[tuple[Any, ...]]:
        """Return one entry per run that matches, in no order: the values of these fields, None where missing.

        Fields are written as in a filter: ``metrics.f1``, ``params.`learning rate` ``. A metric is a float, NaN too.
        """

    @abstractmethod
    def search_run_groups(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        group_by: str = "",
        metrics: Mapping[str, float] | None = None,
    ) -> list[RunGroup] | None:
        """Return the runs that match, grouped by a field, in no order: counted where they lie, not fetched.

        Parameters
        ----------
        group_by : str
            A param, a tag or an attribute, as in a filter.
        metrics : mapping of str to float, optional
            Fields, each with a value near its mean: what differs little from it is summed up without loss.

        Returns
        -------
        list of RunGroup or None
            None where this store cannot do it, or not without losing digits: `search_run_values` has all that it takes.
        """


def key_uses(mappings: Sequence[Mapping[str, Any]]) -> tuple[KeyUse, ...]:
    """Return the use of each key of some mappings, those that most of them have first, then by name."""
    values: dict[str, list[Any]] = {}
    for mapping in mappings:
        for key, value in mapping.items():
            values.setdefault(key, []).append(value)
    # As text, in which NaN is itself.
    uses = [KeyUse(key, len(found), len(set(map(str, found))) > 1) for key, found in values.items()]
    return tuple(sorted(uses, key=lambda use: (-use.runs, use.key)))
