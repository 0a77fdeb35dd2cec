"""Bringing a source into a store: experiments, runs with their files, logged models, the registry.

A run counts as there once its row is. So its files are copied first, and an import that was interrupted
goes on where it stopped when it is called again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import Experiment, LoggedModel, Run
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.progress import followed
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.upkeep import ModelRecord, RegistryRecord, RunRecord, VersionRecord
from jupyter_tracker.transfer.report import ImportReport
from jupyter_tracker.transfer.source import Source, SourceFiles, SourceModel, SourceRun

_RUNS_AT_ONCE = 200
# Ids become parts of paths.
_RUN_ID = re.compile(r"[0-9a-zA-Z][\w\-]{0,255}", re.ASCII)
_MODEL_ID = re.compile(r"m-[\w\-]{1,62}", re.ASCII)
_IN_TRASH = "model_id = '{}' AND lifecycle_stage = 'deleted'"
_IN_RUN = re.compile(r"/([0-9a-f]{32})/artifacts(?:/(.*))?$")


def receive(store: Store, source: Source, *, link: bool = False) -> ImportReport:
    """Bring all of a source into a store, and return what was new.

    Parameters
    ----------
    store : Store
        Where to.
    source : Source
        Where from.
    link : bool
        Leave files where they are and refer to them, instead of copying them.
    """
    return _Receiving(store, source, link=link).all()


@dataclass
class _Receiving:
    store: Store
    source: Source
    link: bool
    report: ImportReport = field(init=False)
    homes: Mapping[str, Experiment] = field(init=False)

    def __post_init__(self) -> None:
        self.report = ImportReport(self.source.name)

    def all(self) -> ImportReport:
        run_ids = self.source.run_ids()
        models = self.source.models()
        for run_id in run_ids:
            _check_id(_RUN_ID, run_id, "run")
        for entry in models:
            _check_id(_MODEL_ID, entry.model.model_id, "model")
        self._experiments()
        self._runs(run_ids)
        self._models(models)
        self._registry(self.source.registered_models(), set(run_ids))
        self.store.flush()
        return self.report

    def _experiments(self) -> None:
        experiments = self.source.experiments()
        self.report.experiments = sum(self.store.get_experiment_by_name(each.name) is None for each in experiments)
        self.homes = self.store.import_experiments(experiments)
        for each in experiments:
            here = self.homes[each.experiment_id]
            if here.experiment_id != each.experiment_id:
                self.report.notes.append(
                    f"experiment {each.name!r} has the id {here.experiment_id} here ({each.experiment_id} there)"
                )

    # runs ----------------------------------------------------------------------------------------

    def _runs(self, run_ids: Sequence[str]) -> None:
        known = self.store.known_runs(run_ids)
        batch: list[RunRecord] = []
        for run_id in followed(run_ids, "importing runs", len(run_ids)):
            entry = self.source.run(run_id)
            if run_id in known:
                self._compare(entry.run)
                if not entry.measured:
                    continue
                batch.append(self._known_record(entry))
            else:
                batch.append(self._record(entry))
            if len(batch) == _RUNS_AT_ONCE:
                self._import(batch)
                batch = []
        self._import(batch)

    def _import(self, batch: Sequence[RunRecord]) -> None:
        if batch:
            self.report.runs += len(self.store.import_runs(batch))

    def _record(self, entry: SourceRun) -> RunRecord:
        info = entry.run.info
        home = self.homes[info.experiment_id]
        uri = self._files(entry.files, f"{home.artifact_location}/{info.run_id}/artifacts", f"run {info.run_id}")
        run = replace(entry.run, info=replace(info, experiment_id=home.experiment_id, artifact_uri=None))
        return RunRecord(run, entry.metrics, entry.deleted_time, uri, entry.measured)

    def _known_record(self, entry: SourceRun) -> RunRecord:
        """Return a run that is here with nothing but what it may lack: an older export had no series of models."""
        home = self.homes[entry.run.info.experiment_id]
        return RunRecord(
            replace(entry.run, info=replace(entry.run.info, experiment_id=home.experiment_id, artifact_uri=None)),
            measured=entry.measured,
        )

    def _compare(self, there: Run) -> None:
        self.report.runs_present += 1
        here = self.store.get_run(there.info.run_id)
        differing = [
            name
            for name, one, other in (
                ("start_time", here.info.start_time, there.info.start_time),
                ("params", here.data.params, there.data.params),
            )
            if one != other
        ]
        if differing:
            self.report.conflicts.append(f"run {there.info.run_id}: other {' and '.join(differing)} here than there")

    def _files(self, files: SourceFiles, place: str, whose: str) -> str | None:
        """Copy files to `place`; return their URI instead where they are only referred to."""
        if files.missing is not None:
            self.report.notes.append(f"{whose}: {files.missing}")
            return files.uri
        if self.link and files.uri is not None:
            return files.uri
        target = artifact_store(place)
        for file in files.listed():
            with file.open() as stream:
                target.write_stream(file.path, stream)
            self.report.files += 1
            self.report.files_bytes += file.size
        return None

    # models --------------------------------------------------------------------------------------

    def _models(self, models: Sequence[SourceModel]) -> None:
        for entry in followed(models, "importing models", len(models)):
            if not self._has_model(entry.model):
                self.report.logged_models += len(self.store.import_logged_models([self._model_record(entry)]))

    def _has_model(self, model: LoggedModel) -> bool:
        try:
            self.store.get_logged_model(model.model_id)
        except ResourceDoesNotExistError:
            home = self.homes[model.experiment_id].experiment_id
            return bool(self.store.search_logged_models([home], _IN_TRASH.format(model.model_id), 1))
        return True

    def _model_record(self, entry: SourceModel) -> ModelRecord:
        model = entry.model
        home = self.homes[model.experiment_id]
        place = f"{home.artifact_location}/models/{model.model_id}/artifacts"
        uri = self._files(entry.files, place, f"model {model.model_id}")
        return ModelRecord(replace(model, experiment_id=home.experiment_id), uri, entry.deleted)

    def _registry(self, records: Sequence[RegistryRecord], run_ids: set[str]) -> None:
        moved = [
            replace(record, versions=[self._moved(version, run_ids) for version in record.versions])
            for record in records
        ]
        for record in moved:
            if not self._has_registered(record.model.name):
                self.report.registered_models += 1
        self.report.conflicts += self.store.import_registered_models(moved)

    def _has_registered(self, name: str) -> bool:
        try:
            self.store.get_registered_model(name)
        except ResourceDoesNotExistError:
            return False
        return True

    def _moved(self, record: VersionRecord, run_ids: set[str]) -> VersionRecord:
        """Return a version whose files are where its run's now are."""
        place = record.location or record.version.source or ""
        inside = _IN_RUN.search(place)
        if inside is not None and inside[1] in run_ids:
            base = self.store.get_run(inside[1]).info.artifact_uri
            return replace(record, location=f"{base}/{inside[2]}" if inside[2] else base)
        if place.startswith(("models:", "runs:")) or record.version.model_id or re.search(r"/m-[0-9a-f]{32}/", place):
            return replace(record, location=None)
        return record


def _check_id(pattern: re.Pattern[str], text: str, what: str) -> None:
    if not pattern.fullmatch(text):
        raise InvalidParameterError(f"Invalid {what} id {text[:80]!r}: nothing was imported.")
