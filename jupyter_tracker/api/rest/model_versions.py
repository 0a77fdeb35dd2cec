"""Versions of registered models."""

from __future__ import annotations

import re
from urllib.parse import unquote

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY, paged
from jupyter_tracker.entities import ModelVersion
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.wire.logged import entries_from_json
from jupyter_tracker.wire.reading import Fields
from jupyter_tracker.wire.registry import model_version_to_json

_OF_RUN = re.compile(r"^runs:/+([^/]+)")


def create(request: Request) -> Response:
    """Make the next one.

    Fields: ``name``, ``source``, ``run_id``, ``tags``, ``run_link``, ``description``, ``model_id``.
    """
    fields = request.fields
    run_id = fields.optional("run_id") or None
    return one(
        request,
        request.own.create_model_version(
            fields.text("name"),
            request.places.real(source_of(fields, run_id)),
            run_id,
            entries_from_json(fields.objects("tags")),
            fields.optional("run_link") or None,
            fields.optional("description"),
            fields.optional("model_id") or None,
        ),
    )


def source_of(fields: Fields, run_id: str | None) -> str:
    """Return where a version's files are to be; InvalidParameterError for a place that makes no sense."""
    source = fields.text("source")
    if ".." in unquote(source).replace("\\", "/").split("/"):
        raise InvalidParameterError(f"Invalid model version source {source[:200]!r}: '..' is not allowed in it.")
    of_run = _OF_RUN.match(source)
    if of_run and run_id and of_run[1] != run_id:
        raise InvalidParameterError(
            f"Invalid model version source {source[:200]!r}: it is of another run than run_id={run_id[:40]!r}."
        )
    return source


def get(request: Request) -> Response:
    """Answer with one. Fields: ``name``, ``version``."""
    return one(request, request.own.get_model_version(*named(request.fields)))


def search(request: Request) -> Response:
    """Answer with versions. Fields: ``filter``, ``max_results``, ``order_by``, ``page_token``."""
    fields = request.fields
    found = request.own.search_model_versions(
        fields.optional("filter"),
        fields.integer("max_results", 10_000),
        fields.texts("order_by"),
        fields.optional("page_token") or None,
    )
    shown = [model_version_to_json(request.places.of_version(version)) for version in found]
    return paged("model_versions", shown, found.token)


def update(request: Request) -> Response:
    """Change the description. Fields: ``name``, ``version``, ``description``."""
    description = request.fields.optional("description")
    return one(request, request.own.update_model_version(*named(request.fields), description))


def delete(request: Request) -> Response:
    """Delete one for good. Fields: ``name``, ``version``."""
    request.own.delete_model_version(*named(request.fields))
    return EMPTY


def transition_stage(request: Request) -> Response:
    """Move one to a stage. Fields: ``name``, ``version``, ``stage``, ``archive_existing_versions``."""
    fields = request.fields
    archive = fields.flag("archive_existing_versions", default=False)
    return one(
        request,
        request.own.transition_model_version_stage(
            *named(fields), fields.text("stage"), archive_existing_versions=archive
        ),
    )


def download_uri(request: Request) -> Response:
    """Answer with where its files are. Fields: ``name``, ``version``."""
    uri = request.own.get_model_version_download_uri(*named(request.fields))
    return Response(body={"artifact_uri": request.places.shown(uri)})


def set_tag(request: Request) -> Response:
    """Set a label. Fields: ``name``, ``version``, ``key``, ``value``."""
    fields = request.fields
    request.own.set_model_version_tag(*named(fields), fields.text("key"), fields.optional("value") or "")
    return EMPTY


def delete_tag(request: Request) -> Response:
    """Remove a label. Fields: ``name``, ``version``, ``key``."""
    request.own.delete_model_version_tag(*named(request.fields), request.fields.text("key"))
    return EMPTY


def named(fields: Fields) -> tuple[str, str]:
    """Return the version that a request is about: the model's name and the number."""
    return fields.text("name"), str(fields.integer("version"))


def one(request: Request, version: ModelVersion) -> Response:
    """Answer with a version, as clients see it."""
    return Response(body={"model_version": model_version_to_json(request.places.of_version(version))})
