"""Writes to runs that somebody clicked for: name, note, tags, the trash.

Each answers ``{"updated": n, "undo": […]}``: the number of runs that are different now, and the requests (``path`` and
``body`` of a POST) that make them again as they were. All may be repeated. Runs that are not there are said before
anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from jupyter_tracker.api.changes import Undo, updated
from jupyter_tracker.api.messages import Request, Response
from jupyter_tracker.entities import LifecycleStage, Run, RunTag
from jupyter_tracker.entities.limits import check_key
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.views.run_head import NOTE_TAG

MAX_RUNS: Final = 1000
"""Runs that one request may change; whoever wants more asks again."""

_NAMED: Final = 3


def set_tag(request: Request) -> Response:
    """Set a tag. Body: ``store``, ``run_ids``, ``key``, ``value``."""
    tag = RunTag(check_key(request.given("key"), "Tag"), request.given("value"))
    before = _change(request, lambda run: run.data.tags.get(tag.key) != tag.value, request.store.set_tag, tag)
    return updated(request, len(before), _tags_back(tag.key, before))


def delete_tag(request: Request) -> Response:
    """Remove a tag from the runs that have it. Body: ``store``, ``run_ids``, ``key``."""
    key = request.given("key")
    before = _change(request, lambda run: key in run.data.tags, request.store.delete_tag, key)
    return updated(request, len(before), _tags_back(key, before))


def rename(request: Request) -> Response:
    """Give a run another name. Body: ``store``, ``run_id``, ``name`` (not empty)."""
    name = request.given("name").strip()
    if not name:
        raise InvalidParameterError("A run needs a name: type one, or press Escape to keep the old one.")
    run = request.store.get_run(request.given("run_id"))
    if run.info.run_name == name:
        return updated(request, 0, [])
    request.store.update_run(run.info.run_id, run_name=name)
    return updated(request, 1, [("/runs/rename", {"run_id": run.info.run_id, "name": run.info.run_name})])


def note(request: Request) -> Response:
    """Write the note of a run; an empty one removes it. Body: ``store``, ``run_id``, ``text`` (Markdown)."""
    text = request.given("text")
    run = request.store.get_run(request.given("run_id"))
    before = run.data.tags.get(NOTE_TAG, "")
    if before == text:
        return updated(request, 0, [])
    if text:
        request.store.set_tag(run.info.run_id, RunTag(NOTE_TAG, text))
    else:
        request.store.delete_tag(run.info.run_id, NOTE_TAG)
    return updated(request, 1, [("/runs/note", {"run_id": run.info.run_id, "text": before})])


def delete(request: Request) -> Response:
    """Put runs into the trash. Body: ``store``, ``run_ids``."""
    before = _change(request, lambda run: run.info.lifecycle_stage == LifecycleStage.ACTIVE, request.store.delete_run)
    return updated(request, len(before), [("/runs/restore", {"run_ids": _ids(before)})])


def restore(request: Request) -> Response:
    """Take runs out of the trash. Body: ``store``, ``run_ids``."""
    before = _change(request, lambda run: run.info.lifecycle_stage != LifecycleStage.ACTIVE, request.store.restore_run)
    return updated(request, len(before), [("/runs/delete", {"run_ids": _ids(before)})])


def _change(
    request: Request, differs: Callable[[Run], bool], change: Callable[..., None], *arguments: object
) -> list[Run]:
    """Change the runs that are not so yet, one transaction each; return what they were, all read before."""
    before = [run for run in _runs(request) if differs(run)]
    for run in before:
        change(run.info.run_id, *arguments)
    return before


def _tags_back(key: str, before: Sequence[Run]) -> list[Undo]:
    """Return what gives runs the tag that each had: one request a value."""
    had: dict[str | None, list[Run]] = {}
    for run in before:
        had.setdefault(run.data.tags.get(key), []).append(run)
    return [
        ("/runs/delete-tag", {"run_ids": _ids(runs), "key": key})
        if value is None
        else ("/runs/set-tag", {"run_ids": _ids(runs), "key": key, "value": value})
        for value, runs in had.items()
    ]


def _runs(request: Request) -> list[Run]:
    run_ids = request.listed("run_ids", MAX_RUNS)
    known = request.store.known_runs(run_ids)
    missing = [run_id for run_id in run_ids if run_id not in known]
    if missing:
        shown = ", ".join(run_id[:40] for run_id in missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
        raise ResourceDoesNotExistError(f"{len(missing)} of {len(run_ids)} runs are not in this store: {shown}")
    return [request.store.get_run(run_id) for run_id in run_ids]


def _ids(runs: Sequence[Run]) -> list[str]:
    return [run.info.run_id for run in runs]
