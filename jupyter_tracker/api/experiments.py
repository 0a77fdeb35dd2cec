"""Writes to experiments that somebody clicked for: the name, the trash. They answer as those of `runs` do."""

from __future__ import annotations

from jupyter_tracker.api.changes import updated
from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.entities import LifecycleStage
from jupyter_tracker.errors import InvalidParameterError


def rename(request: Request) -> Response:
    """Give an experiment another name. Body: ``store``, ``experiment_id``, ``name`` (not empty, and not taken)."""
    name = request.given("name").strip()
    if not name:
        raise InvalidParameterError("An experiment needs a name: type one, or press Escape to keep the old one.")
    before = request.store.get_experiment(request.given("experiment_id"))
    if before.name == name:
        return updated(request, 0, [])
    request.store.rename_experiment(before.experiment_id, name)
    return updated(request, 1, [("/experiments/rename", {"experiment_id": before.experiment_id, "name": before.name})])


def delete(request: Request) -> Response:
    """Put an experiment and its runs into the trash. Body: ``store``, ``experiment_id``."""
    return _move(request, LifecycleStage.DELETED)


def restore(request: Request) -> Response:
    """Take an experiment out of the trash, with the runs that went with it. Body: ``store``, ``experiment_id``."""
    return _move(request, LifecycleStage.ACTIVE)


def _move(request: Request, to: str) -> Response:
    store, deletes = request.store, to == LifecycleStage.DELETED
    before = store.get_experiment(request.given("experiment_id"))
    if before.lifecycle_stage == to:
        return updated(request, 0, [])
    (store.delete_experiment if deletes else store.restore_experiment)(before.experiment_id)
    back = "/experiments/restore" if deletes else "/experiments/delete"
    return updated(request, 1, [(back, {"experiment_id": before.experiment_id})])
