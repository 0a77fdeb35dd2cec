"""Runs side by side, and what lies in their files."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.comparison import ComparisonOptions, comparison_view


def comparison(request: Request) -> Response:
    """Answer with a `ComparisonView`, or with ``{"token": …, "unchanged": true}`` where `token` is still right.

    Query: ``store``, ``run_ids`` (2 to 200, comma-separated), ``baseline`` (a run id), ``minimize``, ``maximize`` and
    ``unranked`` (metrics, comma-separated), ``token`` (of the view that the asker has).
    """
    options = ComparisonOptions(
        run_ids=request.names("run_ids") or [],
        baseline=request.text("baseline"),
        minimize=request.names("minimize") or [],
        maximize=request.names("maximize") or [],
        unranked=request.names("unranked") or [],
    )
    view = comparison_view(request.store, options)
    if request.text("token") == view.token:
        return Response(body={"token": view.token, "unchanged": True})
    return Response(body=as_json(view))
