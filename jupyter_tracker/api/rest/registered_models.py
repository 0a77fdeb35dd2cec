"""Registered models, their tags and aliases."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY, paged
from jupyter_tracker.entities import RegisteredModel
from jupyter_tracker.entities.limits import check_max_results
from jupyter_tracker.wire.logged import entries_from_json
from jupyter_tracker.wire.registry import model_version_to_json, registered_model_to_json

_MOST = 1000


def create(request: Request) -> Response:
    """Make one without versions. Fields: ``name``, ``tags``, ``description``."""
    fields = request.fields
    tags = entries_from_json(fields.objects("tags"))
    return _one(request, request.own.create_registered_model(fields.text("name"), tags, fields.optional("description")))


def get(request: Request) -> Response:
    """Answer with one. Fields: ``name``."""
    return _one(request, request.own.get_registered_model(request.fields.text("name")))


def search(request: Request) -> Response:
    """Answer with registered models. Fields: ``filter``, ``max_results``, ``order_by``, ``page_token``."""
    fields = request.fields
    found = request.own.search_registered_models(
        fields.optional("filter"),
        check_max_results(fields.integer("max_results", 100), _MOST),
        fields.texts("order_by"),
        fields.optional("page_token") or None,
    )
    shown = [registered_model_to_json(request.places.of_registered(model)) for model in found]
    return paged("registered_models", shown, found.token)


def update(request: Request) -> Response:
    """Change the description. Fields: ``name``, ``description``."""
    fields = request.fields
    return _one(request, request.own.update_registered_model(fields.text("name"), fields.optional("description")))


def rename(request: Request) -> Response:
    """Rename it with all its versions. Fields: ``name``, ``new_name``."""
    fields = request.fields
    return _one(request, request.own.rename_registered_model(fields.text("name"), fields.text("new_name")))


def delete(request: Request) -> Response:
    """Delete it for good. Fields: ``name``."""
    request.own.delete_registered_model(request.fields.text("name"))
    return EMPTY


def latest_versions(request: Request) -> Response:
    """Answer with the highest version of each stage. Fields: ``name``, ``stages``."""
    fields = request.fields
    found = request.own.get_latest_versions(fields.text("name"), fields.texts("stages") or None)
    shown = [model_version_to_json(request.places.of_version(version)) for version in found]
    return paged("model_versions", shown, None)


def set_tag(request: Request) -> Response:
    """Set a label. Fields: ``name``, ``key``, ``value``."""
    fields = request.fields
    request.own.set_registered_model_tag(fields.text("name"), fields.text("key"), fields.optional("value") or "")
    return EMPTY


def delete_tag(request: Request) -> Response:
    """Remove a label. Fields: ``name``, ``key``."""
    request.own.delete_registered_model_tag(request.fields.text("name"), request.fields.text("key"))
    return EMPTY


def set_alias(request: Request) -> Response:
    """Point an alias at a version. Fields: ``name``, ``alias``, ``version``."""
    fields = request.fields
    version = str(fields.integer("version"))
    request.own.set_registered_model_alias(fields.text("name"), fields.text("alias"), version)
    return EMPTY


def delete_alias(request: Request) -> Response:
    """Remove an alias. Fields: ``name``, ``alias``."""
    request.own.delete_registered_model_alias(request.fields.text("name"), request.fields.text("alias"))
    return EMPTY


def get_by_alias(request: Request) -> Response:
    """Answer with the version that an alias points at. Fields: ``name``, ``alias``."""
    version = request.own.get_model_version_by_alias(request.fields.text("name"), request.fields.text("alias"))
    return Response(body={"model_version": model_version_to_json(request.places.of_version(version))})


def _one(request: Request, model: RegisteredModel) -> Response:
    return Response(body={"registered_model": registered_model_to_json(request.places.of_registered(model))})
