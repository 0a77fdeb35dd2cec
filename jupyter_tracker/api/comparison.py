"""Runs side by side, and what lies in their files."""

from __future__ import annotations

from typing import cast

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.comparison import ComparisonOptions, comparison_view
from jupyter_tracker.views.comparison_files import (
    ComparisonFile,
    ComparisonPart,
    comparison_files_view,
    comparison_text_view,
)


def comparison(request: Request) -> Response:
    """Answer with a `ComparisonView`, or with ``{"token": …, "unchanged": true}`` where `token` is still right.

    Query: ``store``, ``run_ids`` (2 to 200, comma-separated), ``baseline`` (a run id), ``minimize``, ``maximize`` and
    ``unranked`` (metrics, comma-separated), ``token`` (of the view that the asker has).
    """
    view = comparison_view(request.store, _options(request))
    if request.text("token") == view.token:
        return Response(body={"token": view.token, "unchanged": True})
    return Response(body=as_json(view))


def comparison_files(request: Request) -> Response:
    """Answer with a `ComparisonFilesView`.

    Query: ``store``, ``run_ids``, ``baseline``, ``part`` (packages, artifacts or code).
    """
    part = cast("ComparisonPart", request.required("part"))  # the view checks it
    return Response(body=as_json(comparison_files_view(request.store, _options(request), part)))


def comparison_text(request: Request) -> Response:
    """Answer with a `ComparisonTextView`. Query: ``store``, ``run_ids`` (one or two), ``file`` (source or diff)."""
    file = cast("ComparisonFile", request.required("file"))  # the view checks it
    return Response(body=as_json(comparison_text_view(request.store, request.names("run_ids") or [], file)))


def _options(request: Request) -> ComparisonOptions:
    return ComparisonOptions(
        run_ids=request.names("run_ids") or [],
        baseline=request.text("baseline"),
        minimize=request.names("minimize") or [],
        maximize=request.names("maximize") or [],
        unranked=request.names("unranked") or [],
    )
