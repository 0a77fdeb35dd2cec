"""One run: what it is, how it goes, what it was given and what it left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import LifecycleStage
from jupyter_tracker.entities.run import KERNEL_TAG, TERMINAL_STATUSES
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.artifact_list import ArtifactEntry, artifact_list
from jupyter_tracker.views.common import RunStatus, cut, run_status, user_tags
from jupyter_tracker.views.metric_summaries import MetricSummary, metric_summaries

NOTE_TAG: Final = "mlflow.note.content"
ERROR_TYPE_TAG: Final = "jupyter_tracker.error.type"
ERROR_MESSAGE_TAG: Final = "jupyter_tracker.error.message"
_SHOWN_PARAMS: Final = 100
_SHOWN_METRICS: Final = 50
_SHOWN_TAGS: Final = 50
_SHOWN_NOTE: Final = 4000


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
class RunCardView:
    """One run with all that a card shows; long lists are cut, and `…_total` says how long they are."""

    run_id: str
    store_id: str
    experiment_id: str
    experiment_name: str
    name: str
    status: RunStatus
    start_time_ms: int | None
    end_time_ms: int | None
    params: list[KeyValue]
    params_total: int
    metrics: list[MetricSummary]
    metrics_total: int
    tags: list[KeyValue]
    artifacts: list[ArtifactEntry]
    artifacts_total: int
    error: RunError | None
    note: str
    deleted: bool
    """The run is in the trash."""
    kernel_id: str | None
    """The Jupyter kernel that the run was started in, while it goes on: the one to interrupt."""


def run_card_view(store: Store, run_id: str, *, artifacts: bool = True) -> RunCardView:
    """Return the card of a run; ResourceDoesNotExistError where there is no such run.

    Made to be called five times a second while the run goes on: two small reads, and a series only when it
    has grown (see `metric_summaries`). Without `artifacts` their folder is not looked into: for a form of the
    card that does not show them.
    """
    run = store.get_run(run_id)
    info, data = run.info, run.data
    metrics = data.latest_metrics[:_SHOWN_METRICS]
    ended = info.status in TERMINAL_STATUSES
    files, files_total = artifact_list(info.artifact_uri) if artifacts else ([], 0)
    return RunCardView(
        run_id=info.run_id,
        store_id=store.store_id,
        experiment_id=info.experiment_id,
        experiment_name=store.get_experiment(info.experiment_id).name,
        name=info.run_name or info.run_id,
        status=run_status(info.status),
        start_time_ms=info.start_time,
        end_time_ms=info.end_time,
        params=_key_values(data.params, _SHOWN_PARAMS),
        params_total=len(data.params),
        metrics=metric_summaries(store).of(store, info.run_id, metrics, ended=ended),
        metrics_total=len(data.latest_metrics),
        tags=_key_values(user_tags(data.tags), _SHOWN_TAGS),
        artifacts=files,
        artifacts_total=files_total,
        error=_error(data.tags),
        note=data.tags.get(NOTE_TAG, "")[:_SHOWN_NOTE],
        deleted=info.lifecycle_stage == LifecycleStage.DELETED,
        kernel_id=None if ended else data.tags.get(KERNEL_TAG),
    )


def _key_values(values: Mapping[str, str], limit: int) -> list[KeyValue]:
    return [KeyValue(key, cut(value)) for key, value in list(values.items())[:limit]]


def _error(tags: Mapping[str, str]) -> RunError | None:
    if ERROR_TYPE_TAG not in tags:
        return None
    return RunError(tags[ERROR_TYPE_TAG], tags.get(ERROR_MESSAGE_TAG, ""))
