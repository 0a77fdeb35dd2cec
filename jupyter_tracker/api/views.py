"""View-models, ready to be drawn."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.experiment_list import experiment_list_view
from jupyter_tracker.views.run_card import run_card_view
from jupyter_tracker.views.run_detail import run_detail_view
from jupyter_tracker.views.run_list import run_list_view
from jupyter_tracker.views.run_table import PAGE_SIZE, OrderBy, run_table_view
from jupyter_tracker.views.running_list import running_list_view
from jupyter_tracker.views.store_list import store_list_view


def stores(request: Request) -> Response:
    """Answer with a `StoreListView`."""
    return Response(body=as_json(store_list_view(request.stores.entries())))


def experiments(request: Request) -> Response:
    """Answer with an `ExperimentListView`. Query: ``store``."""
    return Response(body=as_json(experiment_list_view(request.store)))


def running(request: Request) -> Response:
    """Answer with a `RunningListView` of every store that is being logged to."""
    return Response(body=as_json(running_list_view(request.stores.busy())))


def run_list(request: Request) -> Response:
    """Answer with a `RunListView`. Query: ``store``, ``experiment_ids``, ``text`` (in a name or an id), ``limit``."""
    view = run_list_view(
        request.store, request.names("experiment_ids") or (), request.text("text") or "", request.integer("limit", 10)
    )
    return Response(body=as_json(view))


def run_table(request: Request) -> Response:
    """Answer with a `RunTableView`.

    Query: ``store``, ``experiment_ids`` (comma-separated), ``filter``, ``order_by`` (a column's id),
    ``ascending``, ``offset``, ``limit``, ``columns`` (comma-separated ids), ``max_results`` (all runs where left out).
    """
    column = request.text("order_by")
    view = run_table_view(
        request.store,
        experiment_ids=request.names("experiment_ids") or (),
        filter=request.text("filter") or "",
        order_by=None if column is None else OrderBy(column, request.flag("ascending", default=False)),
        offset=request.integer("offset", 0),
        limit=request.integer("limit", PAGE_SIZE),
        columns=request.names("columns"),
        max_results=request.integer("max_results", 0) or None,
    )
    return Response(body=as_json(view))


def run_card(request: Request) -> Response:
    """Answer with a `RunCardView`. Query: ``store``, ``run_id``."""
    return Response(body=as_json(run_card_view(request.store, request.required("run_id"))))


def run_detail(request: Request) -> Response:
    """Answer with a `RunDetailView`. Query: ``store``, ``run_id``, ``find`` (what keys must contain)."""
    view = run_detail_view(request.store, request.required("run_id"), request.text("find") or "")
    return Response(body=as_json(view))
