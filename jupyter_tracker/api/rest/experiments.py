"""Experiments."""

from __future__ import annotations

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.rest.asked import EMPTY, paged, view_type_of
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.wire.experiments import experiment_to_json
from jupyter_tracker.wire.logged import entries_from_json


def create(request: Request) -> Response:
    """Make an experiment. Fields: ``name``, ``artifact_location``, ``tags``."""
    fields = request.fields
    location = fields.optional("artifact_location")
    experiment_id = request.own.create_experiment(
        fields.text("name"),
        request.places.real(location) if location else None,
        entries_from_json(fields.objects("tags")),
    )
    return Response(body={"experiment_id": experiment_id})


def get(request: Request) -> Response:
    """Answer with an experiment. Fields: ``experiment_id``."""
    experiment = request.own.get_experiment(request.fields.text("experiment_id"))
    return Response(body={"experiment": experiment_to_json(request.places.of_experiment(experiment))})


def get_by_name(request: Request) -> Response:
    """Answer with an experiment, one in the trash too. Fields: ``experiment_name``."""
    name = request.fields.text("experiment_name")
    experiment = request.own.get_experiment_by_name(name)
    if experiment is None:
        raise ResourceDoesNotExistError(f"Could not find experiment with name {name!r}.")
    return Response(body={"experiment": experiment_to_json(request.places.of_experiment(experiment))})


def search(request: Request) -> Response:
    """Answer with experiments. Fields: ``filter``, ``max_results``, ``order_by``, ``view_type``, ``page_token``."""
    fields = request.fields
    found = request.own.search_experiments(
        view_type_of(fields, "view_type"),
        fields.integer("max_results", 1000),
        fields.optional("filter"),
        fields.texts("order_by"),
        fields.optional("page_token"),
    )
    shown = [experiment_to_json(request.places.of_experiment(experiment)) for experiment in found]
    return paged("experiments", shown, found.token)


def update(request: Request) -> Response:
    """Give an experiment another name. Fields: ``experiment_id``, ``new_name``."""
    request.own.rename_experiment(request.fields.text("experiment_id"), request.fields.text("new_name"))
    return EMPTY


def delete(request: Request) -> Response:
    """Put an experiment into the trash. Fields: ``experiment_id``."""
    request.own.delete_experiment(request.fields.text("experiment_id"))
    return EMPTY


def restore(request: Request) -> Response:
    """Take an experiment out of the trash. Fields: ``experiment_id``."""
    request.own.restore_experiment(request.fields.text("experiment_id"))
    return EMPTY


def set_tag(request: Request) -> Response:
    """Set a label. Fields: ``experiment_id``, ``key``, ``value``."""
    fields = request.fields
    request.own.set_experiment_tag(fields.text("experiment_id"), fields.text("key"), fields.optional("value") or "")
    return EMPTY


def delete_tag(request: Request) -> Response:
    """Remove a label. Fields: ``experiment_id``, ``key``."""
    request.own.delete_experiment_tag(request.fields.text("experiment_id"), request.fields.text("key"))
    return EMPTY
