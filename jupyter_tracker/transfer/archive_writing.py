"""Runs of a store into one zip file. The file appears when it is complete."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, BinaryIO, cast

from jupyter_tracker._version import __version__
from jupyter_tracker.artifact_store import ArtifactStore, artifact_store
from jupyter_tracker.artifact_store.base import safe_file_path
from jupyter_tracker.entities import Experiment, LoggedModel, MetricSeries, Run, ViewType
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.page import every_page
from jupyter_tracker.errors import InvalidParameterError, StoreError, TrackerError
from jupyter_tracker.progress import followed
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.upkeep import RegistryRecord, VersionRecord
from jupyter_tracker.transfer import archive_format as form
from jupyter_tracker.transfer.parquet import PointsWriter
from jupyter_tracker.transfer.report import ExportReport
from jupyter_tracker.transfer.requirements import pyarrow

_PAGE = 1000
# Runs that are read at once; of longer ones, each metric by itself.
_RUNS_AT_ONCE = 100
_SHORT_POINTS = 10_000
_POINTS_PER_FILE = 4_000_000
_IN_MEMORY_BYTES = 16 << 20
_PIECE_BYTES = 1 << 20
# Larger blobs are models and images, mostly, and what packs a thousandfold would be taken for a bomb.
_DEFLATE_UP_TO = 32_000


@dataclass(frozen=True)
class Selection:
    """What to export.

    Attributes
    ----------
    run_ids : sequence of str
        These runs,
    experiment_ids : sequence of str
        and every active run and logged model of these experiments;
    everything : bool
        or all there is, the trash and the registry included.
    """

    run_ids: Sequence[str] = ()
    experiment_ids: Sequence[str] = ()
    everything: bool = False


def write_archive(store: Store, selection: Selection, path: Path) -> ExportReport:
    """Write the selected runs to a file, replacing one that is there; return what was written.

    Raises
    ------
    InvalidParameterError
        Nothing is selected.
    ResourceDoesNotExistError
        A run or experiment is not in the store.
    StoreError
        The file cannot be written.
    """
    pyarrow()  # before anything else is done
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    report = ExportReport(str(path))
    try:
        with zipfile.ZipFile(temporary, "x", allowZip64=True) as archive:
            _Writing(store, archive, report).all(selection)
        report.size_bytes = temporary.stat().st_size
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"The export {path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return report


@dataclass
class _Writing:
    store: Store
    archive: zipfile.ZipFile
    report: ExportReport
    blobs: set[str] = field(default_factory=set)
    deleted: dict[str, int | None] = field(default_factory=dict)  # run ids, and when they went to the trash
    points: _Points = field(init=False)

    def __post_init__(self) -> None:
        self.points = _Points(self.archive)

    def all(self, selection: Selection) -> None:
        experiment_ids, view = list(selection.experiment_ids), ViewType.ACTIVE_ONLY
        if selection.everything:
            view = ViewType.ALL
            self.deleted = {entry.id: entry.deleted_time for entry in self.store.trash() if entry.kind == "run"}
            experiment_ids = [each.experiment_id for each in self.store.search_experiments(view, 50_000)]
        run_ids = list(dict.fromkeys(selection.run_ids))
        lone = [self.store.get_run(run_id) for run_id in run_ids]
        homes = [self.store.get_experiment(id_) for id_ in experiment_ids]
        known = set(experiment_ids)
        homes += [self.store.get_experiment(id_) for id_ in {run.info.experiment_id for run in lone} - known]
        if not homes:
            raise InvalidParameterError("Nothing to export: name a run or an experiment, or take everything.")
        self._experiments(homes)
        total = len(lone) + self.store.count_runs(experiment_ids, "", view)
        runs = followed(self._new_runs(lone, experiment_ids, view), "exporting runs", total)
        with self.points:
            while some := list(islice(runs, _RUNS_AT_ONCE)):
                self._some_runs(some)
        self._models(self._logged_models(experiment_ids, lone))
        if selection.everything:
            self._models(self._logged_models(experiment_ids, (), "lifecycle_stage = 'deleted'"), deleted=True)
            self._registry()
        self._manifest()

    def _new_runs(self, lone: Sequence[Run], experiment_ids: Sequence[str], view: int) -> Iterator[Run]:
        written: set[str] = set()
        for run in self._runs(lone, experiment_ids, view):
            if run.info.run_id not in written:
                written.add(run.info.run_id)
                yield run

    def _runs(self, lone: Sequence[Run], experiment_ids: Sequence[str], view: int) -> Iterator[Run]:
        yield from lone
        if experiment_ids:
            order = ["start_time ASC"]
            yield from every_page(lambda token: self.store.search_runs(experiment_ids, "", view, _PAGE, order, token))

    def _experiments(self, experiments: Sequence[Experiment]) -> None:
        for each in experiments:
            self._entry(f"experiments/{each.experiment_id}.json", form.to_json(form.experiment_form(each)))
        self.report.experiments = len(experiments)

    def _some_runs(self, runs: Sequence[Run]) -> None:
        ids = [run.info.run_id for run in runs]
        short = self.store.short_histories(ids, _SHORT_POINTS)
        measured = self.store.measured_points_of(ids)
        for run in runs:
            run_id = run.info.run_id
            place = self.points.add(run_id, short[run_id] if run_id in short else self._series(run))
            files = self._files(run.info.artifact_uri, f"run {run_id}")
            whole = form.run_form(run, files, place, self.deleted.get(run_id), measured.get(run_id, ()))
            self._entry(f"runs/{run_id}.json", form.to_json(whole))
            self.report.runs += 1

    def _series(self, run: Run) -> Iterator[MetricSeries]:
        return (self.store.metric_series(run.info.run_id, key) for key in run.data.metrics)

    def _models(self, models: Sequence[LoggedModel], *, deleted: bool = False) -> None:
        for model in followed(models, "exporting models", len(models)):
            files = self._files(model.artifact_location, f"model {model.model_id}")
            self._entry(f"models/{model.model_id}.json", form.to_json(form.model_form(model, files, deleted=deleted)))
        self.report.logged_models += len(models)

    def _logged_models(
        self, experiment_ids: Sequence[str], lone: Sequence[Run], filter_: str | None = None
    ) -> list[LoggedModel]:
        """Return the logged models of whole experiments, and those that a lone run made."""
        lone_runs = {run.info.run_id for run in lone}
        lone_homes = {run.info.experiment_id for run in lone} - set(experiment_ids)
        homes = [*experiment_ids, *lone_homes]
        if not homes:
            return []
        return [
            model
            for model in every_page(lambda token: self.store.search_logged_models(homes, filter_, _PAGE, None, token))
            if model.experiment_id not in lone_homes or model.source_run_id in lone_runs
        ]

    def _registry(self) -> None:
        for model in every_page(lambda token: self.store.search_registered_models(None, _PAGE, None, token)):
            name = model.name.replace("'", "''")
            versions = [
                VersionRecord(version, self.store.get_model_version_download_uri(version.name, version.version))
                for version in self.store.search_model_versions(f"name = '{name}'", 200_000)
            ]
            record = form.to_json(form.registry_form(RegistryRecord(model, versions)))
            self._entry(f"registry/{self.report.registered_models}.json", record)
            self.report.registered_models += 1

    def _manifest(self) -> None:
        counts = {name: getattr(self.report, name) for name in ("experiments", "runs", "logged_models", "files")}
        manifest = {
            "format": form.FORMAT,
            "format_version": form.VERSION,
            "jupyter_tracker": __version__,
            "exported_ms": now_ms(),
            "store_id": self.store.store_id,
            **counts,
        }
        self._entry(form.MANIFEST, form.to_json(manifest))

    # files ---------------------------------------------------------------------------------------

    def _files(self, uri: str | None, whose: str) -> list[form.FileEntry]:
        """Write the blobs of a run's or model's files; what cannot be read is noted."""
        if not uri:
            return []
        try:
            place = artifact_store(uri)
            paths = list(_paths(place, ""))
        except TrackerError as error:
            self.report.notes.append(f"{whose}: {error}")
            return []
        found = []
        for path in paths:
            try:
                _check_name(path)
                found.append(self._blob(place, path))
            except TrackerError as error:  # the others can still be had
                self.report.notes.append(f"{whose}: {error}")
        self.report.files += len(found)
        return found

    def _blob(self, place: ArtifactStore, path: str) -> form.FileEntry:
        digest = hashlib.sha256()
        # Copied first: a file that grows meanwhile must not differ from its name.
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as spool:
            with place.open(path) as source:
                while piece := source.read(_PIECE_BYTES):
                    digest.update(piece)
                    spool.write(piece)
            size, name = spool.tell(), digest.hexdigest()
            if name not in self.blobs:
                self.blobs.add(name)
                kind = zipfile.ZIP_DEFLATED if size <= _DEFLATE_UP_TO else zipfile.ZIP_STORED
                _copy(self.archive, f"blobs/{name}", spool, kind)
        return form.FileEntry(path, size, name)

    def _entry(self, name: str, content: bytes) -> None:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        self.archive.writestr(info, content)


class _Points:
    """The points of runs on their way into the archive, in files that are neither tiny nor huge."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._number = 0
        self._spool: IO[bytes] | None = None
        self._writer: PointsWriter | None = None

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *error: object) -> None:
        """Write the last file; after an error none."""
        if error[0] is None:
            self._finish()
        elif self._spool is not None:
            self._spool.close()

    def add(self, run_id: str, series: Iterable[MetricSeries]) -> tuple[int, int, int]:
        """Add the points of a run; return the file's number, the first row and how many."""
        if self._writer is None:
            self._spool = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed in `_finish`
            self._writer = PointsWriter(cast("BinaryIO", self._spool))
        place = (self._number, *self._writer.add(run_id, series))
        if self._writer.rows >= _POINTS_PER_FILE:
            self._finish()
        return place

    def _finish(self) -> None:
        if self._writer is None or self._spool is None:
            return
        self._writer.close()
        with self._spool:
            _copy(self._archive, f"metrics/{self._number}.parquet", self._spool, zipfile.ZIP_STORED)
        self._writer = self._spool = None
        self._number += 1


def _copy(archive: zipfile.ZipFile, name: str, spool: IO[bytes], compression: int) -> None:
    spool.seek(0, os.SEEK_END)
    size = spool.tell()
    spool.seek(0)
    info = zipfile.ZipInfo(name)
    info.compress_type = compression
    info.file_size = size
    with archive.open(info, "w") as entry:
        shutil.copyfileobj(spool, entry, _PIECE_BYTES)


def _check_name(path: str) -> None:
    """Refuse a name that no import takes: the file would keep the whole export from being read."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raise InvalidParameterError(f"the name of the file {path!a} is no UTF-8.") from None
    if safe_file_path(path) != path:
        raise InvalidParameterError(f"the name of the file {path!r} is none that every system has.")


def _paths(place: ArtifactStore, folder: str) -> Iterator[str]:
    for entry in place.list(folder):
        if entry.is_dir:
            yield from _paths(place, entry.path)
        elif entry.file_size is not None:  # a link that points nowhere has no size
            yield entry.path
