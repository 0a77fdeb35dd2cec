"""A registered model as a board, in a cell."""

from __future__ import annotations

from typing import ClassVar

import traitlets

from jupyter_tracker.api.registry import board_view
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.panel import PanelPayload, payload_json
from jupyter_tracker.widgets._base import TrackerWidget, new_panel_id
from jupyter_tracker.widgets._fallback_registry import registry_board_html, registry_board_text


class RegistryBoard(TrackerWidget):
    """Show a registered model: a column per stage, a card per version, and what has happened to it.

    Each card has its metrics against the version in production, its aliases, its signature, and where it came from. A
    card is moved by dragging it, with the keyboard or by its menu; before that, what the policy of the project says is
    shown, and a comment can be given. It follows what others do.

    Parameters
    ----------
    model : str, optional
        The registered model; the one that was changed last where left out.
    store : Store, optional
        The registry; the store in use where left out.

    Attributes
    ----------
    model : str or None
        As above; it follows what is chosen on the screen, and can be set.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such registered model.

    Examples
    --------
    ::

        tracker.RegistryBoard("churn-classifier")
    """

    _panel: ClassVar[str] = "registry_board"

    model = traitlets.Unicode(None, allow_none=True).tag(sync=True)

    def __init__(self, model: str | None = None, store: Store | None = None) -> None:
        store = active.store(create=False) if store is None else store
        view = board_view(store, model)
        payload = PanelPayload("registry_board", store.store_id, new_panel_id(), model=view.model)
        super().__init__(store, payload, as_json(view))
        self.model = view.model
        self.observe(self._on_model, "model")

    def _on_model(self, _change: object) -> None:
        payload = PanelPayload("registry_board", self._store.store_id, self.panel_id, model=self.model)
        self.payload = payload_json(payload)

    def _html(self) -> str:
        return registry_board_html(board_view(self._store, self.model))

    def _text(self) -> str:
        return registry_board_text(board_view(self._store, self.model))
