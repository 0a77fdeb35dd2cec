"""What a saved notebook keeps of a panel.

Its form is written down in ``panel.schema.json``, against which the tests hold what the kernel writes and what the
browser makes of whatever a notebook has.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.comparison import ComparisonOptions
from jupyter_tracker.views.dashboard import DashboardOptions
from jupyter_tracker.views.metric_curves import CurveOptions
from jupyter_tracker.views.table_columns import OrderBy

MIME_TYPE: Final = "application/vnd.jupyter-tracker.v1+json"
MAX_CHARACTERS: Final = 200_000
"""Of a payload as JSON, as the browser reads at most; far more than ids and options take."""


@dataclass(frozen=True)
class PanelPayload:
    """What our MIME type carries: ids and view options only, never data."""

    version: Literal[1] = field(default=1, init=False)
    panel: Literal["run_card", "run_detail", "run_table", "metric_curves", "comparison", "dashboard", "registry_board"]
    store_id: str
    panel_id: str
    """Joins this output to the live widget model in the same page."""
    run_id: str | None = None
    """For `run_card` and `run_detail`."""
    experiment_ids: list[str] = field(default_factory=list)
    """For `run_table`."""
    filter: str = ""
    order_by: OrderBy | None = None
    columns: list[str] | None = None
    group_by: str | None = None
    """A param or tag, such as `params.model`."""
    max_results: int | None = None
    """At most so many runs; all where null."""
    curves: CurveOptions | None = None
    """For `metric_curves`; where its runs are looked for is in `experiment_ids` and `filter`."""
    comparison: ComparisonOptions | None = None
    """For `comparison`."""
    dashboard: DashboardOptions | None = None
    """For `dashboard`; whose runs it shows is in `experiment_ids` and `filter`."""
    model: str | None = None
    """For `registry_board`: the registered model; the one that was changed last where null."""


def payload_json(payload: PanelPayload) -> dict[str, Any]:
    """Return a payload as JSON; InvalidParameterError where it is too large to be kept in a notebook."""
    body: dict[str, Any] = as_json(payload)
    size = len(json.dumps(body, ensure_ascii=False))
    if size > MAX_CHARACTERS:
        raise InvalidParameterError(
            f"The options of this {payload.panel} take {size:,} characters, and a notebook keeps {MAX_CHARACTERS:,}: "
            "name fewer columns (a pattern such as 'metrics.*' is one), runs or metrics, or a shorter filter."
        )
    return body
