"""What is changed on the registry's board beside stages: aliases and descriptions; each answers with the board."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.registry import board_view, from_panel
from jupyter_tracker.entities.limits import check_alias
from jupyter_tracker.store.acting import acting
from jupyter_tracker.views.common import as_json


def set_alias(request: Request) -> Response:
    """Point an alias at a version. Body: ``store``, ``model``, ``version``, ``alias``, ``comment`` (or not)."""
    model, version, alias = request.given("model"), request.given("version"), check_alias(_name(request))
    return _changed(request, lambda: request.store.set_registered_model_alias(model, alias, version))


def delete_alias(request: Request) -> Response:
    """Remove an alias. Body: ``store``, ``model``, ``alias``, ``comment`` (may be left out)."""
    model, alias = request.given("model"), _name(request)
    return _changed(request, lambda: request.store.delete_registered_model_alias(model, alias))


def describe(request: Request) -> Response:
    """Change the description of a version, or of the model where none is named.

    Body: ``store``, ``model``, ``version`` (may be left out), ``text``, ``comment`` (may be left out).
    """
    store, model, version = request.store, request.given("model"), request.optional("version")
    text = request.given("text").strip() or None
    if version is None:
        return _changed(request, lambda: store.update_registered_model(model, text))
    return _changed(request, lambda: store.update_model_version(model, version, text))


def _name(request: Request) -> str:
    # As it is written on the card.
    return request.given("alias").strip().removeprefix("@")


def _changed(request: Request, change: Callable[[], object]) -> Response:
    with from_panel(), acting(comment=(request.optional("comment") or "").strip() or None):
        change()
    return Response(body=as_json(board_view(request.store, request.given("model"))))
