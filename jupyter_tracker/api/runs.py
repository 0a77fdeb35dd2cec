"""Writes to runs that somebody clicked for: name, note, tags, the trash.

Each answers ``{"updated": n}``, the number of runs that are different now. All may be repeated. Runs that are not
there are said before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.entities import LifecycleStage, Run, RunTag
from jupyter_tracker.entities.limits import check_key
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.views.run_card import NOTE_TAG

MAX_RUNS: Final = 1000
"""Runs that one request may change; whoever wants more asks again."""

_NAMED: Final = 3


def set_tag(request: Request) -> Response:
    """Set a tag. Body: ``store``, ``run_ids``, ``key``, ``value``."""
    tag = RunTag(check_key(request.given("key"), "Tag"), request.given("value"))
    return _change(request, lambda run: run.data.tags.get(tag.key) != tag.value, request.store.set_tag, tag)


def delete_tag(request: Request) -> Response:
    """Remove a tag from the runs that have it. Body: ``store``, ``run_ids``, ``key``."""
    key = request.given("key")
    return _change(request, lambda run: key in run.data.tags, request.store.delete_tag, key)


def rename(request: Request) -> Response:
    """Give a run another name. Body: ``store``, ``run_id``, ``name`` (not empty)."""
    name = request.given("name").strip()
    if not name:
        raise InvalidParameterError("A run needs a name: type one, or press Escape to keep the old one.")
    run = request.store.get_run(request.given("run_id"))
    if run.info.run_name == name:
        return _updated(0)
    request.store.update_run(run.info.run_id, run_name=name)
    return _updated(1)


def note(request: Request) -> Response:
    """Write the note of a run; an empty one removes it. Body: ``store``, ``run_id``, ``text`` (Markdown)."""
    text = request.given("text")
    run = request.store.get_run(request.given("run_id"))
    if run.data.tags.get(NOTE_TAG, "") == text:
        return _updated(0)
    if text:
        request.store.set_tag(run.info.run_id, RunTag(NOTE_TAG, text))
    else:
        request.store.delete_tag(run.info.run_id, NOTE_TAG)
    return _updated(1)


def delete(request: Request) -> Response:
    """Put runs into the trash. Body: ``store``, ``run_ids``."""
    return _change(request, lambda run: run.info.lifecycle_stage == LifecycleStage.ACTIVE, request.store.delete_run)


def restore(request: Request) -> Response:
    """Take runs out of the trash. Body: ``store``, ``run_ids``."""
    return _change(request, lambda run: run.info.lifecycle_stage != LifecycleStage.ACTIVE, request.store.restore_run)


def _change(
    request: Request, differs: Callable[[Run], bool], change: Callable[..., None], *arguments: object
) -> Response:
    """Change the runs that are not so yet, one transaction each; all of them are looked at before."""
    runs = _runs(request)
    wanted = [run.info.run_id for run in runs if differs(run)]
    for run_id in wanted:
        change(run_id, *arguments)
    return _updated(len(wanted))


def _runs(request: Request) -> list[Run]:
    run_ids = request.listed("run_ids", MAX_RUNS)
    known = request.store.known_runs(run_ids)
    missing = [run_id for run_id in run_ids if run_id not in known]
    if missing:
        shown = ", ".join(run_id[:40] for run_id in missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
        raise ResourceDoesNotExistError(f"{len(missing)} of {len(run_ids)} runs are not in this store: {shown}")
    return [request.store.get_run(run_id) for run_id in run_ids]


def _updated(count: int) -> Response:
    return Response(body={"updated": count})
