"""Everything of one run: what it is, all that it logged, what it read and made, and its relatives."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from jupyter_tracker.entities import Run
from jupyter_tracker.entities.dataset import DatasetInput
from jupyter_tracker.entities.run import ERROR_MESSAGE_TAG, ERROR_TYPE_TAG, TERMINAL_STATUSES
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import RunStatus, cut, is_user_tag, run_status
from jupyter_tracker.views.metric_summaries import MetricSummary, metric_summaries
from jupyter_tracker.views.rounding import rounded
from jupyter_tracker.views.run_head import (
    NOTE_TAG,
    KeyValue,
    RunHead,
    key_values,
    run_head,
)

PARENT_TAG: Final = "mlflow.parentRunId"
CONTEXT_TAG: Final = "mlflow.data.context"
SHOWN: Final = 300
"""Params, metrics and tags that a view carries; `find` reaches the others."""

_SHOWN_CHILDREN: Final = 50
_SHOWN_INPUTS: Final = 50
_SHOWN_NOTE: Final = 20_000
_FACTS: Final = (
    ("User", "mlflow.user"),
    ("Source", "mlflow.source.name"),
    ("Cell", "jupyter_tracker.cell.id"),
    ("Branch", "mlflow.source.git.branch"),
    ("Commit", "mlflow.source.git.commit"),
    ("Repository", "mlflow.source.git.repoURL"),
    ("Python", "python_version"),
    ("Platform", "platform"),
)
_IN_HEAD: Final = frozenset(tag for _, tag in _FACTS) | {
    *(NOTE_TAG, PARENT_TAG, ERROR_TYPE_TAG, ERROR_MESSAGE_TAG),
    "mlflow.runName",
}


@dataclass(frozen=True)
class MetricDetail:
    """One metric: its latest value and curve, and the range of its finite values."""

    summary: MetricSummary
    min: float | None
    min_text: str
    max: float | None
    max_text: str


@dataclass(frozen=True)
class RunFact:
    """Where a run came from, in one line."""

    label: str
    value: str


@dataclass(frozen=True)
class RunLink:
    """Another run, named enough to choose it."""

    run_id: str
    name: str
    status: RunStatus
    start_time_ms: int | None


@dataclass(frozen=True)
class DatasetUse:
    """A data set that a run read."""

    name: str
    digest: str
    source_type: str
    context: str
    """What it was used for, such as ``training``; empty where nobody said."""
    rows: int | None


@dataclass(frozen=True)
class ModelUse:
    """A logged model that a run read or made."""

    model_id: str
    name: str
    role: Literal["input", "output"]
    step: int
    status: str
    """``READY``, ``PENDING``, ``FAILED``; empty where the model is gone."""


@dataclass(frozen=True)
class RunDetailView(RunHead):
    """One run with all there is to know but its files; long lists are cut, and `…_total` says how long they are."""

    facts: list[RunFact]
    find: str
    """What keys of params, metrics and tags must contain; all where empty."""
    metrics: list[MetricDetail]
    metrics_total: int
    params: list[KeyValue]
    params_total: int
    tags: list[KeyValue]
    """Those of the user."""
    tags_total: int
    system_tags: list[KeyValue]
    """Those that trackers set about themselves, but for what `facts` says."""
    datasets: list[DatasetUse]
    models: list[ModelUse]
    parent: RunLink | None
    children: list[RunLink]
    """The newest first."""
    children_total: int
    has_artifacts: bool
    """There is a place for files of this run."""


def run_detail_view(store: Store, run_id: str, find: str = "") -> RunDetailView:
    """Return all of a run; ResourceDoesNotExistError where there is no such run.

    Parameters
    ----------
    store : Store
        Where the run is.
    run_id : str
        Which run.
    find : str
        Only params, metrics and tags whose key contains this, in any case.
    """
    run = store.get_run(run_id)
    info, data = run.info, run.data
    wanted = _finder(find)
    metrics = [metric for metric in data.latest_metrics if wanted(metric.key)]
    params = {key: value for key, value in data.params.items() if wanted(key)}
    tags = {key: data.tags[key] for key in sorted(data.tags) if wanted(key)}
    user_tags = {key: value for key, value in tags.items() if is_user_tag(key)}
    system_tags = {key: tags[key] for key in tags if key not in user_tags and key not in _IN_HEAD}
    summaries = metric_summaries(store).of(store, info.run_id, metrics[:SHOWN], ended=info.status in TERMINAL_STATUSES)
    children, children_total = _children(store, run)
    return RunDetailView(
        **vars(run_head(store, run, _SHOWN_NOTE)),
        facts=_facts(run),
        find=find,
        metrics=[_metric(summary) for summary in summaries],
        metrics_total=len(metrics),
        params=key_values(params, SHOWN),
        params_total=len(params),
        tags=key_values(user_tags, SHOWN),
        tags_total=len(user_tags),
        system_tags=key_values(system_tags, SHOWN),
        datasets=[_dataset(used) for used in run.inputs.dataset_inputs[:_SHOWN_INPUTS]],
        models=_models(store, run),
        parent=_parent(store, run),
        children=children,
        children_total=children_total,
        has_artifacts=bool(info.artifact_uri),
    )


def _finder(text: str) -> Callable[[str], bool]:
    wanted = text.strip().casefold()
    return lambda key: wanted in key.casefold()


def _metric(summary: MetricSummary) -> MetricDetail:
    # A sparkline keeps the smallest and largest value of each of its stretches, so these are exact.
    finite = [value for value in summary.spark if value is not None]
    low, high = (min(finite), max(finite)) if finite else (None, None)
    return MetricDetail(summary, low, "" if low is None else rounded(low), high, "" if high is None else rounded(high))


def _facts(run: Run) -> list[RunFact]:
    known = {"mlflow.user": run.info.user_id, **run.data.tags}
    return [RunFact(label, cut(known[tag])) for label, tag in _FACTS if known.get(tag)]


def _dataset(used: DatasetInput) -> DatasetUse:
    dataset = used.dataset
    context = next((tag.value for tag in used.tags if tag.key == CONTEXT_TAG), "")
    return DatasetUse(cut(dataset.name), dataset.digest, dataset.source_type, cut(context), _rows(dataset.profile))


def _rows(profile: str | None) -> int | None:
    """Return how many rows a profile speaks of: of a table, or of the first axis of an array."""
    try:
        found = json.loads(profile or "null")
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    shape = found.get("features_shape")
    rows = found.get("num_rows", shape[0] if isinstance(shape, list) and shape else None)
    return rows if isinstance(rows, int) else None


def _models(store: Store, run: Run) -> list[ModelUse]:
    made = [_model(store, made.model_id, "output", made.step) for made in run.outputs.model_outputs[:_SHOWN_INPUTS]]
    return made + [_model(store, read.model_id, "input", 0) for read in run.inputs.model_inputs[:_SHOWN_INPUTS]]


def _model(store: Store, model_id: str, role: Literal["input", "output"], step: int) -> ModelUse:
    try:
        model = store.get_logged_model(model_id)
    except ResourceDoesNotExistError:
        return ModelUse(model_id, model_id, role, step, "")
    return ModelUse(model_id, cut(model.name), role, step, str(model.status))


def _parent(store: Store, run: Run) -> RunLink | None:
    parent_id = run.data.tags.get(PARENT_TAG)
    if not parent_id:
        return None
    try:
        return _link(store.get_run(parent_id))
    except ResourceDoesNotExistError:
        return None


def _children(store: Store, run: Run) -> tuple[list[RunLink], int]:
    """Return the newest children within the run's experiment, where `start_run(nested=True)` makes them."""
    where = f"tags.`{PARENT_TAG}` = '{run.info.run_id}'"
    ids = [run.info.experiment_id]
    found = [_link(child) for child in store.search_runs(ids, where, max_results=_SHOWN_CHILDREN)]
    return found, len(found) if len(found) < _SHOWN_CHILDREN else store.count_runs(ids, where)


def _link(run: Run) -> RunLink:
    info = run.info
    return RunLink(info.run_id, info.run_name or info.run_id, run_status(info.status), info.start_time)
