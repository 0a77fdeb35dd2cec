"""Some runs side by side: what differs between them comes first, and metrics are measured against one of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from jupyter_tracker.entities import LifecycleStage, Run
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import RunStatus, as_json, run_status, user_tags
from jupyter_tracker.views.comparison_metrics import ComparedMetric, compared_metrics
from jupyter_tracker.views.comparison_rows import CELLS, ComparisonGroup, comparison_group
from jupyter_tracker.views.lookup import runs_of_ids
from jupyter_tracker.views.run_colors import run_colors

MIN_RUNS: Final = 2
MAX_RUNS: Final = 200

_ABOUT: Final = {
    "Note": "mlflow.note.content",
    "User": "mlflow.user",
    "Source": "mlflow.source.name",
    "Notebook": "jupyter_tracker.notebook.path",
    "Error": "jupyter_tracker.error.type",
    "Parent run": "mlflow.parentRunId",
}
_GIT: Final = {
    "Commit": "mlflow.source.git.commit",
    "Branch": "mlflow.source.git.branch",
    "Repository": "mlflow.source.git.repoURL",
}
_MACHINE: Final = {"Python": "python_version", "Platform": "platform"}
_CONTEXT: Final = "mlflow.data.context"


@dataclass(frozen=True)
class ComparisonOptions:
    """Which runs are compared, and how: what a saved notebook keeps of it."""

    run_ids: list[str] = field(default_factory=list)
    baseline: str | None = None
    """Id of the run that the others are measured against; the first one where null."""
    minimize: list[str] = field(default_factory=list)
    """Metrics whose small values are the better ones, whatever their names say."""
    maximize: list[str] = field(default_factory=list)
    unranked: list[str] = field(default_factory=list)
    """Metrics that have no better."""


@dataclass(frozen=True)
class ComparedRun:
    """One of the runs: a column."""

    run_id: str
    name: str
    status: RunStatus
    color: int
    """Index into the palette of eight."""
    dash: int
    """0 solid, 1 dashed, 2 dotted, 3 dash and dot: where runs share a colour."""
    start_time_ms: int | None
    end_time_ms: int | None
    deleted: bool
    """The run is in the trash."""


@dataclass(frozen=True)
class ComparisonView:
    """What the store knows of some runs, side by side; what lies in their files is asked for apart."""

    store_id: str
    runs: list[ComparedRun]
    baseline: int
    """Index of the run that the others are measured against."""
    metrics: list[ComparedMetric]
    """Those that differ first, then the others, each by key; the machine's own ones last."""
    metrics_total: int
    groups: list[ComparisonGroup]
    missing: list[str]
    """Ids of runs that the store does not have."""
    token: str
    """Changes whenever anything above does."""


def comparison_view(store: Store, options: ComparisonOptions, *, cells: int = CELLS) -> ComparisonView:
    """Return some runs side by side.

    Parameters
    ----------
    store : Store
        Where the runs are.
    options : ComparisonOptions
        Which runs (2 to 200), and how metrics are judged.
    cells : int
        How many cells a group has at most.

    Raises
    ------
    InvalidParameterError
        There are too few or too many runs, or the baseline is none of them.
    ResourceDoesNotExistError
        None of the runs is there.
    """
    runs, missing = compared_runs(store, options.run_ids)
    baseline = baseline_index(runs, missing, options.baseline)
    metrics = compared_metrics(runs, baseline, options.minimize, options.maximize, options.unranked)
    kept = metrics[: max(1, cells // len(runs))]
    view = ComparisonView(
        store_id=store.store_id,
        runs=_columns(store, runs),
        baseline=baseline,
        metrics=kept,
        metrics_total=len(metrics),
        groups=_groups(store, runs, cells),
        missing=missing,
        token="",
    )
    text = json.dumps(as_json(view), separators=(",", ":"))
    return replace(view, token=hashlib.blake2b(text.encode(), digest_size=8).hexdigest())


def compared_runs(store: Store, run_ids: Sequence[str]) -> tuple[list[Run], list[str]]:
    """Return the runs with these ids, and the ids that the store does not have."""
    ids = list(dict.fromkeys(run_ids))
    if not MIN_RUNS <= len(ids) <= MAX_RUNS:
        raise InvalidParameterError(f"A comparison takes {MIN_RUNS} to {MAX_RUNS} runs, not {len(ids)}.")
    runs, missing = runs_of_ids(store, ids)
    if not runs:
        raise ResourceDoesNotExistError(f"The store has none of these runs: {', '.join(missing[:5])}.")
    return runs, missing


def baseline_index(runs: Sequence[Run], missing: Sequence[str], run_id: str | None) -> int:
    """Return which of the runs the others are measured against: the first where none is named, or the named is gone."""
    ids = [run.info.run_id for run in runs]
    if run_id is None or run_id in missing:
        return 0
    if run_id not in ids:
        raise InvalidParameterError(f"baseline={run_id!r}: it is none of the runs that are compared.")
    return ids.index(run_id)


def _columns(store: Store, runs: Sequence[Run]) -> list[ComparedRun]:
    return [
        ComparedRun(
            run_id=run.info.run_id,
            name=run.info.run_name or run.info.run_id,
            status=run_status(run.info.status),
            color=color,
            dash=dash,
            start_time_ms=run.info.start_time,
            end_time_ms=run.info.end_time,
            deleted=run.info.lifecycle_stage == LifecycleStage.DELETED,
        )
        for run, (color, dash) in zip(runs, run_colors(store, runs), strict=True)
    ]


def _groups(store: Store, runs: Sequence[Run], cells: int) -> list[ComparisonGroup]:
    names = {id_: store.get_experiment(id_).name for id_ in {run.info.experiment_id for run in runs}}
    about = [{"Experiment": names[run.info.experiment_id], **_named(run, _ABOUT)} for run in runs]
    return [
        comparison_group("params", [run.data.params for run in runs], cells),
        comparison_group("tags", [user_tags(run.data.tags) for run in runs], cells),
        comparison_group("datasets", [_datasets(run) for run in runs], cells),
        comparison_group("git", [_named(run, _GIT) for run in runs], cells, sort=False),
        comparison_group("environment", [_named(run, _MACHINE) for run in runs], cells, sort=False),
        comparison_group("run", about, cells, sort=False),
    ]


def _named(run: Run, tags: Mapping[str, str]) -> dict[str, str]:
    return {label: run.data.tags[tag] for label, tag in tags.items() if tag in run.data.tags}


def _datasets(run: Run) -> dict[str, str]:
    """Return the digests of a run's data sets, by name and by what they were used for."""
    digests: dict[str, list[str]] = {}
    for item in run.inputs.dataset_inputs:
        context = next((tag.value for tag in item.tags if tag.key == _CONTEXT), "")
        key = f"{item.dataset.name} ({context})" if context else item.dataset.name
        digests.setdefault(key, []).append(item.dataset.digest)
    return {key: ", ".join(sorted(found)) for key, found in digests.items()}
