"""What is changed on the registry's board beside stages: aliases, tags, descriptions; each answers with the board."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.api.registry import board_view, from_panel
from jupyter_tracker.entities.limits import check_alias
from jupyter_tracker.errors import ResourceDoesNotExistError
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


def set_tag(request: Request) -> Response:
    """Set a tag of a version, or of the model where none is named.

    Body: ``store``, ``model``, ``version`` (may be left out), ``key``, ``value``, ``comment`` (may be left out).
    """
    store, model, version = request.store, request.given("model"), request.optional("version")
    key, value = request.given("key").strip(), request.given("value").strip()
    if version is None:
        return _changed(request, lambda: store.set_registered_model_tag(model, key, value))
    return _changed(request, lambda: store.set_model_version_tag(model, version, key, value))


def delete_tag(request: Request) -> Response:
    """Remove a tag of a version, or of the model where none is named; 404 where there is no such tag.

    Body: ``store``, ``model``, ``version`` (may be left out), ``key``, ``comment`` (may be left out).
    """
    store, model, version = request.store, request.given("model"), request.optional("version")
    key = request.given("key").strip()
    if version is None:
        _check_there(key, store.get_registered_model(model).tags, model)
        return _changed(request, lambda: store.delete_registered_model_tag(model, key))
    _check_there(key, store.get_model_version(model, version).tags, f"version {version} of {model}")
    return _changed(request, lambda: store.delete_model_version_tag(model, version, key))


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


def _check_there(key: str, tags: Mapping[str, str], whose: str) -> None:
    if key not in tags:
        has = ", ".join(sorted(tags)) or "none"
        raise ResourceDoesNotExistError(f"There is no tag {key!r} of {whose} to be removed; its tags: {has}.")


def _changed(request: Request, change: Callable[[], object]) -> Response:
    with from_panel(), acting(comment=(request.optional("comment") or "").strip() or None):
        change()
    return Response(body=as_json(board_view(request.store, request.given("model"))))
