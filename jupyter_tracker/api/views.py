"""View-models, ready to be drawn."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.experiment_list import experiment_list_view
from jupyter_tracker.views.run_card import run_card_view
from jupyter_tracker.views.run_detail import run_detail_view
from jupyter_tracker.views.run_list import run_list_view
from jupyter_tracker.views.run_table import PAGE_SIZE, run_table_view
from jupyter_tracker.views.running_list import running_list_view
from jupyter_tracker.views.store_list import store_list_view
from jupyter_tracker.views.table_columns import OrderBy
from jupyter_tracker.views.table_query import TableQuery


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

    Query: that of `table_query`, and ``offset``, ``limit``, ``columns`` (comma-separated ids), ``cells`` (those whose
    cells are wanted), ``snapshot``.
    """
    query = table_query(request)
    view = run_table_view(
        request.store,
        query.experiment_ids,
        query.filter,
        query.order_by,
        offset=request.integer("offset", 0),
        limit=request.integer("limit", PAGE_SIZE),
        columns=request.names("columns"),
        max_results=query.max_results,
        group_by=query.group_by,
        cells=request.names("cells"),
        snapshot=request.text("snapshot"),
    )
    return Response(body=as_json(view))


def table_query(request: Request) -> TableQuery:
    """Return which runs a request is about.

    Query: ``store``, ``experiment_ids`` (comma-separated), ``filter``, ``order_by`` (a column's id), ``ascending``,
    ``group_by``, ``max_results`` (all runs where left out).
    """
    column = request.text("order_by")
    return TableQuery(
        experiment_ids=request.names("experiment_ids") or (),
        filter=request.text("filter") or "",
        order_by=None if column is None else OrderBy(column, request.flag("ascending", default=False)),
        max_results=request.integer("max_results", 0) or None,
        group_by=request.text("group_by"),
    )


def run_card(request: Request) -> Response:
    """Answer with a `RunCardView`. Query: ``store``, ``run_id``."""
    return Response(body=as_json(run_card_view(request.store, request.required("run_id"))))


def run_detail(request: Request) -> Response:
    """Answer with a `RunDetailView`. Query: ``store``, ``run_id``, ``find`` (what keys must contain)."""
    view = run_detail_view(request.store, request.required("run_id"), request.text("find") or "")
    return Response(body=as_json(view))
