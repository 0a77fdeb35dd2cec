"""Live panels in a notebook: `RunCard`, `RunTable`, `MetricCurves`, `RunComparison`, and `RunDetail` for all of one.

A widget holds a view, pushes it to the browser and answers its requests; what is drawn is TypeScript
(`labextension/src/components`), built into `static/`. Each carries, beside the widget, our MIME type, which
JupyterLab draws from the server when the kernel is gone, and HTML and text for where no script runs.

The widgets import anywidget (0.3 s), so they are imported at their first use; `_fallback` does without it.

To add a widget: its view in `views/`, a class here in the file of its noun, its component and module in
`labextension/src/`, a lazy name in `jupyter_tracker/__init__.py`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_tracker.widgets.comparison import RunComparison
    from jupyter_tracker.widgets.dashboard import Dashboard
    from jupyter_tracker.widgets.metric_curves import MetricCurves
    from jupyter_tracker.widgets.registry_board import RegistryBoard
    from jupyter_tracker.widgets.run_card import RunCard
    from jupyter_tracker.widgets.run_detail import RunDetail
    from jupyter_tracker.widgets.run_table import RunTable

__all__ = ["Dashboard", "MetricCurves", "RegistryBoard", "RunCard", "RunComparison", "RunDetail", "RunTable"]

_MODULE_OF = {
    "Dashboard": "dashboard",
    "MetricCurves": "metric_curves",
    "RegistryBoard": "registry_board",
    "RunCard": "run_card",
    "RunComparison": "comparison",
    "RunDetail": "run_detail",
    "RunTable": "run_table",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
