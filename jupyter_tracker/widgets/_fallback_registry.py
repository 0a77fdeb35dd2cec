"""What a registry's board shows where no script runs: the versions by stage, and the last things that happened."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import Final

from jupyter_tracker.views.registry_board import BoardCard, BoardEvent, RegistryBoardView
from jupyter_tracker.views.text import aligned

_ORDER: Final = ("Production", "Staging", "None", "Archived")
_CARDS: Final = 20
_EVENTS: Final = 10
_TEXT: Final = 80
_HEADS: Final = ("Stage", "Version", "Aliases", "Run", "Metrics")


def registry_board_html(view: RegistryBoardView) -> str:
    """Return a board as plain HTML."""
    if view.model is None:
        return "<p>No model is registered yet.</p>"
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in _row(card)) + "</tr>" for card in _cards(view)
    )
    head = "".join(f'<th align="left">{name}</th>' for name in _HEADS)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    events = "\n".join(f"<li>{_cell(_line(event), 4 * _TEXT)}</li>" for event in view.events[:_EVENTS])
    return f"<p><b>{_cell(view.model)}</b></p>\n{table}\n<p>History</p>\n<ul>\n{events}\n</ul>"


def registry_board_text(view: RegistryBoardView) -> str:
    """Return a board as aligned text."""
    if view.model is None:
        return "No model is registered yet."
    lines = aligned([list(_HEADS), *(_row(card) for card in _cards(view))], rule=True, limit=None)
    return "\n".join([view.model, *lines, "", *(_line(event) for event in view.events[:_EVENTS])])


def _cards(view: RegistryBoardView) -> list[BoardCard]:
    columns = {column.stage: column.cards for column in view.columns}
    return [card for stage in _ORDER for card in columns.get(stage, ())][:_CARDS]


def _row(card: BoardCard) -> list[str]:
    metrics = ", ".join(f"{one.key} {one.text}" + (f" ({one.delta})" if one.delta else "") for one in card.metrics[:4])
    aliases = " ".join(f"@{alias}" for alias in card.aliases)
    return [card.stage, card.version, aliases, card.run_name or (card.run_id or "")[:8], metrics]


def _line(event: BoardEvent) -> str:
    when = dt.datetime.fromtimestamp(event.timestamp_ms / 1000, dt.UTC).strftime("%Y-%m-%d %H:%M")
    comment = f": {event.comment}" if event.comment else ""
    return f"{when} {event.text}, {event.user or 'nobody'}{comment}"


def _cell(text: str, longest: int = _TEXT) -> str:
    return escape(text if len(text) <= longest else f"{text[: longest - 1]}…")
