"""Importances of features, as ``feature_importance.json``, ``.png`` and ``.html``, the most important first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from jupyter_tracker.autologging._recording import RunRef
from jupyter_tracker.autologging.pictures import charts, pages

_DRAWN: Final = 25
_LISTED: Final = 1000


def log_importance(
    ref: RunRef, names: Sequence[str], values: Any, title: str, artifact: str = "feature_importance"
) -> None:
    """Keep importances: all of them in the JSON, the largest in the picture and the page."""
    pairs = sorted(zip(map(str, names), map(float, values), strict=True), key=lambda pair: -abs(pair[1]))
    ref.write_json(f"{artifact}.json", dict(pairs))
    top = pairs[:_DRAWN]
    more = f", {_DRAWN} of {len(pairs)}" if len(pairs) > _DRAWN else ""
    ref.write(f"{artifact}.png", charts.bars_png([name for name, _ in top], [value for _, value in top], title + more))
    ref.write(f"{artifact}.html", pages.bars_page(pairs[:_LISTED], title))
