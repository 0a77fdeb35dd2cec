"""A table of runs: sorted, filtered, grouped and paged by the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from jupyter_tracker.entities import Experiment
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.lookup import column_id_of, find_experiment, group_by_of, order_by_of, runs_by_id
from jupyter_tracker.views.panel import PanelPayload, payload_json
from jupyter_tracker.views.run_table import RunTableView, run_table_view
from jupyter_tracker.widgets import _fallback
from jupyter_tracker.widgets._base import TrackerWidget, new_panel_id

if TYPE_CHECKING:
    import pandas as pd

_OPTIONS = ("filter", "order_by", "columns", "group_by")


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
        Ids of the columns to show, such as ``params.lr``, in order; ``metrics.*`` stands for all that match. Chosen by
        what differs where left out.
    store : Store, optional
        Where the runs are; the store in use where left out.
    max_results : int, optional
        At most so many runs; all that match where left out.
    group_by : str, optional
        A param or tag, such as ``params.model``: one row per value, with mean, standard deviation and number of runs.

    Attributes
    ----------
    selection : list of str
        Ids of the runs that are ticked in the browser; setting it ticks them.
    filter, order_by, columns, group_by
        As above; setting one moves the screen.

    Raises
    ------
    InvalidParameterError
        For a column or a group that runs do not have.

    Examples
    --------
    >>> table = tracker.RunTable("churn", order_by="metrics.f1 desc")
    >>> table.group_by = "params.model"
    >>> table.selected_runs()  # a DataFrame
    """

    _panel: ClassVar[str] = "run_table"

    selection = traitlets.List(traitlets.Unicode()).tag(sync=True)
    filter = traitlets.Unicode()
    order_by = traitlets.Unicode(None, allow_none=True)
    columns = traitlets.List(traitlets.Unicode(), default_value=None, allow_none=True)
    group_by = traitlets.Unicode(None, allow_none=True)

    def __init__(
        self,
        experiment: str | Experiment | Sequence[str | Experiment] | None = None,
        filter: str = "",  # noqa: A002 - the word of MLflow's language and of the panel
        order_by: str | None = None,
        columns: Sequence[str] | None = None,
        store: Store | None = None,
        max_results: int | None = None,
        group_by: str | None = None,
    ) -> None:
        store = active.store(create=False) if store is None else store
        wanted = PanelPayload(
            "run_table",
            store.store_id,
            new_panel_id(),
            experiment_ids=_experiment_ids(store, experiment),
            max_results=max_results,
        )
        options = {
            "filter": filter,
            "order_by": order_by,
            "columns": None if columns is None else list(columns),
            "group_by": group_by,
        }
        self._query = _asked(wanted, options)
        self._table_view = self._read(store)
        super().__init__(store, self._query, as_json(self._table_view))
        with self.hold_trait_notifications():
            for name, value in options.items():
                setattr(self, name, value)
        self.observe(self._on_option, list(_OPTIONS))

    def refresh(self) -> None:
        """Read the runs again."""
        self._table_view = self._read(self._store)
        self.view = as_json(self._table_view)

    def selected_runs(self) -> pd.DataFrame:
        """Return the selected runs in the order they were ticked, with the columns of `search_runs`; empty for none."""
        from jupyter_tracker.views.frames import runs_frame

        return runs_frame(runs_by_id(self._store, self.selection))

    def _on_option(self, _change: object) -> None:
        self._query = _asked(self._query, {name: getattr(self, name) for name in _OPTIONS})
        self._table_view = self._read(self._store)
        with self.hold_sync():
            self.payload = payload_json(self._query)
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
            group_by=query.group_by,
        )

    def _html(self) -> str:
        return _fallback.run_table_html(self._table_view)

    def _text(self) -> str:
        return _fallback.run_table_plain(self._table_view)


def _asked(payload: PanelPayload, options: dict[str, Any]) -> PanelPayload:
    """Return a payload with these options as views name them; errors for what runs do not have."""
    columns = options["columns"]
    return replace(
        payload,
        filter=options["filter"],
        order_by=order_by_of(options["order_by"]),
        columns=None if columns is None else [column_id_of(column) for column in columns],
        group_by=group_by_of(options["group_by"]),
    )


def _experiment_ids(store: Store, wanted: str | Experiment | Sequence[str | Experiment] | None) -> list[str]:
    if wanted is None:
        return []
    experiments = [wanted] if isinstance(wanted, str | Experiment) else wanted
    return [(find_experiment(store, item) if isinstance(item, str) else item).experiment_id for item in experiments]
