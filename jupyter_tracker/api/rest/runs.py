"""Runs: made, read, searched, ended, put into the trash."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY, paged, run_id_of, tags_of, view_type_of
from jupyter_tracker.entities import RunStatus
from jupyter_tracker.wire.reading import Fields
from jupyter_tracker.wire.runs import run_info_to_json, run_to_json


def create(request: Request) -> Response:
    """Make a run. Fields: ``experiment_id``, ``user_id``, ``run_name``, ``start_time`` (ms UTC), ``tags``."""
    fields = request.fields
    run = request.own.create_run(
        fields.optional("experiment_id") or "0",
        fields.optional("user_id") or "",
        fields.integer("start_time") if "start_time" in fields else None,
        {tag.key: tag.value for tag in tags_of(fields.objects("tags"))},
        fields.optional("run_name") or None,
    )
    return Response(body={"run": run_to_json(request.places.of_run(run))})


def get(request: Request) -> Response:
    """Answer with a run. Fields: ``run_id``."""
    run = request.own.get_run(run_id_of(request.fields))
    return Response(body={"run": run_to_json(request.places.of_run(run))})


def update(request: Request) -> Response:
    """Change what a run is called or how it stands. Fields: ``run_id``, ``status``, ``end_time``, ``run_name``."""
    fields = request.fields
    end_time = fields.integer("end_time") if "end_time" in fields else None
    info = request.own.update_run(run_id_of(fields), _status(fields), end_time, fields.optional("run_name") or None)
    return Response(body={"run_info": run_info_to_json(request.places.of_info(info))})


def _status(fields: Fields) -> str | None:
    value = fields.get("status")
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return RunStatus.to_string(value)
        except ValueError:
            raise fields.invalid("status", value, "the number of a run status is expected") from None
    return fields.optional("status") or None


def search(request: Request) -> Response:
    """Answer with runs.

    Fields: ``experiment_ids``, ``filter``, ``run_view_type``, ``max_results``, ``order_by``, ``page_token``.
    """
    fields = request.fields
    found = request.own.search_runs(
        fields.texts("experiment_ids"),
        fields.optional("filter") or "",
        view_type_of(fields, "run_view_type"),
        fields.integer("max_results", 1000),
        fields.texts("order_by"),
        fields.optional("page_token") or None,
    )
    return paged("runs", [run_to_json(request.places.of_run(run)) for run in found], found.token)


def delete(request: Request) -> Response:
    """Put a run into the trash. Fields: ``run_id``."""
    request.own.delete_run(run_id_of(request.fields))
    return EMPTY


def restore(request: Request) -> Response:
    """Take a run out of the trash. Fields: ``run_id``."""
    request.own.restore_run(run_id_of(request.fields))
    return EMPTY
