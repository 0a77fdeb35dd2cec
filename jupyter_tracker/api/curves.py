"""Charts of several runs, ready to be drawn: curves, parallel coordinates, a scatter."""

from __future__ import annotations

from typing import cast

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.entities import Run
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views.common import CurveX, as_json
from jupyter_tracker.views.metric_curves import MAX_RUNS, POINTS, CurveOptions, metric_curves_view
from jupyter_tracker.views.parallel_coordinates import parallel_coordinates_view
from jupyter_tracker.views.scatter import scatter_view


def metric_curves(request: Request) -> Response:
    """Answer with a `MetricCurvesView`, or with ``{"token": …, "unchanged": true}`` where `token` is still right.

    Query: ``store``; ``run_ids`` (comma-separated), or ``experiment_ids``, ``filter`` and ``limit``; ``metrics``
    (comma-separated), ``x``, ``smoothing``, ``log_x``, ``group_by``, ``x_min`` and ``x_max`` (the part of the axis
    to choose points for), ``points`` (a curve), ``token`` (of the view that the asker has).
    """
    options = CurveOptions(
        run_ids=request.names("run_ids") or [],
        limit=request.integer("limit", CurveOptions.limit),
        metrics=request.names("metrics"),
        x=cast("CurveX", request.text("x") or CurveOptions.x),  # the view checks it
        smoothing=request.number("smoothing") or 0.0,
        log_x=request.flag("log_x", default=False),
        group_by=request.text("group_by"),
    )
    view = metric_curves_view(
        request.store,
        options,
        experiment_ids=request.names("experiment_ids") or (),
        filter=request.text("filter") or "",
        window=_window(request),
        points=request.integer("points", POINTS),
    )
    if request.text("token") == view.token:
        return Response(body={"token": view.token, "unchanged": True})
    return Response(body=as_json(view))


def parallel_coordinates(request: Request) -> Response:
    """Answer with a `ParallelCoordinatesView`. Query: ``store``, ``run_ids``, ``params`` (keys), ``metric`` (a key)."""
    runs, metric = _runs(request), request.text("metric")
    return Response(body=as_json(parallel_coordinates_view(request.store, runs, request.names("params"), metric)))


def scatter(request: Request) -> Response:
    """Answer with a `ScatterView`. Query: ``store``, ``run_ids``, ``x`` and ``y`` (as in a filter: ``params.lr``)."""
    view = scatter_view(request.store, _runs(request), request.required("x"), request.required("y"))
    return Response(body=as_json(view))


def _runs(request: Request) -> list[Run]:
    run_ids = list(dict.fromkeys(request.names("run_ids") or ()))
    if not 1 <= len(run_ids) <= MAX_RUNS:
        raise InvalidParameterError(f"run_ids: 1 to {MAX_RUNS} runs are expected, not {len(run_ids)}.")
    return [request.store.get_run(run_id) for run_id in run_ids]


def _window(request: Request) -> tuple[float, float] | None:
    first, last = request.number("x_min"), request.number("x_max")
    if (first is None) != (last is None):
        raise InvalidParameterError("x_min and x_max go together: give both, or neither.")
    return None if first is None or last is None else (first, last)
