"""Some runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

import traitlets

from jupyter_tracker.entities import Experiment, Run
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.experiments import current_experiment_id
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.comparison import MAX_RUNS, ComparisonOptions, ComparisonView, comparison_view
from jupyter_tracker.views.comparison_files import comparison_files_view
from jupyter_tracker.views.lookup import find_experiment, find_run
from jupyter_tracker.views.panel import PanelPayload, payload_json
from jupyter_tracker.widgets import _fallback_comparison
from jupyter_tracker.widgets._base import TrackerWidget, new_panel_id

if TYPE_CHECKING:
    import pandas as pd

_OPTIONS: Final = ("run_ids", "baseline", "minimize", "maximize", "unranked")
NEWEST: Final = 10
"""Runs that are compared where none are named."""


class RunComparison(TrackerWidget):
    """Show runs side by side: what differs between them comes first, equal values are folded away.

    Params, metrics (with what each has more or less than the baseline, and the best marked), tags, data sets, source
    and git state, packages and artifacts, one column per run in the run's own colour; parallel coordinates and a
    scatter plot of params against a metric; the source of two cells side by side.

    Parameters
    ----------
    runs : sequence of str or Run, optional
        2 to 200 runs: ids, the starts of ids, names, or what `start_run`, `get_run` or a table's `selection` gave.
        Where left out, the newest runs of `experiment` that match `filter` now.
    baseline : str or Run, optional
        The run that the others are measured against; the first one where left out.
    minimize, maximize : str or sequence of str, optional
        Metrics whose small, or large, values are the better ones. For others the name decides: small for ``loss``,
        ``error``, ``rmse`` and the like, else large.
    experiment : str or Experiment, optional
        Where to look for runs when none are named; the experiment in use where left out.
    filter : str
        Which of them, in the search language.
    limit : int
        How many runs at most when none are named, 2 to 200.
    store : Store, optional
        Where the runs are; the store in use where left out.

    Attributes
    ----------
    run_ids : list of str
        The runs. As all that follow, it can be set and moves the screen.
    baseline, minimize, maximize
        As above; they follow what is chosen on the screen.
    unranked : list of str
        Metrics that have no better.
    selection : list of str
        Ids of the runs that are selected on the screen.

    Raises
    ------
    ResourceDoesNotExistError
        No run or experiment is named so; a near name is offered.
    InvalidParameterError
        There are fewer than two runs, or the baseline is none of them.

    Examples
    --------
    ::

        comparison = tracker.RunComparison(["rf-baseline", "rf-deeper"], minimize="calibration")
        comparison
        comparison.baseline = comparison.run_ids[1]  # the deltas follow
        comparison.to_frame()  # the same as a DataFrame
    """

    _panel: ClassVar[str] = "comparison"

    run_ids = traitlets.List(traitlets.Unicode()).tag(sync=True)
    baseline = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    minimize = traitlets.List(traitlets.Unicode()).tag(sync=True)
    maximize = traitlets.List(traitlets.Unicode()).tag(sync=True)
    unranked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    selection = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        runs: Sequence[str | Run] | None = None,
        baseline: str | Run | None = None,
        minimize: str | Sequence[str] = (),
        maximize: str | Sequence[str] = (),
        experiment: str | Experiment | None = None,
        filter: str = "",  # noqa: A002 - the word of the search language and of the panel
        limit: int = NEWEST,
        store: Store | None = None,
    ) -> None:
        store = active.store(create=False) if store is None else store
        if runs is not None and (experiment is not None or filter):
            raise InvalidParameterError("Give either runs, or an experiment and a filter that choose them; not both.")
        ids = _newest(store, experiment, filter, limit) if runs is None else [_id(store, run) for run in _listed(runs)]
        options = ComparisonOptions(
            list(dict.fromkeys(ids)),
            None if baseline is None else _id(store, baseline),
            _keys(minimize),
            _keys(maximize),
        )
        view = comparison_view(store, options)
        super().__init__(store, _payload_of(store.store_id, new_panel_id(), options), as_json(view))
        for name in _OPTIONS:
            setattr(self, name, getattr(options, name))
        self.observe(self._on_option, list(_OPTIONS))

    def refresh(self) -> None:
        """Read the runs again."""
        self.view = as_json(self._read())

    def to_frame(self, *, only_differing: bool = False) -> pd.DataFrame:
        """Return the comparison as a DataFrame.

        Parameters
        ----------
        only_differing : bool
            Leave out what all runs have alike.

        Returns
        -------
        pandas.DataFrame
            One column per run, under its name (with the start of its id where names are the same). One row per value,
            under its group (``params``, ``metrics``, ``tags``, ``datasets``, ``git``, ``environment``, ``run``,
            ``packages``) and key; metrics are floats, the others text, None where a run has no such value.
        """
        from jupyter_tracker.views.frames import comparison_frame

        packages = comparison_files_view(self._store, self._options(), "packages")
        return comparison_frame(self._read(cells=_UNLIMITED), packages.group, only_differing=only_differing)

    def _options(self) -> ComparisonOptions:
        return ComparisonOptions(**{name: getattr(self, name) for name in _OPTIONS})

    def _read(self, **options: int) -> ComparisonView:
        return comparison_view(self._store, self._options(), **options)

    def _on_option(self, _change: object) -> None:
        self.payload = payload_json(_payload_of(self._store.store_id, self.panel_id, self._options()))

    def _html(self) -> str:
        return _fallback_comparison.comparison_html(self._read())

    def _text(self) -> str:
        return _fallback_comparison.comparison_text(self._read())


_UNLIMITED: Final = 10**9


def _payload_of(store_id: str, panel_id: str, options: ComparisonOptions) -> PanelPayload:
    return PanelPayload("comparison", store_id, panel_id, comparison=options)


def _newest(store: Store, experiment: str | Experiment | None, filter_: str, limit: int) -> list[str]:
    if not 1 < limit <= MAX_RUNS:
        raise InvalidParameterError(f"limit={limit}: 2 to {MAX_RUNS} runs can be compared.")
    if experiment is None:
        experiment_id = current_experiment_id(store)
    else:
        experiment_id = (
            find_experiment(store, experiment) if isinstance(experiment, str) else experiment
        ).experiment_id
    check_words("RUNS", filter_)
    found = store.search_runs([experiment_id], filter_, max_results=limit)
    if len(found) < 2:
        which = f"the filter {filter_!r} finds" if filter_ else "the experiment has"
        raise InvalidParameterError(f"There is nothing to compare: {which} {len(found)} run{'s' * (len(found) != 1)}.")
    return [run.info.run_id for run in found]


def _listed(runs: object) -> Sequence[str | Run]:
    """Return the runs as a list; one run alone is the most likely mistake."""
    if isinstance(runs, str | Run):
        raise InvalidParameterError("A comparison takes two runs or more: RunComparison([first, second]).")
    return list(runs)  # type: ignore[call-overload, no-any-return]


def _id(store: Store, run: str | Run) -> str:
    return (find_run(store, run) if isinstance(run, str) else run).info.run_id


def _keys(metrics: str | Sequence[str]) -> list[str]:
    return [metrics] if isinstance(metrics, str) else list(metrics)
