"""Live panels in a notebook: a `RunCard` under a cell, a `RunTable` of runs.

A widget holds a view, pushes it to the browser and answers its requests; what is drawn is TypeScript
(`labextension/src/components`), built into `static/`. Each carries, beside the widget, our MIME type, which
JupyterLab draws from the server when the kernel is gone, and HTML and text for where no script runs.

Importing this package imports anywidget (0.1 s and more), so nothing imports it before a panel is shown.

To add a widget: its view in `views/`, a class here in the file of its noun, its component and module in
`labextension/src/`, a lazy name in `jupyter_tracker/__init__.py`.
"""

from jupyter_tracker.widgets.run_card import RunCard
from jupyter_tracker.widgets.run_table import RunTable

__all__ = ["RunCard", "RunTable"]
