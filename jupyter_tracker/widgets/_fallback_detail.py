"""What a whole run shows where no script runs: its card, and in tables beneath where it came from and what it left."""

from __future__ import annotations

from typing import Final

from jupyter_tracker.views.rounding import file_size
from jupyter_tracker.views.run_card import RunCardView
from jupyter_tracker.views.run_detail import RunDetailView
from jupyter_tracker.widgets._fallback import _KEY, _more, _pair_row, _table, _text, run_card_html

_ROWS: Final = 30


def run_detail_html(view: RunDetailView, card: RunCardView) -> str:
    """Return a run as plain HTML."""
    parts = [run_card_html(card)]
    if view.facts:
        parts.append(_table(["Origin", ""], [[_text(fact.label), _text(fact.value)] for fact in view.facts], ""))
    if view.tags:
        rows = [_pair_row(tag) for tag in view.tags[:_ROWS]]
        parts.append(_table(["Tag", "Value"], rows, _more(len(rows), view.tags_total)))
    if view.datasets:
        rows = [
            [_text(data.name), _text(data.context), _text(data.digest), "" if data.rows is None else f"{data.rows:,}"]
            for data in view.datasets[:_ROWS]
        ]
        parts.append(_table(["Data set", "Used for", "Digest", "Rows"], rows, ""))
    if card.artifacts:
        files = [
            [_text(file.path, _KEY), "" if file.size_bytes is None else file_size(file.size_bytes)]
            for file in card.artifacts[:_ROWS]
        ]
        parts.append(_table(["File", "Size"], files, _more(len(files), card.artifacts_total)))
    return "\n".join(parts)
