"""The one table of everything that can be asked for.

What is below ``/views`` changes nothing; whatever writes is a POST elsewhere, and needs the right to write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tracker.api import artifacts, batch, comparison, curves, experiments, runs, static, tables, views
from jupyter_tracker.api.answering import Handler


@dataclass(frozen=True)
class Route:
    """One endpoint; `path` is relative to where the host mounts the table."""

    method: str
    path: str
    handler: Handler

    @property
    def action(self) -> str:
        """The right that it needs: ``read`` or ``write``."""
        return action_of(self.method, self.path)


def action_of(method: str, path: str) -> str:
    """Return the right that a request needs, whether there is such a route or not."""
    # A long question comes as a POST, too.
    return "read" if method == "GET" or path.startswith("/views/") else "write"


_VIEWS: Final = (
    Route("GET", "/views/stores", views.stores),
    Route("GET", "/views/experiments", views.experiments),
    Route("GET", "/views/running", views.running),
    Route("GET", "/views/run-list", views.run_list),
    Route("GET", "/views/run-table", views.run_table),
    Route("GET", "/views/run-columns", tables.columns),
    Route("GET", "/views/run-column-ranges", tables.ranges),
    Route("GET", "/views/run-sparklines", tables.sparklines),
    Route("GET", "/views/run-ids", tables.run_ids),
    Route("GET", "/views/run-table-text", tables.text),
    Route("GET", "/views/run-value", tables.value),
    Route("GET", "/views/filter-completion", tables.completion),
    Route("GET", "/views/run-card", views.run_card),
    Route("GET", "/views/run-detail", views.run_detail),
    Route("GET", "/views/artifact-folder", artifacts.folder),
    Route("GET", "/views/artifact-preview", artifacts.preview),
    Route("GET", "/views/metric-curves", curves.metric_curves),
    Route("GET", "/views/parallel-coordinates", curves.parallel_coordinates),
    Route("GET", "/views/scatter", curves.scatter),
    Route("GET", "/views/comparison", comparison.comparison),
    Route("GET", "/views/comparison-files", comparison.comparison_files),
    Route("GET", "/views/comparison-text", comparison.comparison_text),
)
ROUTES: Final = (
    *_VIEWS,
    Route("POST", "/views/batch", batch.batch_of({route.path: route.handler for route in _VIEWS})),
    Route("GET", "/artifacts/get", artifacts.get),
    Route("GET", "/artifacts/save-folder", artifacts.save_folder),
    Route("GET", "/static/plotly.js", static.plotly),
    Route("GET", "/static/markdown.js", static.markdown),
    Route("GET", "/static/comparison.js", static.comparison),
    Route("POST", "/runs/set-tag", runs.set_tag),
    Route("POST", "/runs/delete-tag", runs.delete_tag),
    Route("POST", "/runs/rename", runs.rename),
    Route("POST", "/runs/note", runs.note),
    Route("POST", "/runs/delete", runs.delete),
    Route("POST", "/runs/restore", runs.restore),
    Route("POST", "/experiments/rename", experiments.rename),
    Route("POST", "/experiments/delete", experiments.delete),
    Route("POST", "/experiments/restore", experiments.restore),
)
