"""What a store knows of a model that is to be judged: metrics, tags, signature, repeats, scores of examples."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_tracker.artifact_store import ArtifactStore, artifact_store
from jupyter_tracker.entities import LoggedModel, ModelVersion, Run
from jupyter_tracker.errors import InvalidStateError, ResourceDoesNotExistError, TrackerError
from jupyter_tracker.mlmodel.mlmodel import FILE, Model
from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.promotion.policy import Policy
from jupyter_tracker.promotion.rules import Sample, Subject
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.registry import Candidate

_MOST_REPEATS = 1000
# A table may have rows of other lengths than its head, and JSON may be nested deep.
_UNREADABLE = (ValueError, TypeError, LookupError, OverflowError, RecursionError, csv.Error)
_SEEDS = ("seed", "random_state", "random_seed")
# A label of a logged model: its path among the run's files, where that is not its name.
_PATH_TAG = "jupyter_tracker.artifactPath"


@dataclass(frozen=True)
class RunModel:
    """A model that a run has logged: its path among the run's files, what becomes a version, and its files' place."""

    path: str
    candidate: Candidate
    location: str


def run_model(store: Store, run: Run, path: str | None = None) -> RunModel:
    """Return the model of a run; the one at `path` where it has several.

    Raises
    ------
    InvalidStateError
        The run has none, or several and no path says which; the message lists them.
    """
    found = {model.path: model for model in _run_models(store, run)}
    if path is not None:
        found = {name: model for name, model in found.items() if name == path.strip("/")}
    if len(found) == 1:
        return next(iter(found.values()))
    there = ", ".join(sorted({model.path for model in _run_models(store, run)}))
    which = f"Its models: {there or 'none'}."
    if not found:
        at = "" if path is None else f" {path!r}"
        ways = "Log one in it with log_model, or name another run." if not there else "Name one of these."
        raise InvalidStateError(
            f"Run {run.info.run_id} has logged no model{at} that could be registered. {which} {ways}"
        )
    raise InvalidStateError(
        f"Run {run.info.run_id} has several models: say which one, with artifact_path (--artifact-path). {which}"
    )


def _run_models(store: Store, run: Run) -> list[RunModel]:
    run_id = run.info.run_id
    logged: list[LoggedModel] = []
    for output in run.outputs.model_outputs:
        try:
            logged.append(store.get_logged_model(output.model_id))
        except ResourceDoesNotExistError:  # deleted since
            continue
    found = {}
    for model in sorted(logged, key=lambda each: each.creation_timestamp):
        path = model.tags.get(_PATH_TAG, model.name)
        found[path] = RunModel(path, Candidate(model.model_uri, run_id, model.model_id), model.artifact_location)
    # As earlier versions of MLflow keep models: in a folder among the run's files.
    home = run.info.artifact_uri
    if not found and home:
        files = artifact_store(home)
        for folder in [each.path for each in files.list() if each.is_dir]:
            if any(each.path == f"{folder}/{FILE}" for each in files.list(folder)):
                found[folder] = RunModel(folder, Candidate(f"runs:/{run_id}/{folder}", run_id), f"{home}/{folder}")
    return list(found.values())


def of_run(store: Store, run: Run, policy: Policy, model: RunModel | None) -> Subject:
    """Return what is known of a run as a new model."""
    signature, problem = _signature(None if model is None else model.location, policy)
    return Subject(
        name=f"run {run.info.run_name} ({run.info.run_id[:8]})",
        run_id=run.info.run_id,
        metrics=run.data.metrics,
        tags=run.data.tags,
        signature=signature,
        signature_problem=problem,
        repeats=_repeats(store, run, policy.metric),
        scores=_scores(run, policy),
        status=run.info.status,
    )


def of_version(store: Store, version: ModelVersion, policy: Policy) -> Subject:
    """Return what is known of a version; without metrics where its run is not in the store."""
    name = f"version {version.version}"
    signature, problem = _signature(_location(store, version), policy)
    run = _run_of(store, version)
    if run is None:
        return Subject(
            name=name,
            run_id=version.run_id,
            tags=version.tags,
            signature=signature,
            signature_problem=problem,
            version=version.version,
        )
    return Subject(
        name=name,
        run_id=version.run_id,
        metrics=run.data.metrics,
        tags={**run.data.tags, **version.tags},
        signature=signature,
        signature_problem=problem,
        repeats=_repeats(store, run, policy.metric),
        scores=_scores(run, policy),
        version=version.version,
        status=run.info.status,
    )


def in_stage(store: Store, name: str, stage: str) -> list[ModelVersion]:
    """Return the versions of a registered model that are in a stage, the highest first; none for an unknown model."""
    # A server of MLflow's finds versions by name, and not by stage.
    found = [one for one in store.search_model_versions(f"name = {write_text(name)}") if one.current_stage == stage]
    return sorted(found, key=lambda version: int(version.version), reverse=True)


def _run_of(store: Store, version: ModelVersion) -> Run | None:
    if not version.run_id:
        return None
    try:
        return store.get_run(version.run_id)
    except ResourceDoesNotExistError:
        return None


def _location(store: Store, version: ModelVersion) -> str | None:
    try:
        return store.get_model_version_download_uri(version.name, version.version)
    except TrackerError:
        return None


def _signature(location: str | None, policy: Policy) -> tuple[ModelSignature | None, str | None]:
    """Return a model's signature, and why it is not known where it could not be read; a model may have none."""
    if not policy.signature:
        return None, None
    if location is None:
        return None, "where its files are is not known"
    try:
        with artifact_store(location).open(FILE) as file:
            return Model.from_yaml(file.read()).signature, None
    except TrackerError as error:
        return None, error.message


def _repeats(store: Store, run: Run, metric: str) -> Sample:
    where = f"tags.`mlflow.parentRunId` = {write_text(run.info.run_id)} AND attributes.status = 'FINISHED'"
    children = store.search_runs([run.info.experiment_id], where, max_results=_MOST_REPEATS, order_by=["start_time"])
    having = [child for child in children if math.isfinite(child.data.metrics.get(metric, math.nan))]
    values = tuple(child.data.metrics[metric] for child in having)
    for key in _SEEDS:
        seeds = [child.data.params.get(key) for child in having]
        if having and all(seed is not None for seed in seeds):
            return Sample(values, tuple(str(seed) for seed in seeds))
    # Without seeds nobody knows which repeat belongs to which: each gets an id that no other run has.
    return Sample(values, tuple(child.info.run_id for child in having))


def _scores(run: Run, policy: Policy) -> Sample | None:
    if policy.test is None or policy.test.scores is None:
        return None
    path = policy.test.scores
    if not run.info.artifact_uri:
        return Sample(problem="the run has no files")
    files: ArtifactStore = artifact_store(run.info.artifact_uri)
    try:
        with files.open(path) as file:
            text = file.read().decode("utf-8-sig")  # Excel begins a CSV file with a mark
    except ResourceDoesNotExistError:
        return Sample(problem=f"the run has no file {path!r}")
    except UnicodeDecodeError:
        return Sample(problem=f"{path!r} is no text")
    try:
        return scores_of(text, path, policy.metric)
    except _UNREADABLE as error:
        return Sample(problem=f"{path!r} cannot be read as scores: {error}")


def scores_of(text: str, path: str, metric: str) -> Sample:
    """Return the scores in a file.

    A JSON list of numbers, a JSON object of id → number, or a table (CSV with a header; JSON as `log_table` writes it)
    with a column that is called like the metric, or ``score``, and perhaps one called ``id``. ValueError for anything
    else.
    """
    if path.lower().endswith(".csv"):
        rows = list(csv.reader(io.StringIO(text)))
        return _table(rows[0] if rows else [], rows[1:], metric)
    content = json.loads(text)
    if isinstance(content, list):
        return Sample(tuple(map(_score, content)))
    if isinstance(content, dict) and isinstance(content.get("columns"), list):
        return _table(content["columns"], content.get("data", []), metric)
    if isinstance(content, dict):
        return Sample(tuple(map(_score, content.values())), tuple(map(str, content)))
    raise ValueError("a list, an object or a table is expected")


def _table(columns: Sequence[Any], rows: Sequence[Sequence[Any]], metric: str) -> Sample:
    column = next((columns.index(name) for name in (metric, "score") if name in columns), None)
    if column is None:
        raise ValueError(f"it has no column {metric!r} or 'score', but {', '.join(map(str, columns))}")
    values = tuple(_score(row[column]) for row in rows if row)
    if "id" not in columns:
        return Sample(values)
    position = columns.index("id")
    return Sample(values, tuple(str(row[position]) for row in rows if row))


def _score(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no finite number")
    return number
