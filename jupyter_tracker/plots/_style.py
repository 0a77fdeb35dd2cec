"""What all figures share: one calm look, and one colour per run."""

from __future__ import annotations

from typing import Any, Final

from jupyter_tracker.views.run_colors import LIGHT

DASHES: Final = ("solid", "dash", "dot", "dashdot")


def color(index: int, opacity: float = 1.0) -> str:
    """Return a run's colour as plotly takes it."""
    red, green, blue = bytes.fromhex(LIGHT[index % len(LIGHT)][1:])
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def layout(**more: Any) -> dict[str, Any]:
    """Return the look of a figure, with what is particular to it."""
    shared = {
        "template": "plotly_white",
        "hovermode": "x unified",
        "margin": {"l": 60, "r": 20, "t": 40, "b": 40},
        "legend": {"title": None},
    }
    return shared | more
