"""Logged models: models with an id of their own."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY, paged
from jupyter_tracker.entities import LoggedModel
from jupyter_tracker.wire.logged import entries_from_json
from jupyter_tracker.wire.logged_models import logged_model_to_json, status_from_json


def create(request: Request) -> Response:
    """Make a pending one.

    Fields: ``experiment_id``, ``name``, ``source_run_id``, ``model_type``, ``params``, ``tags``.
    """
    fields = request.fields
    model = request.own.create_logged_model(
        fields.text("experiment_id"),
        fields.optional("name") or None,
        fields.optional("source_run_id") or None,
        entries_from_json(fields.objects("tags")),
        entries_from_json(fields.objects("params")),
        fields.optional("model_type") or None,
    )
    return _one(request, model)


def get(request: Request) -> Response:
    """Answer with one, named in the path."""
    return _one(request, request.own.get_logged_model(request.parts["model_id"]))


def finalize(request: Request) -> Response:
    """Say how it came out. Fields: ``status``, ``status_message``."""
    status = status_from_json(request.fields.text("status"))
    message = request.fields.optional("status_message")
    return _one(request, request.own.finalize_logged_model(request.parts["model_id"], status, message))


def delete(request: Request) -> Response:
    """Put one into the trash."""
    request.own.delete_logged_model(request.parts["model_id"])
    return EMPTY


def search(request: Request) -> Response:
    """Answer with logged models.

    Fields: ``experiment_ids``, ``filter``, ``max_results``, ``order_by`` (objects with ``field_name``, ``ascending``,
    ``dataset_name``, ``dataset_digest``), ``page_token``.
    """
    fields = request.fields
    order = [{name: value for name, value in item.items() if value is not None} for item in fields.objects("order_by")]
    found = request.own.search_logged_models(
        fields.texts("experiment_ids"),
        fields.optional("filter"),
        fields.integer("max_results", 100),
        order,
        fields.optional("page_token") or None,
    )
    return paged("models", [logged_model_to_json(request.places.of_model(model)) for model in found], found.token)


def set_tags(request: Request) -> Response:
    """Set labels. Fields: ``tags``."""
    model_id = request.parts["model_id"]
    request.own.set_logged_model_tags(model_id, entries_from_json(request.fields.objects("tags")))
    return _one(request, request.own.get_logged_model(model_id))


def delete_tag(request: Request) -> Response:
    """Remove a label, named in the path."""
    request.own.delete_logged_model_tag(request.parts["model_id"], request.parts["key"])
    return EMPTY


def log_params(request: Request) -> Response:
    """Add params. Fields: ``params``."""
    params = entries_from_json(request.fields.objects("params"))
    request.own.log_logged_model_params(request.parts["model_id"], params)
    return EMPTY


def _one(request: Request, model: LoggedModel) -> Response:
    return Response(body={"model": logged_model_to_json(request.places.of_model(model))})
