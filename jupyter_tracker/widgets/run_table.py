"""A table of runs: sorted, filtered and paged by the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import traitlets

from jupyter_tracker.entities import Experiment
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.lookup import find_experiment, order_by_of
from jupyter_tracker.views.panel import PanelPayload
from jupyter_tracker.views.run_table import RunTableView, run_table_view
from jupyter_tracker.widgets import _fallback
from jupyter_tracker.widgets._base import TrackerWidget, new_panel_id


class RunTable(TrackerWidget):
    """Show the runs of one or more experiments.

    Parameters
    ----------
    experiment : str, Experiment, or a sequence of them, optional
        Names or ids; all active experiments where left out.
    filter : str
        Which runs, in the search language: ``metrics.f1 > 0.9 and params.model = 'rf'``.
    order_by : str, optional
        A column, with ``ASC`` or ``DESC``: ``metrics.f1 DESC``. Newest first where left out.
    columns : sequence of str, optional
        Ids of the columns to show, such as ``params.lr``; chosen by what differs where left out.
    store : Store, optional
        Where the runs are; the store in use where left out.
    max_results : int, optional
        At most so many runs; all that match where left out.

    Attributes
    ----------
    selection : list of str
        Ids of the runs that are ticked in the browser.
    """

    _panel: ClassVar[str] = "run_table"

    selection = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        experiment: str | Experiment | Sequence[str | Experiment] | None = None,
        filter: str = "",  # noqa: A002 - the word of MLflow's language and of the panel
        order_by: str | None = None,
        columns: Sequence[str] | None = None,
        store: Store | None = None,
        max_results: int | None = None,
    ) -> None:
        store = active.store(create=False) if store is None else store
        self._query = PanelPayload(
            "run_table",
            store.store_id,
            new_panel_id(),
            experiment_ids=_experiment_ids(store, experiment),
            filter=filter,
            order_by=order_by_of(order_by),
            columns=None if columns is None else list(columns),
            max_results=max_results,
        )
        self._table_view = self._read(store)
        super().__init__(store, self._query, as_json(self._table_view))

    def refresh(self) -> None:
        """Read the runs again."""
        self._table_view = self._read(self._store)
        self.view = as_json(self._table_view)

    def _read(self, store: Store) -> RunTableView:
        query = self._query
        return run_table_view(
            store,
            query.experiment_ids,
            query.filter,
            query.order_by,
            columns=query.columns,
            max_results=query.max_results,
        )

    def _html(self) -> str:
        return _fallback.run_table_html(self._table_view)

    def _text(self) -> str:
        return _fallback.run_table_plain(self._table_view)


def _experiment_ids(store: Store, wanted: str | Experiment | Sequence[str | Experiment] | None) -> list[str]:
    if wanted is None:
        return []
    experiments = [wanted] if isinstance(wanted, str | Experiment) else wanted
    return [(find_experiment(store, item) if isinstance(item, str) else item).experiment_id for item in experiments]
