"""Experiments, runs, curves and a comparison as linked tabs in one output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

import traitlets

from jupyter_tracker.entities import Experiment, Run
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.views.comparison import MAX_RUNS
from jupyter_tracker.views.dashboard import TABS, DashboardOptions, dashboard_tab
from jupyter_tracker.views.experiment_list import experiment_list_view
from jupyter_tracker.views.lookup import find_experiment, find_run
from jupyter_tracker.views.metric_curves import CurveOptions, MetricCurvesView, metric_curves_view
from jupyter_tracker.views.panel import PanelPayload, payload_json
from jupyter_tracker.views.run_table import RunTableView, run_table_view
from jupyter_tracker.widgets import _fallback_dashboard
from jupyter_tracker.widgets._base import TrackerWidget, new_panel_id

_OPTIONS: Final = ("tab", "selection", "experiment_ids")


class Dashboard(TrackerWidget):
    """Show experiments, their runs, curves and a comparison as linked tabs.

    Runs that are selected in the table are drawn as curves and compared; a run has the same colour everywhere. Only
    the tab that is open asks for anything.

    Parameters
    ----------
    experiment : str, Experiment, or a sequence of them, optional
        Names or ids; all active experiments where left out.
    filter : str
        Which runs, in the search language.
    tab : {"experiments", "table", "curves", "comparison"}
        What is open at first.
    runs : sequence of str or Run
        What is selected at first: ids, the starts of ids, or names.
    store : Store, optional
        Where the runs are; the store in use where left out.

    Attributes
    ----------
    tab : str
        The tab that is open. As all that follow, it can be set and moves the screen.
    selection : list of str
        Ids of the selected runs.
    experiment_ids : list of str
        Whose runs are shown; empty for all.

    Raises
    ------
    ResourceDoesNotExistError
        No run or experiment is named so; a near name is offered.
    InvalidParameterError
        There is no such tab.

    Examples
    --------
    ::

        dashboard = tracker.Dashboard("churn")
        dashboard
        dashboard.tab = "curves"
        tracker.RunComparison(dashboard.selection).to_frame()
    """

    _panel: ClassVar[str] = "dashboard"

    tab = traitlets.Enum(TABS, default_value="table").tag(sync=True)
    selection = traitlets.List(traitlets.Unicode()).tag(sync=True)
    experiment_ids = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        experiment: str | Experiment | Sequence[str | Experiment] | None = None,
        filter: str = "",  # noqa: A002 - the word of the search language and of the panel
        tab: str = "table",
        runs: Sequence[str | Run] = (),
        store: Store | None = None,
    ) -> None:
        store = active.store(create=False) if store is None else store
        self._filter = filter
        options = DashboardOptions(dashboard_tab(tab), [_run_id(store, run) for run in runs])
        ids = _experiment_ids(store, experiment)
        super().__init__(store, _payload_of(store.store_id, new_panel_id(), ids, filter, options), {})
        self.set_trait("experiment_ids", ids)
        self.selection = options.selection
        self.tab = options.tab
        self.observe(self._on_option, list(_OPTIONS))

    def _on_option(self, _change: object) -> None:
        options = DashboardOptions(dashboard_tab(self.tab), self.selection)
        payload = _payload_of(self._store.store_id, self.panel_id, self.experiment_ids, self._filter, options)
        self.payload = payload_json(payload)

    def _table(self) -> RunTableView:
        return run_table_view(self._store, self.experiment_ids, self._filter)

    def _curves(self) -> MetricCurvesView:
        """Return the curves of the selected runs, else of the latest ones; few, and as points a picture can show."""
        options = CurveOptions(self.selection[: _fallback_dashboard.RUNS], _fallback_dashboard.RUNS)
        return metric_curves_view(self._store, options, experiment_ids=self.experiment_ids, filter=self._filter)

    def _html(self) -> str:
        return _fallback_dashboard.dashboard_html(experiment_list_view(self._store), self._table(), self._curves())

    def _text(self) -> str:
        return _fallback_dashboard.dashboard_text(experiment_list_view(self._store), self._table())


def _payload_of(
    store_id: str, panel_id: str, experiment_ids: Sequence[str], filter_: str, options: DashboardOptions
) -> PanelPayload:
    kept = replace(options, selection=options.selection[:MAX_RUNS])
    return PanelPayload(
        "dashboard", store_id, panel_id, experiment_ids=list(experiment_ids), filter=filter_, dashboard=kept
    )


def _experiment_ids(store: Store, wanted: str | Experiment | Sequence[str | Experiment] | None) -> list[str]:
    if wanted is None:
        return []
    experiments = [wanted] if isinstance(wanted, str | Experiment) else wanted
    return [(find_experiment(store, item) if isinstance(item, str) else item).experiment_id for item in experiments]


def _run_id(store: Store, run: str | Run) -> str:
    return (find_run(store, run) if isinstance(run, str) else run).info.run_id
