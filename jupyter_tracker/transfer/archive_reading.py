"""An export file as a source. It is checked as a whole when it is opened, before anything is written."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar, cast

from jupyter_tracker.artifact_store.base import safe_file_path
from jupyter_tracker.entities import Experiment, LifecycleStage, Metric, Run, limits
from jupyter_tracker.entities.run import RUN_STATUSES
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerError
from jupyter_tracker.progress import followed
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.upkeep import RegistryRecord
from jupyter_tracker.transfer import archive_format as form
from jupyter_tracker.transfer.archive_checks import check_entries
from jupyter_tracker.transfer.parquet import PointsReader, read_points
from jupyter_tracker.transfer.requirements import pyarrow
from jupyter_tracker.transfer.source import SourceFile, SourceFiles, SourceModel, SourceRun

_PIECE_BYTES = 1 << 20
_IN_MEMORY_BYTES = 16 << 20
# Points of equal distance and value pack well; more per byte than this is no metric.
_POINTS_PER_BYTE = 1000
_FEW_POINTS = 10_000_000
# What `zipfile` says of an entry that is not as the file's directory has it.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_MLFLOW = " A store of MLflow is imported with `import mlflow PATH`."
Thing = TypeVar("Thing")


class ExportArchive:
    """A `Source` of what an export file holds.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such file.
    InvalidParameterError
        It is no export, was written by a newer version, is damaged, or could do harm; the message says how.

    Attributes
    ----------
    unpacked_bytes : int
        Size of all files of its runs and models.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._part: tuple[int, IO[bytes], PointsReader] | None = None
        pyarrow()
        if not path.is_file():
            is_folder = f": that is a folder.{_MLFLOW}" if path.is_dir() else "."
            raise ResourceDoesNotExistError(f"There is no file {path}{is_folder}")
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
            said = str(error).rstrip(".")
            said = said[:1].lower() + said[1:]
            raise InvalidParameterError(f"{path} is no export file, or was cut off: {said}.{_hint(path)}") from error
        try:
            check_entries(self._archive, path.stat().st_size)
            self._check_manifest()
            self.unpacked_bytes = self._check_forms()
        except TrackerError as error:
            self.close()
            said = str(error).rstrip(".")
            raise InvalidParameterError(f"{path} cannot be imported: {said}. Nothing was imported.") from error

    def close(self) -> None:
        """Close the file."""
        self._close_part()
        self._archive.close()

    def experiments(self) -> Sequence[Experiment]:
        """Return every experiment."""
        found = []
        for name in self._names("experiments/"):
            experiment = self._of(form.experiment_of, name)
            _check(f"experiments/{experiment.experiment_id}.json" == name, name)
            limits.check_experiment_name(experiment.name)
            _check_stage(experiment.lifecycle_stage, name)
            _check_times((experiment.creation_time or 0, experiment.last_update_time or 0), name)
            found.append(experiment)
        return found

    def run_ids(self) -> Sequence[str]:
        """Return the id of every run."""
        return [name.removeprefix("runs/").removesuffix(".json") for name in self._names("runs/")]

    def run(self, run_id: str) -> SourceRun:
        """Return one run."""
        entry = self._json(f"runs/{run_id}.json")
        run = form.run_of(entry)
        points = partial(self._points, run_id, form.place_of(entry), entry["points"])
        return SourceRun(run, points, self._files(entry), entry.get("deleted_time"), form.measured_of(entry))

    def models(self) -> Sequence[SourceModel]:
        """Return every logged model."""
        entries = [self._json(name) for name in self._names("models/")]
        return [SourceModel(form.model_of(entry), self._files(entry), bool(entry.get("deleted"))) for entry in entries]

    def registered_models(self) -> Sequence[RegistryRecord]:
        """Return every registered model."""
        return [self._of(form.registry_of, name) for name in self._names("registry/")]

    # checks --------------------------------------------------------------------------------------

    def _check_manifest(self) -> None:
        manifest = self._json(form.MANIFEST)
        if manifest.get("format") != form.FORMAT or not isinstance(manifest.get("format_version"), int):
            raise InvalidParameterError("it is no export of jupyter_tracker")
        if manifest["format_version"] > form.VERSION:
            raise InvalidParameterError(
                f"it was written by jupyter_tracker {manifest.get('jupyter_tracker')}, and this version cannot read "
                "it: pip install -U jupyter-experiment-tracker"
            )

    def _check_forms(self) -> int:
        """Read every description; return the size of all files."""
        experiments = {each.experiment_id for each in self.experiments()}
        for name in self._names("registry/"):
            self._of(form.registry_of, name)
        total = 0
        for name in self._names("models/"):
            entry = self._json(name)
            model = _built(form.model_of, entry, name)
            _check(f"models/{model.model_id}.json" == name and model.experiment_id in experiments, name)
            _check_times((model.creation_timestamp, model.last_updated_timestamp), name)
            total += self._check_files(entry, name)
        runs = self._names("runs/")
        for name in followed(runs, "checking runs", len(runs)):
            entry = self._json(name)
            run = _built(form.run_of, entry, name)
            _check(f"runs/{run.info.run_id}.json" == name and run.info.experiment_id in experiments, name)
            _check_run(run, name)
            self._check_points(entry, name)
            _check_times((entry.get("deleted_time") or 0,), name)
            total += self._check_files(entry, name)
        return total

    def _check_points(self, entry: form.Form, name: str) -> None:
        points, place = entry.get("points"), _built(form.place_of, entry, name)
        _check(isinstance(points, int), name)
        _check(place is None or not points or f"metrics/{place[0]}.parquet" in self._archive.NameToInfo, name)
        _check_measured(_built(form.measured_of, entry, name), name)

    def _check_files(self, entry: form.Form, name: str) -> int:
        files = _built(form.files_of, entry, name)
        for file in files:
            blob = self._archive.NameToInfo.get(f"blobs/{file.sha256}")
            _check(blob is not None and blob.file_size == file.size and safe_file_path(file.path) == file.path, name)
        return sum(file.size for file in files)

    # entries -------------------------------------------------------------------------------------

    def _names(self, prefix: str) -> list[str]:
        return [name for name in self._archive.NameToInfo if name.startswith(prefix)]

    def _json(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads(self._archive.read(name))
        except (ValueError, KeyError, RecursionError, *_DAMAGED) as error:
            raise InvalidParameterError(f"the entry {name!r} is damaged ({error})") from error
        _check(isinstance(found, dict), name)
        return cast("dict[str, Any]", found)

    def _of(self, build: Callable[[form.Form], Thing], name: str) -> Thing:
        return _built(build, self._json(name), name)

    def _points(self, run_id: str, place: tuple[int, int] | None, points: int) -> Iterator[Points]:
        try:
            if place is None:
                yield from self._points_alone(run_id, points)
            elif points:
                yield from self._reader(place[0]).points(run_id, (place[1], points))
        except (TrackerError, *_DAMAGED) as error:
            raise InvalidParameterError(f"{self.name}: run {run_id}: {error}.") from error

    def _points_alone(self, run_id: str, points: int) -> Iterator[Points]:
        name = f"metrics/{run_id}.parquet"
        if name in self._archive.NameToInfo:
            with self._unpacked(name) as spool:
                yield from read_points(cast("BinaryIO", spool), min(points, self._most_points(name)))

    def _reader(self, number: int) -> PointsReader:
        """Return the points of many runs; the file that was asked for last stays open, as runs come in its order."""
        if self._part is None or self._part[0] != number:
            self._close_part()
            name = f"metrics/{number}.parquet"
            spool = self._unpacked(name)
            self._part = (number, spool, PointsReader(cast("BinaryIO", spool), self._most_points(name)))
        return self._part[2]

    def _close_part(self) -> None:
        if self._part is not None:
            self._part[1].close()
            self._part = None

    def _most_points(self, name: str) -> int:
        return max(_FEW_POINTS, _POINTS_PER_BYTE * self._archive.NameToInfo[name].file_size)

    def _unpacked(self, name: str) -> IO[bytes]:
        spool = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - who asks for it closes it
        with self._archive.open(name) as entry:
            shutil.copyfileobj(entry, spool, _PIECE_BYTES)
        spool.seek(0)
        return cast("IO[bytes]", spool)

    def _files(self, entry: form.Form) -> SourceFiles:
        return SourceFiles(
            lambda: [SourceFile(file.path, file.size, partial(self._open, file)) for file in form.files_of(entry)]
        )

    def _open(self, file: form.FileEntry) -> BinaryIO:
        name = f"{self.name}: {file.path}"
        try:
            blob = self._archive.open(f"blobs/{file.sha256}")
        except _DAMAGED as error:
            raise InvalidParameterError(f"{name} is damaged: {error}.") from error
        return cast("BinaryIO", io.BufferedReader(_Checked(blob, file.sha256, name), _PIECE_BYTES))


class _Checked(io.RawIOBase):
    """A blob that is read to its end only if it is what its name says."""

    def __init__(self, blob: BinaryIO | Any, sha256: str, name: str) -> None:
        self._blob, self._sha256, self._name = blob, sha256, name
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; at the end, compare."""
        view = memoryview(buffer)
        try:
            piece = self._blob.read(len(view))
        except _DAMAGED as error:
            raise InvalidParameterError(f"{self._name} is damaged: {error}.") from error
        if not piece and self._digest.hexdigest() != self._sha256:
            raise InvalidParameterError(f"{self._name} is damaged: its content is not what it was.")
        self._digest.update(piece)
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the blob."""
        self._blob.close()
        super().close()


def _hint(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _MLFLOW if file.read(6) == b"SQLite" else ""
    except OSError:
        return ""


def _built(build: Callable[[form.Form], Thing], entry: form.Form, name: str) -> Thing:
    try:
        return build(entry)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidParameterError(f"the entry {name!r} is not what an export has ({error!r})") from error


def _check_run(run: Run, name: str) -> None:
    info = run.info
    _check(info.status in RUN_STATUSES, name)
    _check_times((info.start_time, info.end_time or 0), name)
    _check_stage(info.lifecycle_stage, name)


def _check_measured(points: Sequence[Metric], name: str) -> None:
    _check_times([point.timestamp for point in points], name)
    for point in points:
        of = (point.model_id, point.dataset_name, point.dataset_digest)
        _check(all(text is None or isinstance(text, str) for text in of), name)
        _check(abs(point.step) <= limits.INT64_MAX, name)


def _check_times(times: Sequence[object], name: str) -> None:
    _check(all(isinstance(time, int) and 0 <= time <= limits.INT64_MAX for time in times), name)


def _check_stage(stage: object, name: str) -> None:
    _check(stage in {LifecycleStage.ACTIVE, LifecycleStage.DELETED}, name)


def _check(condition: object, name: str) -> None:
    if not condition:
        raise InvalidParameterError(f"the entry {name!r} is not what an export has")
