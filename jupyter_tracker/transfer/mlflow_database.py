"""MLflow's SQLite database (``mlflow.db``) as a source. The file is read, never written.

Its schema grows from version to version: tables and columns that an older one does not have count as empty.
Two things are kept there otherwise than they were logged: NaN is a flag, and the infinities are the largest
finite numbers.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import chain, groupby
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
from jupyter_tracker.errors import InvalidParameterError, StoreError
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.sql.connection import sqlite3
from jupyter_tracker.store.upkeep import RegistryRecord, VersionRecord
from jupyter_tracker.transfer.mlflow_places import MlflowPlaces
from jupyter_tracker.transfer.source import SourceModel, SourceRun, by_run

_POINTS_AT_ONCE = 65_536
_MODEL_STATUS = {1: "PENDING", 2: "READY", 3: "FAILED"}
_NEEDED = {"experiments", "runs", "metrics", "params", "tags"}
Row = dict[str, Any]


class MlflowDatabase:
    """A `Source` of what an ``mlflow.db`` holds.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._places = MlflowPlaces(path.absolute().parent)
        with self.reading():
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            tables = {
                name for (name,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
        if _NEEDED - tables:
            raise InvalidParameterError(
                f"{path} is not an MLflow database: it has no table {', '.join(sorted(_NEEDED - tables))}."
            )
        self._tables = tables

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what SQLite says about a damaged file into an error that names it."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read as an MLflow database: {error}.") from error

    def experiments(self) -> Sequence[Experiment]:
        """Return every experiment."""
        tags = self._grouped("experiment_tags", "experiment_id", "key", "value")
        return [
            Experiment(
                str(row["experiment_id"]),
                row["name"],
                row["artifact_location"] or "",
                row["lifecycle_stage"] or "active",
                _texts(tags[row["experiment_id"]]),
                row["creation_time"],
                row["last_update_time"],
            )
            for row in self._rows(
                "experiments",
                "experiment_id name artifact_location lifecycle_stage creation_time last_update_time",
                "ORDER BY experiment_id",
            )
        ]

    def run_ids(self) -> Sequence[str]:
        """Return the id of every run, the oldest first."""
        return [row["run_uuid"] for row in self._rows("runs", "run_uuid", "ORDER BY start_time, run_uuid")]

    def run(self, run_id: str) -> SourceRun:
        """Return one run."""
        (row,) = self._rows(
            "runs",
            "run_uuid name user_id status start_time end_time lifecycle_stage artifact_uri experiment_id deleted_time",
            "WHERE run_uuid = ?",
            run_id,
        )
        tags = self._key_values("tags", run_id)
        info = RunInfo(
            run_id=run_id,
            experiment_id=str(row["experiment_id"]),
            user_id=row["user_id"] or tags.get("mlflow.user", ""),
            status=row["status"] or "FINISHED",
            start_time=row["start_time"] or 0,
            end_time=row["end_time"],
            lifecycle_stage=row["lifecycle_stage"] or "active",
            run_name=row["name"] or tags.get("mlflow.runName", ""),
        )
        params = self._key_values("params", run_id)
        data = RunData(params=[Param(*item) for item in params.items()], tags=[RunTag(*item) for item in tags.items()])
        run = Run(info, data, self._inputs(run_id), self._outputs(run_id))
        files = self._places.files(row["artifact_uri"])
        return SourceRun(run, partial(self._points, run_id), files, row["deleted_time"], self._measured.get(run_id, ()))

    def models(self) -> Sequence[SourceModel]:
        """Return every logged model, deleted ones as such."""
        tags = self._grouped("logged_model_tags", "model_id", "tag_key", "tag_value")
        params = self._grouped("logged_model_params", "model_id", "param_key", "param_value")
        metrics = self._model_metrics
        return [
            SourceModel(
                LoggedModel(
                    experiment_id=str(row["experiment_id"]),
                    model_id=row["model_id"],
                    name=row["name"],
                    artifact_location=row["artifact_location"],
                    creation_timestamp=row["creation_timestamp_ms"],
                    last_updated_timestamp=row["last_updated_timestamp_ms"],
                    model_type=row["model_type"] or None,
                    source_run_id=row["source_run_id"],
                    status=_MODEL_STATUS.get(row["status"], "READY"),
                    status_message=row["status_message"],
                    tags=_texts(tags[row["model_id"]]),
                    params=_texts(params[row["model_id"]]),
                    metrics=metrics.get(row["model_id"], []),
                ),
                self._places.files(row["artifact_location"]),
                row["lifecycle_stage"] == "deleted",
            )
            for row in self._rows(
                "logged_models",
                "model_id experiment_id name artifact_location creation_timestamp_ms last_updated_timestamp_ms status "
                "lifecycle_stage model_type source_run_id status_message",
                "ORDER BY creation_timestamp_ms, model_id",
            )
        ]

    def registered_models(self) -> Sequence[RegistryRecord]:
        """Return every registered model."""
        versions: dict[str, list[VersionRecord]] = defaultdict(list)
        tags = self._grouped("model_version_tags", "name", "version", "key", "value")
        for row in self._rows(
            "model_versions",
            "name version creation_time last_updated_time description user_id current_stage source run_id status "
            "status_message run_link storage_location",
            "ORDER BY name, version",
        ):
            if row["current_stage"] != "Deleted_Internal":
                its_tags = {key: value for version, key, value in tags[row["name"]] if version == row["version"]}
                versions[row["name"]].append(_version(row, its_tags))
        model_tags = self._grouped("registered_model_tags", "name", "key", "value")
        aliases = self._grouped("registered_model_aliases", "name", "alias", "version")
        return [
            RegistryRecord(
                RegisteredModel(
                    name=row["name"],
                    creation_timestamp=row["creation_time"],
                    last_updated_timestamp=row["last_updated_time"],
                    description=row["description"],
                    tags=_texts(model_tags[row["name"]]),
                    aliases={alias: str(version) for alias, version in aliases[row["name"]]},
                ),
                versions[row["name"]],
            )
            for row in self._rows(
                "registered_models", "name creation_time last_updated_time description", "ORDER BY name"
            )
        ]

    # rows ----------------------------------------------------------------------------------------

    def _rows(self, table: str, columns: str, rest: str = "", *values: object) -> list[Row]:
        """Return rows as dictionaries; what this version of the schema does not have is None."""
        if table not in self._tables:
            return []
        wanted = columns.split()
        shown = ", ".join(name if name in self._columns[table] else f"NULL AS {name}" for name in wanted)
        found = self._connection.execute(f"SELECT {shown} FROM {table} {rest}", values)  # noqa: S608 - names of our own
        return [dict(zip(wanted, row, strict=True)) for row in found]

    @cached_property
    def _columns(self) -> Mapping[str, set[str]]:
        return {
            table: {row[1] for row in self._connection.execute(f'PRAGMA table_info("{table}")')}
            for table in self._tables
        }

    def _grouped(self, table: str, owner: str, *columns: str) -> Mapping[Any, list[tuple[Any, ...]]]:
        grouped: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
        for row in self._rows(table, " ".join((owner, *columns))):
            grouped[row[owner]].append(tuple(row[name] for name in columns))
        return grouped

    def _key_values(self, table: str, run_id: str) -> dict[str, str]:
        rows = self._connection.execute(
            f'SELECT "key", value FROM {table} WHERE run_uuid = ? ORDER BY "key"',  # noqa: S608 - one of two names
            (run_id,),
        )
        return _texts(rows)

    def _points(self, run_id: str) -> Iterator[Points]:
        """Give the points of a run, of one metric after the other, piece by piece."""
        rows = self._connection.execute(
            'SELECT "key", step, timestamp, value, is_nan FROM metrics WHERE run_uuid = ? '
            'ORDER BY "key", step, timestamp',
            (run_id,),
        )
        while some := rows.fetchmany(_POINTS_AT_ONCE):
            for key, group in groupby(some, key=_first):
                yield _as_points(key, list(group))

    def _inputs(self, run_id: str) -> RunInputs:
        if "inputs" not in self._tables:
            return RunInputs()
        rows = self._connection.execute(
            "SELECT input_uuid, source_type, source_id FROM inputs WHERE destination_id = ? AND destination_type <> ?",
            (run_id, "MODEL_OUTPUT"),
        ).fetchall()
        datasets = [entry for uuid, kind, id_ in rows if kind == "DATASET" for entry in self._dataset(uuid, id_)]
        models = [LoggedModelInput(id_) for _, kind, id_ in rows if kind != "DATASET" and id_.startswith("m-")]
        return RunInputs(datasets, models)

    def _dataset(self, input_uuid: str, dataset_uuid: str) -> Iterator[DatasetInput]:
        columns = "name digest dataset_source_type dataset_source dataset_schema dataset_profile"
        for row in self._rows("datasets", columns, "WHERE dataset_uuid = ?", dataset_uuid):
            tags = self._rows("input_tags", "name value", "WHERE input_uuid = ?", input_uuid)
            yield DatasetInput(Dataset(*row.values()), [InputTag(tag["name"], tag["value"]) for tag in tags])

    def _outputs(self, run_id: str) -> RunOutputs:
        rows = self._rows(
            "inputs", "destination_id step", "WHERE source_id = ? AND destination_type = 'MODEL_OUTPUT'", run_id
        )
        return RunOutputs([LoggedModelOutput(row["destination_id"], row["step"] or 0) for row in rows])

    @cached_property
    def _measured(self) -> Mapping[str, list[Metric]]:
        """Points of models by run: MLflow has a model's whole series."""
        return by_run(chain.from_iterable(self._model_metrics.values()))

    @cached_property
    def _model_metrics(self) -> Mapping[str, list[Metric]]:
        metrics: dict[str, list[Metric]] = defaultdict(list)
        of_run = {
            row["run_uuid"] + row["key"] for row in self._rows("latest_metrics", "run_uuid key", "WHERE is_nan = 1")
        }
        for row in self._rows(
            "logged_model_metrics",
            "model_id metric_name metric_timestamp_ms metric_step metric_value run_id dataset_name dataset_digest",
        ):
            value = row["metric_value"]
            # Without a flag of its own, NaN is 0 here; the run's own point tells.
            is_nan = value is None or (value == 0 and row["run_id"] + row["metric_name"] in of_run)
            metrics[row["model_id"]].append(
                Metric(
                    row["metric_name"],
                    _value(0.0 if value is None else value, is_nan),
                    row["metric_timestamp_ms"],
                    row["metric_step"],
                    row["model_id"],
                    row["dataset_name"],
                    row["dataset_digest"],
                    row["run_id"],
                )
            )
        return metrics


def _version(row: Row, tags: Mapping[str, str]) -> VersionRecord:
    version = ModelVersion(
        name=row["name"],
        version=str(row["version"]),
        creation_timestamp=row["creation_time"] or 0,
        last_updated_timestamp=row["last_updated_time"],
        description=row["description"],
        user_id=row["user_id"],
        current_stage=row["current_stage"] or "None",
        source=row["source"],
        run_id=row["run_id"] or None,
        status=row["status"] or "READY",
        status_message=row["status_message"],
        tags=_texts(tags.items()),
        run_link=row["run_link"],
    )
    return VersionRecord(version, row["storage_location"] or None)


def _first(row: Sequence[Any]) -> Any:
    return row[0]


def _as_points(key: str, rows: Sequence[tuple[Any, ...]]) -> Points:
    import numpy as np

    _, steps, timestamps, values, nan_flags = zip(*rows, strict=True)
    column = np.array(values, dtype=float)
    column[np.abs(column) == sys.float_info.max] *= math.inf
    column[np.array(nan_flags, dtype=bool)] = math.nan
    return Points(key, np.array(steps, dtype=np.int64), np.array(timestamps, dtype=np.int64), column)


def _value(value: float, is_nan: object) -> float:
    if is_nan:
        return math.nan
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else float(value)


def _texts(items: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in items}
