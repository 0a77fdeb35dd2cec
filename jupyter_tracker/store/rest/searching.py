"""What tables ask for, made from searches page by page: any server answers those."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from jupyter_tracker.entities import Param, Run, RunData, RunTag, ViewType
from jupyter_tracker.entities.page import every_page
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.search import fields as known_fields
from jupyter_tracker.search.naming import read_name
from jupyter_tracker.search.reader import Reader
from jupyter_tracker.store.base import Activity
from jupyter_tracker.store.browsing import RunKeys
from jupyter_tracker.store.rest.asking import asked
from jupyter_tracker.store.rest.path import RestPath

_PAGE: Final = 5000


class RestSearching(RestPath):
    """Tables of runs. `search_run_order` gives numbers to the runs that this store has seen."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._numbers: dict[str, int] = {}
        self._run_ids: list[str] = []
        self._numbering = threading.Lock()

    def _all(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        order_by: Sequence[str] | None = None,
    ) -> Iterator[Run]:
        return every_page(
            lambda token: self.search_runs(experiment_ids, filter_string, run_view_type, _PAGE, order_by, token)
        )

    def count_runs(
        self, experiment_ids: Sequence[str], filter_string: str = "", run_view_type: int = ViewType.ACTIVE_ONLY
    ) -> int:
        """Return how many runs `search_runs` would find in all."""
        return sum(1 for _ in self._all(experiment_ids, filter_string, run_view_type))

    def logged_keys(self, experiment_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the sorted keys in use, under ``metrics``, ``params`` and ``tags``."""
        found: dict[str, set[str]] = {"metrics": set(), "params": set(), "tags": set()}
        for run in self._all(experiment_ids, run_view_type=ViewType.ALL):
            for name, keys in found.items():
                keys.update(getattr(run.data, name))
        return {name: sorted(keys) for name, keys in found.items()}

    def experiment_activity(self) -> dict[str, Activity]:
        """Return the activity of every experiment that has active runs, by experiment id."""
        ids = [each.experiment_id for each in self.search_experiments(ViewType.ALL, 50_000)]
        found: dict[str, Activity] = {}
        for run in self._all(ids):
            before = found.get(run.info.experiment_id, Activity(0, 0, 0))
            found[run.info.experiment_id] = Activity(
                before.runs + 1,
                before.running + (run.info.status == "RUNNING"),
                max(before.last_start_time, run.info.start_time),
            )
        return found

    def known_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Return which of these runs the server has, deleted ones included."""
        return {run_id for run_id in run_ids if self._found(run_id) is not None}

    def _found(self, run_id: str) -> Run | None:
        try:
            return self.get_run(run_id)
        except ResourceDoesNotExistError:
            return None

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
        """Return what `search_runs` finds from row `offset` on, with these keys only (all: None)."""
        runs = self._all(experiment_ids, filter_string, run_view_type, order_by)
        return [_row(run, keys) for run in islice(runs, offset, offset + max_results)]

    def search_run_order(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        order_by: Sequence[str] | None = None,
    ) -> Sequence[int]:
        """Return all runs that `search_runs` would find, in its order, as numbers for `run_rows`."""
        runs = self._all(experiment_ids, filter_string, run_view_type, order_by)
        return [self._number(run.info.run_id) for run in runs]

    def _number(self, run_id: str) -> int:
        with self._numbering:
            number = self._numbers.setdefault(run_id, len(self._run_ids))
            if number == len(self._run_ids):
                self._run_ids.append(run_id)
            return number

    def run_rows(self, numbers: Sequence[int], keys: RunKeys) -> list[Run]:
        """Return the runs of these numbers in their order, with these keys only; those that are gone are left out."""
        run_ids = [self._run_ids[number] for number in numbers if 0 <= number < len(self._run_ids)]
        found = map(self._found, run_ids)
        return [_row(run, keys) for run in found if run is not None]

    def search_run_values(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,
        fields: Sequence[str] = (),
    ) -> list[tuple[Any, ...]]:
        """Return one entry per run that matches, in no order: the values of these fields, None where missing."""
        names = [read_name(Reader(field, known_fields.RUNS)) for field in fields]
        found = []
        for run in self._all(experiment_ids, filter_string, run_view_type):
            data = {"metric": run.data.metrics, "param": run.data.params, "tag": run.data.tags}
            found.append(
                tuple(
                    data[name.entity].get(name.key) if name.entity in data else _attribute(run, name.key)  # type: ignore[attr-defined]
                    for name in names
                )
            )
        return found

    def search_run_groups(
        self,
        experiment_ids: Sequence[str],  # noqa: ARG002 - the contract's
        filter_string: str = "",
        run_view_type: int = ViewType.ACTIVE_ONLY,  # noqa: ARG002
        group_by: str = "",  # noqa: ARG002
        metrics: Mapping[str, float] | None = None,  # noqa: ARG002
    ) -> None:
        """Return None: `search_run_values` has all that it takes."""
        asked(known_fields.RUNS, filter_string, None)


def _attribute(run: Run, key: str) -> Any:
    if key == "duration":
        return None if run.info.end_time is None else run.info.end_time - run.info.start_time
    return getattr(run.info, key)


def _row(run: Run, keys: RunKeys | None) -> Run:
    """Return a run as a table has it: without inputs and outputs, and with some keys only."""
    data = run.data
    if keys is not None:
        data = RunData(
            [metric for metric in data.latest_metrics if metric.key in keys.metrics],
            [Param(key, value) for key, value in data.params.items() if key in keys.params],
            [RunTag(key, value) for key, value in data.tags.items() if key in keys.tags],
        )
    return Run(run.info, data)
