"""The one table of everything that can be asked for.

What a GET answers with changes nothing; whatever writes is a POST, and needs the right to write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.api import artifacts, comparison, curves, runs, views
from jupyter_tracker.api.messages import Request, Response

Handler = Callable[[Request], Response]


@dataclass(frozen=True)
class Route:
    """One endpoint; `path` is relative to where the host mounts the table."""

    method: str
    path: str
    handler: Handler


ROUTES: Final = (
    Route("GET", "/views/stores", views.stores),
    Route("GET", "/views/experiments", views.experiments),
    Route("GET", "/views/running", views.running),
    Route("GET", "/views/run-table", views.run_table),
    Route("GET", "/views/run-card", views.run_card),
    Route("GET", "/views/metric-curves", curves.metric_curves),
    Route("GET", "/views/parallel-coordinates", curves.parallel_coordinates),
    Route("GET", "/views/scatter", curves.scatter),
    Route("GET", "/views/comparison", comparison.comparison),
    Route("GET", "/artifacts/get", artifacts.get),
    Route("POST", "/runs/set-tag", runs.set_tag),
    Route("POST", "/runs/delete-tag", runs.delete_tag),
    Route("POST", "/runs/rename", runs.rename),
    Route("POST", "/runs/note", runs.note),
    Route("POST", "/runs/delete", runs.delete),
    Route("POST", "/runs/restore", runs.restore),
)
