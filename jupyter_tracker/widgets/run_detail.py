"""Everything of one run, in a cell."""

from __future__ import annotations

from typing import ClassVar

from jupyter_tracker.entities import Run
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.lookup import find_run
from jupyter_tracker.views.panel import PanelPayload
from jupyter_tracker.views.run_card import run_card_view
from jupyter_tracker.views.run_detail import run_detail_view
from jupyter_tracker.views.text import run_card_text
from jupyter_tracker.widgets._base import TrackerWidget, new_panel_id
from jupyter_tracker.widgets._fallback_detail import run_detail_html


class RunDetail(TrackerWidget):
    """Show all of a run: where it came from, what it logged, its curves, its files with a preview, its note.

    It follows a run that goes on. What is in the files is shown in frames without an origin and a network, or as text.

    Parameters
    ----------
    run : str or Run
        A run id, the start of one, a name (the newest of that name), or what `start_run` or `get_run` returned.
    store : Store, optional
        Where the run is; the store in use where left out.

    Raises
    ------
    ResourceDoesNotExistError
        No run is named so; a near name is offered.

    Examples
    --------
    ::

        tracker.RunDetail("rf-baseline")
    """

    _panel: ClassVar[str] = "run_detail"

    def __init__(self, run: str | Run, store: Store | None = None) -> None:
        store = active.store(create=False) if store is None else store
        run_id = (find_run(store, run) if isinstance(run, str) else run).info.run_id
        payload = PanelPayload("run_detail", store.store_id, new_panel_id(), run_id=run_id)
        self._run_id = run_id
        super().__init__(store, payload, as_json(run_detail_view(store, run_id)))

    def _html(self) -> str:
        view = run_detail_view(self._store, self._run_id)
        return run_detail_html(view, run_card_view(self._store, self._run_id))

    def _text(self) -> str:
        return run_card_text(run_card_view(self._store, self._run_id))
