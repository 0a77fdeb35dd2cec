"""The card of one run, live while it goes on."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import ClassVar

import traitlets

from jupyter_tracker.entities import Run
from jupyter_tracker.entities.run import TERMINAL_STATUSES
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.glance import glance
from jupyter_tracker.tracking import active
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.panel import PanelPayload
from jupyter_tracker.views.run_card import run_card_view
from jupyter_tracker.widgets import _fallback
from jupyter_tracker.widgets._base import TrackerWidget, new_panel_id
from jupyter_tracker.widgets._live import keep_fresh, let_be
from jupyter_tracker.widgets._stop import stop_cell_of


class RunCard(TrackerWidget):
    """Show a run: status, params, latest metrics with sparklines, artifacts.

    Parameters
    ----------
    run : str or Run
        A run id, or what `start_run` or `get_run` returned.
    store : Store, optional
        Where the run is; the store in use where left out.

    Examples
    --------
    A card that follows its run, and whose saved output is the run's last state::

        card = RunCard(run).start()
        handle = display(card, display_id=True)
        ...
        card.finish()
        handle.update(card)
    """

    _panel: ClassVar[str] = "run_card"

    # A browser that has a server to ask switches it off (`_base`): then watching a run costs its kernel nothing.
    pushes = traitlets.Bool(True).tag(sync=True)

    def __init__(self, run: str | Run, store: Store | None = None) -> None:
        store = active.store(create=False) if store is None else store
        run_id = run if isinstance(run, str) else run.info.run_id
        self._run_view = run_card_view(store, run_id)
        self._refreshing = threading.Lock()
        payload = PanelPayload("run_card", store.store_id, new_panel_id(), run_id=self._run_view.run_id)
        super().__init__(store, payload, as_json(self._run_view))
        self._follows = False
        self.observe(self._on_pushes, "pushes")

    def start(self) -> RunCard:
        """Follow the run from now on, at most five times a second, until it has ended. Returns the card."""
        self._follows = self._run_view.status not in TERMINAL_STATUSES
        self._on_pushes()
        return self

    def finish(self) -> None:
        """Show the present state for good. What is saved in the notebook follows at the next display."""
        self._follows = False
        let_be(self)
        self.refresh()

    def refresh(self) -> bool:
        """Show the present state; return whether the run goes on."""
        with self._refreshing:  # else an older state could overtake a newer one
            with glance() if self._follows else nullcontext():  # the last state is shown whole
                self._run_view = run_card_view(self._store, self._run_view.run_id)
            # The same state again is not sent.
            self.view = as_json(self._run_view)
            return self.comm is not None and self._run_view.status not in TERMINAL_STATUSES

    def close(self) -> None:
        """Take the card off every screen."""
        self._follows = False
        let_be(self)
        super().close()

    def _on_pushes(self, _change: object = None) -> None:
        if self._follows and self.pushes:
            keep_fresh(self)
        else:
            let_be(self)

    def _on_message(self, widget: object, content: object, buffers: object) -> None:
        """Stop the run if the browser asks for it; see `_base` for the rest."""
        if isinstance(content, dict) and content.get("kind") == "stop":
            stop_cell_of(self._run_view.run_id)
        else:
            super()._on_message(widget, content, buffers)

    def _html(self) -> str:
        return _fallback.run_card_html(self._run_view)

    def _text(self) -> str:
        return _fallback.run_card_text(self._run_view)
