"""What a run table asks for beside its rows: columns, ranges, curves, whole texts, and how a filter may go on."""

from __future__ import annotations

from typing import cast

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.views import table_query
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views.column_list import column_list_view
from jupyter_tracker.views.column_ranges import column_ranges_view
from jupyter_tracker.views.common import as_json
from jupyter_tracker.views.filter_completion import filter_completion_view
from jupyter_tracker.views.run_ids import MAX_SELECTED, run_ids_view
from jupyter_tracker.views.run_sparklines import run_sparklines_view
from jupyter_tracker.views.table_text import Format, table_text_view


def columns(request: Request) -> Response:
    """Answer with a `ColumnListView`. Query: ``store``, ``experiment_ids``, ``search``, ``limit`` (of each group)."""
    ids, search = request.names("experiment_ids") or (), request.text("search") or ""
    return Response(body=as_json(column_list_view(request.store, ids, search, request.integer("limit", 60))))


def ranges(request: Request) -> Response:
    """Answer with a `ColumnRangesView`. Query: ``store``, ``experiment_ids``, ``filter``, ``columns`` (metrics)."""
    query = table_query(request)
    wanted = request.names("columns") or []
    return Response(body=as_json(column_ranges_view(request.store, wanted, query.experiment_ids, query.filter)))


def sparklines(request: Request) -> Response:
    """Answer with a `RunSparklinesView`. Query: ``store``, ``run_ids``, ``metrics`` (keys)."""
    runs, metrics = request.names("run_ids") or [], request.names("metrics") or []
    return Response(body=as_json(run_sparklines_view(request.store, runs, metrics)))


def completion(request: Request) -> Response:
    """Answer with a `FilterCompletionView`. Query: ``store``, ``experiment_ids``, ``text``, ``position``."""
    ids, text = request.names("experiment_ids") or (), request.text("text") or ""
    position = request.integer("position", len(text))
    return Response(body=as_json(filter_completion_view(request.store, text, position, ids)))


def run_ids(request: Request) -> Response:
    """Answer with a `RunIdsView`. Query: that of the run table, ``offset``, ``limit`` (at most 10,000)."""
    offset, limit = request.integer("offset", 0), request.integer("limit", MAX_SELECTED)
    return Response(body=as_json(run_ids_view(request.store, table_query(request), offset, limit)))


def text(request: Request) -> Response:
    """Answer with a `TableTextView`. Query: that of the run table, ``columns``, ``format``, ``run_ids``, ``head``."""
    view = table_text_view(
        request.store,
        table_query(request),
        request.names("columns") or [],
        cast("Format", request.text("format") or "csv"),  # the view checks it
        request.names("run_ids") or (),
        head=request.flag("head", default=True),
    )
    return Response(body=as_json(view))


def value(request: Request) -> Response:
    """Answer with ``{"text": …}``: a param or tag as a whole, null where the run has none.

    Query: ``store``, ``run_id``, ``column``.
    """
    group, _, key = request.required("column").partition(".")
    data = request.store.get_run(request.required("run_id")).data
    if group not in {"params", "tags"}:
        raise InvalidParameterError(f"column={group[:40]!r}: a param or a tag is expected.")
    return Response(body={"text": (data.params if group == "params" else data.tags).get(key)})
