"""MLflow's file store (``mlruns``) as a source: one folder per experiment and run, one file per value."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from jupyter_tracker.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    InputTag,
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    ModelVersion,
    Param,
    RegisteredModel,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
)
from jupyter_tracker.entities.run import RUN_STATUSES, RunStatus
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.upkeep import RegistryRecord, VersionRecord
from jupyter_tracker.transfer.local_files import folder_files
from jupyter_tracker.transfer.mlflow_places import MlflowPlaces
from jupyter_tracker.transfer.requirements import yaml_loader
from jupyter_tracker.transfer.source import SourceFiles, SourceModel, SourceRun, by_run

_POINTS_AT_ONCE = 65_536
_META = "meta.yaml"
_TRASH = ".trash"
_MODEL_STATUS = {1: "PENDING", 2: "READY", 3: "FAILED"}
_MODEL = re.compile(r"m-[0-9a-f]{32}")
Meta = Mapping[str, Any]


class MlflowFolder:
    """A `Source` of what an ``mlruns`` folder holds.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path.absolute()
        self._places = MlflowPlaces(self._path.parent)
        self._parse: Callable[[str], Any] = yaml_loader()

    def experiments(self) -> Sequence[Experiment]:
        """Return every experiment."""
        return [
            Experiment(
                id_,
                str(meta["name"]),
                str(meta.get("artifact_location") or ""),
                "deleted" if folder.parent.name == _TRASH else str(meta.get("lifecycle_stage") or "active"),
                _texts(folder / "tags"),
                meta.get("creation_time"),
                meta.get("last_update_time"),
            )
            for id_, (folder, meta) in self._experiments.items()
        ]

    def run_ids(self) -> Sequence[str]:
        """Return the id of every run."""
        return list(self._runs)

    def run(self, run_id: str) -> SourceRun:
        """Return one run."""
        experiment_id, folder = self._runs[run_id]
        meta = self._meta(folder)
        tags = _texts(folder / "tags")
        info = RunInfo(
            run_id=run_id,
            experiment_id=experiment_id,
            user_id=str(meta.get("user_id") or tags.get("mlflow.user", "")),
            status=_status(meta.get("status")),
            start_time=int(meta.get("start_time") or 0),
            end_time=meta.get("end_time"),
            lifecycle_stage=str(meta.get("lifecycle_stage") or "active"),
            run_name=str(meta.get("run_name") or tags.get("mlflow.runName") or meta.get("name") or ""),
        )
        params = [Param(*item) for item in _texts(folder / "params").items()]
        data = RunData(params=params, tags=[RunTag(*item) for item in tags.items()])
        run = Run(info, data, self._inputs(folder), self._outputs(folder))
        points, files = partial(_points, folder / "metrics"), self._files(folder, meta)
        return SourceRun(run, points, files, meta.get("deleted_time"), self._measured.get(run_id, ()))

    def models(self) -> Sequence[SourceModel]:
        """Return every logged model, deleted ones as such."""
        found = []
        for experiment_id, (folder, _) in self._experiments.items():
            for model_id, its_folder in _folders(folder / "models"):
                meta = self._meta(its_folder)
                if meta:
                    found.append(self._model(experiment_id, model_id, its_folder, meta))
        return found

    def registered_models(self) -> Sequence[RegistryRecord]:
        """Return every registered model."""
        return [
            self._registered(folder, meta)
            for name, folder in _folders(self._path / "models")
            if (meta := self._meta(folder)) and meta.get("name", name)
        ]

    # folders -------------------------------------------------------------------------------------

    @cached_property
    def _experiments(self) -> dict[str, tuple[Path, Meta]]:
        found: dict[str, tuple[Path, Meta]] = {}
        for parent in (self._path, self._path / _TRASH):
            for name, folder in _folders(parent):
                meta = self._meta(folder) if name.isdecimal() else {}
                if meta.get("name") is not None:
                    found[str(meta.get("experiment_id", name))] = (folder, meta)
        if not found:
            raise InvalidParameterError(
                f"{self._path} is not an MLflow folder: no experiment was found in it. The folder `mlruns` itself, or "
                "the one that holds it, is expected."
            )
        return found

    @cached_property
    def _runs(self) -> dict[str, tuple[str, Path]]:
        return {
            name: (experiment_id, run_folder)
            for experiment_id, (folder, _) in self._experiments.items()
            for name, run_folder in _folders(folder)
            if name not in {"models", "datasets", "traces", "tags"} and (run_folder / _META).is_file()
        }

    @cached_property
    def _measured(self) -> Mapping[str, Sequence[Metric]]:
        """Points of models by run: MLflow has a model's whole series."""
        return by_run(metric for entry in self.models() for metric in entry.model.metrics)

    def _meta(self, folder: Path) -> dict[str, Any]:
        try:
            text = (folder / _META).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return {}
        try:
            meta = self._parse(text)
        except ValueError as error:
            raise InvalidParameterError(f"{folder / _META} cannot be read: {error}") from error
        return meta if isinstance(meta, dict) else {}

    def _files(self, folder: Path, meta: Meta) -> SourceFiles:
        beside = folder / "artifacts"
        if beside.is_dir() and any(beside.iterdir()):
            return folder_files(beside)
        return self._places.files(meta.get("artifact_uri") or meta.get("artifact_location"))

    def _inputs(self, folder: Path) -> RunInputs:
        datasets, models = [], []
        for _, entry in _folders(folder / "inputs"):
            meta = self._meta(entry)
            tags = meta.get("tags") or {}
            source = str(meta.get("source_id"))
            dataset = self._meta(folder.parent / "datasets" / source) if source.isalnum() else {}
            if dataset:
                names = ("name", "digest", "source_type", "source", "schema", "profile")
                known = Dataset(*(dataset.get(name) for name in names))  # type: ignore[arg-type]
                datasets.append(DatasetInput(known, [InputTag(str(key), str(value)) for key, value in tags.items()]))
            elif _MODEL.fullmatch(source):
                models.append(LoggedModelInput(source))
        return RunInputs(datasets, models)

    def _outputs(self, folder: Path) -> RunOutputs:
        metas = [self._meta(entry) for _, entry in _folders(folder / "outputs")]
        return RunOutputs(
            [
                LoggedModelOutput(str(meta["destination_id"]), int(meta.get("step") or 0))
                for meta in metas
                if meta.get("destination_id")
            ]
        )

    def _model(self, experiment_id: str, model_id: str, folder: Path, meta: Meta) -> SourceModel:
        model = LoggedModel(
            experiment_id=experiment_id,
            model_id=model_id,
            name=str(meta.get("name") or ""),
            artifact_location=str(meta.get("artifact_location") or ""),
            creation_timestamp=int(meta.get("creation_timestamp") or 0),
            last_updated_timestamp=int(meta.get("last_updated_timestamp") or 0),
            model_type=meta.get("model_type") or None,
            source_run_id=meta.get("source_run_id"),
            status=_MODEL_STATUS.get(meta.get("status", 2), "READY"),
            status_message=meta.get("status_message"),
            tags=_texts(folder / "tags"),
            params=_texts(folder / "params"),
            metrics=list(_model_metrics(model_id, folder / "metrics")),
        )
        return SourceModel(model, self._files(folder, meta), meta.get("lifecycle_stage") == "deleted")

    def _registered(self, folder: Path, meta: Meta) -> RegistryRecord:
        aliases = {str(alias): str(version) for alias, version in (meta.get("aliases") or {}).items()}
        aliases |= {alias: version.strip() for alias, version in _texts(folder / "aliases").items()}
        model = RegisteredModel(
            name=str(meta["name"]),
            creation_timestamp=meta.get("creation_timestamp"),
            last_updated_timestamp=meta.get("last_updated_timestamp"),
            description=meta.get("description"),
            tags=_texts(folder / "tags"),
            aliases=aliases,
        )
        versions = [
            _version(model.name, version_meta, _texts(version_folder / "tags"))
            for name, version_folder in _folders(folder)
            if name.startswith("version-") and (version_meta := self._meta(version_folder))
        ]
        return RegistryRecord(model, sorted(versions, key=lambda record: int(record.version.version)))


def _version(name: str, meta: Meta, tags: Mapping[str, str]) -> VersionRecord:
    version = ModelVersion(
        name=name,
        version=str(meta["version"]),
        creation_timestamp=int(meta.get("creation_timestamp") or 0),
        last_updated_timestamp=meta.get("last_updated_timestamp"),
        description=meta.get("description"),
        user_id=meta.get("user_id"),
        current_stage=str(meta.get("current_stage") or "None"),
        source=meta.get("source"),
        run_id=meta.get("run_id") or None,
        status=str(meta.get("status") or "READY"),
        status_message=meta.get("status_message"),
        tags=dict(tags),
        run_link=meta.get("run_link"),
        model_id=meta.get("model_id"),
    )
    return VersionRecord(version, meta.get("storage_location") or None)


def _status(status: object) -> str:
    """Return a status's name; older versions wrote the name, newer ones its number."""
    text = str(status)
    if text.isdecimal() and int(text) in RunStatus.all_status():
        return RunStatus.to_string(int(text))
    return text if text in RUN_STATUSES else "FINISHED"


def _folders(parent: Path) -> Iterator[tuple[str, Path]]:
    if parent.is_dir():
        with os.scandir(parent) as entries:
            found = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        for name in found:
            if name != _TRASH:
                yield name, parent / name


def _value_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give the files of keys: a key with slashes is a path."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if not path.is_symlink():
                yield path.relative_to(folder).as_posix(), path


def _texts(folder: Path) -> dict[str, str]:
    return {key: path.read_text(encoding="utf-8", errors="replace") for key, path in _value_files(folder)}


def _points(folder: Path) -> Iterator[Points]:
    """Give the points of a run, piece by piece; a line is ``timestamp value step`` and more."""
    import numpy as np

    for key, path in _value_files(folder):
        steps: list[int] = []
        timestamps: list[int] = []
        values: list[float] = []
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                timestamp, value, step, _ = _point(line, path, number)
                steps.append(step)
                timestamps.append(timestamp)
                values.append(value)
                if len(steps) == _POINTS_AT_ONCE:
                    yield Points(key, np.array(steps), np.array(timestamps), np.array(values))
                    steps, timestamps, values = [], [], []
        if steps:
            yield Points(key, np.array(steps), np.array(timestamps), np.array(values))


def _point(line: str, path: Path, number: int) -> tuple[int, float, int, list[str]]:
    words = line.split()
    try:
        timestamp, value = int(words[0]), float(words[1])
        return timestamp, value, int(words[2]) if len(words) > 2 else 0, words[3:]
    except (ValueError, IndexError):
        raise InvalidParameterError(f"{path}, line {number}: {line.strip()[:80]!r} is no point of a metric.") from None


def _model_metrics(model_id: str, folder: Path) -> Iterator[Metric]:
    for key, path in _value_files(folder):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            timestamp, value, step, rest = _point(line, path, number)
            run_id, *dataset = rest or [""]
            name, digest = dataset if len(dataset) == 2 else (None, None)
            yield Metric(key, value, timestamp, step, model_id, name, digest, run_id)
