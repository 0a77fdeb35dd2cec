"""What the handlers share: fields that come with many requests, and answers in pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from jupyter_tracker import settings
from jupyter_tracker.api.messages import Response
from jupyter_tracker.entities import Param, RunTag, ViewType, limits
from jupyter_tracker.wire.logged import tag_from_json
from jupyter_tracker.wire.reading import Fields

EMPTY: Final = Response(body={}, text="{}")
"""The answer of what has been done and has nothing to say."""


def view_type_of(fields: Fields, name: str) -> int:
    """Return the view type that a field names, ``ACTIVE_ONLY`` where it is left out."""
    text = fields.optional(name) or "ACTIVE_ONLY"
    try:
        return ViewType.from_string(text)
    except ValueError:
        raise fields.invalid(name, text, "ACTIVE_ONLY, DELETED_ONLY or ALL is expected") from None


def paged(name: str, items: Sequence[Any], token: str | None) -> Response:
    """Return a page of items; the last one has no token, and an empty one no list."""
    body: dict[str, Any] = {name: list(items)} if items else {}
    if token:
        body["next_page_token"] = token
    return Response(body=body)


def run_id_of(fields: Fields) -> str:
    """Return the run that a request is about, by its name of today or that of MLflow 1."""
    return fields.first_of("run_id", "run_uuid")


def cut_param(param: Param) -> Param:
    """Return a param of a length that is kept; MLflow's server cuts longer ones, unless a setting forbids it."""
    return Param(param.key, _cut(param.value, limits.MAX_PARAM_VALUE))


def tags_of(items: Iterable[Fields]) -> list[RunTag]:
    """Return the tags that came in, cut; an empty name of a run is left out, for it names nothing."""
    tags = [_cut_tag(tag_from_json(item)) for item in items]
    return [tag for tag in tags if tag.value or tag.key != "mlflow.runName"]


def _cut_tag(tag: RunTag) -> RunTag:
    """Return a tag of a length that is kept, as `cut_param`."""
    return RunTag(tag.key, _cut(tag.value, limits.MAX_TAG_VALUE))


def _cut(value: str, limit: int) -> str:
    if len(value) <= limit:
        return value
    name = "MLFLOW_TRUNCATE_LONG_VALUES"
    return value if settings.is_set(name) and not settings.flag(name) else value[:limit]
