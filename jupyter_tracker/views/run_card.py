"""One run: what it is, how it goes, what it was given and what it left behind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from jupyter_tracker.entities.run import KERNEL_TAG, TERMINAL_STATUSES
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.artifact_list import ArtifactEntry, artifact_list
from jupyter_tracker.views.common import metric_place, user_tags
from jupyter_tracker.views.metric_summaries import MetricSummary, metric_summaries
from jupyter_tracker.views.run_files import run_files
from jupyter_tracker.views.run_head import KeyValue, RunHead, key_values, run_head

_SHOWN_PARAMS: Final = 100
_SHOWN_METRICS: Final = 50
_SHOWN_TAGS: Final = 50
_SHOWN_NOTE: Final = 4000


@dataclass(frozen=True)
class RunCardView(RunHead):
    """One run with all that a card shows; long lists are cut, and `…_total` says how long they are."""

    params: list[KeyValue]
    params_total: int
    metrics: list[MetricSummary]
    metrics_total: int
    tags: list[KeyValue]
    artifacts: list[ArtifactEntry]
    artifacts_total: int
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
    keys = {metric.key for metric in data.latest_metrics}
    metrics = sorted(data.latest_metrics, key=lambda metric: metric_place(metric.key, keys))[:_SHOWN_METRICS]
    ended = info.status in TERMINAL_STATUSES
    files, files_total = artifact_list(partial(run_files, store, run)) if artifacts else ([], 0)
    return RunCardView(
        **vars(run_head(store, run, _SHOWN_NOTE)),
        params=key_values(data.params, _SHOWN_PARAMS),
        params_total=len(data.params),
        metrics=metric_summaries(store).of(store, info.run_id, metrics, ended=ended),
        metrics_total=len(data.latest_metrics),
        tags=key_values(user_tags(data.tags), _SHOWN_TAGS),
        artifacts=files,
        artifacts_total=files_total,
        kernel_id=None if ended else data.tags.get(KERNEL_TAG),
    )
