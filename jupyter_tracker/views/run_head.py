"""The head of a run: what every view of a single run begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import LifecycleStage, Run
from jupyter_tracker.entities.run import ERROR_MESSAGE_TAG, ERROR_TYPE_TAG
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import RunStatus, cut, run_status

NOTE_TAG: Final = "mlflow.note.content"


@dataclass(frozen=True)
class KeyValue:
    """A param or a tag; a long value is cut."""

    key: str
    value: str


@dataclass(frozen=True)
class RunError:
    """The exception that ended a run."""

    type: str
    message: str


@dataclass(frozen=True)
class RunHead:
    """What a run is and how it stands."""

    run_id: str
    store_id: str
    experiment_id: str
    experiment_name: str
    name: str
    status: RunStatus
    start_time_ms: int | None
    end_time_ms: int | None
    deleted: bool
    """The run is in the trash."""
    error: RunError | None
    note: str
    """Markdown."""


def run_head(store: Store, run: Run, note_limit: int) -> RunHead:
    """Return the head of a run that has been read; its note cut to so many characters."""
    info, tags = run.info, run.data.tags
    return RunHead(
        run_id=info.run_id,
        store_id=store.store_id,
        experiment_id=info.experiment_id,
        experiment_name=store.get_experiment(info.experiment_id).name,
        name=info.run_name or info.run_id,
        status=run_status(info.status),
        start_time_ms=info.start_time,
        end_time_ms=info.end_time,
        deleted=info.lifecycle_stage == LifecycleStage.DELETED,
        error=_error(tags),
        note=tags.get(NOTE_TAG, "")[:note_limit],
    )


def key_values(values: Mapping[str, str], limit: int) -> list[KeyValue]:
    """Return the first of these, long values cut."""
    return [KeyValue(key, cut(value)) for key, value in list(values.items())[:limit]]


def _error(tags: Mapping[str, str]) -> RunError | None:
    if ERROR_TYPE_TAG not in tags:
        return None
    return RunError(tags[ERROR_TYPE_TAG], tags.get(ERROR_MESSAGE_TAG, ""))
