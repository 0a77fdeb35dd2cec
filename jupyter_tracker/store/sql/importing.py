"""Whole experiments, runs and logged models from elsewhere, many in one transaction, with their ids.

What is there already stays as it is, so everything here may be repeated. Only the series of models and data sets that a
run lacks are added: older exports had none.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import Dataset, Experiment, LifecycleStage, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.store.sql import schema as s
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.column_types import flagged
from jupyter_tracker.store.sql.experiments import numbers_of
from jupyter_tracker.store.sql.locations import stored_location
from jupyter_tracker.store.sql.logged_model_metrics import origin_of
from jupyter_tracker.store.sql.measured_points import row_of
from jupyter_tracker.store.sql.names import holder
from jupyter_tracker.store.sql.spool import ChunkSpool, SpooledRun
from jupyter_tracker.store.upkeep import ModelRecord, RunRecord

_ROWS_AT_ONCE = 2000
_BYTES_AT_ONCE = 8 << 20
_SERIES = ("run", "key", "model_id", "dataset_name", "dataset_digest")
_DATASET_TEXTS = ("source_type", "source", "schema", "profile")


def import_experiments(store: SqlAccess, experiments: Sequence[Experiment]) -> dict[str, Experiment]:
    """See `Store.import_experiments`."""
    with store.write() as connection:
        numbers = {each.experiment_id: _experiment_number(connection, each) for each in experiments}
        if connection.dialect.name == "postgresql":
            # Ids that were given do not move the sequence on.
            connection.exec_driver_sql(
                "SELECT setval(pg_get_serial_sequence('experiments', 'experiment_id'), "
                "(SELECT max(experiment_id) + 1 FROM experiments), false)"
            )
    return {source: store.get_experiment(str(number)) for source, number in numbers.items()}


def import_runs(store: SqlAccess, records: Sequence[RunRecord]) -> list[str]:
    """See `Store.import_runs`."""
    by_id = {record.run.info.run_id: record for record in records}
    with store.read() as connection:
        known = _known(connection, s.runs.c.run_id, by_id)
    with ChunkSpool() as spool:
        # Encoded before the transaction begins, so that the lock is held for writing only.
        spooled = {run_id: spool.add(record.metrics()) for run_id, record in by_id.items() if run_id not in known}
        with store.write() as connection:
            known = _known(connection, s.runs.c.run_id, spooled)
            new = [by_id[run_id] for run_id in spooled if run_id not in known]
            keys = _insert_runs(connection, store, new)
            _insert_logged(connection, new, keys)
            _insert_inputs(connection, new, keys)
            _insert_metrics(connection, spool, {keys[run_id]: spooled[run_id] for run_id in keys})
            many(connection, s.measured_points, _measured_rows(connection, new, keys))
            _add_missing_series(connection, [record for run_id, record in by_id.items() if run_id not in keys])
    return list(keys)


def import_logged_models(store: SqlAccess, records: Sequence[ModelRecord]) -> list[str]:
    """See `Store.import_logged_models`."""
    by_id = {record.model.model_id: record for record in records}
    with store.write() as connection:
        known = _known(connection, s.logged_models.c.model_id, by_id)
        new = {model_id: record for model_id, record in by_id.items() if model_id not in known}
        many(connection, s.logged_models, [_model_row(store, record) for record in new.values()])
        for table, attribute, limit in (
            (s.logged_model_tags, "tags", limits.MAX_TAG_VALUE),
            (s.logged_model_params, "params", limits.MAX_PARAM_VALUE),
        ):
            rows = [
                {"model_id": model_id, **row}
                for model_id, record in new.items()
                for row in key_values(getattr(record.model, attribute), limit)
            ]
            many(connection, table, rows)
        many(connection, s.logged_model_metrics, _model_metrics(new.values(), connection.dialect.name))
    return list(new)


def many(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        connection.execute(sa.insert(table), rows[start : start + _ROWS_AT_ONCE])


def key_values(values: Mapping[str, str], limit: int) -> list[dict[str, str]]:
    """Return tags or params as rows without their owner, cut to what the columns take."""
    kept = {clean(key, limits.MAX_KEY): clean(value, limit) for key, value in values.items()}
    return [{"key": key, "value": value} for key, value in kept.items()]


def clean(text: object, limit: int) -> str:
    """Return text as every database takes it: no NUL, no half of a surrogate pair, not too long."""
    return str(text)[:limit].replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _known(connection: sa.Connection, column: sa.Column[str], ids: Iterable[str]) -> set[str]:
    asked = list(ids)
    found: set[str] = set()
    for start in range(0, len(asked), _ROWS_AT_ONCE):
        some = asked[start : start + _ROWS_AT_ONCE]
        found.update(connection.execute(sa.select(column).where(column.in_(some))).scalars())
    return found


def _experiment_number(connection: sa.Connection, experiment: Experiment) -> int:
    name = clean(experiment.name, limits.MAX_EXPERIMENT_NAME)
    found = holder(connection, name)
    if found is not None:
        return int(found.experiment_id)
    values: dict[str, Any] = {
        "name": name,
        "artifact_location": "",
        "lifecycle_stage": experiment.lifecycle_stage,
        "creation_time": experiment.creation_time or now_ms(),
        "last_update_time": experiment.last_update_time or now_ms(),
    }
    table = s.experiments.c
    wanted = numbers_of([experiment.experiment_id]) if experiment.experiment_id.isdecimal() else []
    if wanted and connection.execute(sa.select(table.name).where(table.experiment_id == wanted[0])).first() is None:
        values["experiment_id"] = wanted[0]
    number = _inserted(connection, sa.insert(s.experiments).values(**values))
    where = sa.update(s.experiments).where(table.experiment_id == number)
    connection.execute(where.values(artifact_location=f"artifacts/{number}"))
    tags = key_values(experiment.tags, limits.MAX_EXPERIMENT_TAG_VALUE)
    many(connection, s.experiment_tags, [{"experiment_id": number, **row} for row in tags])
    return number


def _inserted(connection: sa.Connection, row: sa.Insert) -> int:
    """Insert a row and return the key that the database gave it."""
    key = connection.execute(row).inserted_primary_key
    assert key is not None  # noqa: S101 - one row was inserted
    return int(key[0])


def _insert_runs(connection: sa.Connection, store: SqlAccess, records: Sequence[RunRecord]) -> dict[str, int]:
    """Insert the rows of runs; return their keys by run id."""
    table = s.experiments.c
    numbers = {record.run.info.experiment_id: 0 for record in records}
    ids = numbers_of(list(numbers))
    query = sa.select(table.experiment_id, table.lifecycle_stage, table.last_update_time)
    homes = {str(row[0]): row for row in connection.execute(query.where(table.experiment_id.in_(ids)))}
    for missing in set(numbers) - set(homes):
        raise ResourceDoesNotExistError(f"No Experiment with id={missing!r} exists: import the experiments first.")
    rows = [_run_row(store, record, homes[record.run.info.experiment_id]) for record in records]
    many(connection, s.runs, rows)
    keys: dict[str, int] = {}
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = [row["run_id"] for row in rows[start : start + _ROWS_AT_ONCE]]
        found = connection.execute(sa.select(s.runs.c.run_id, s.runs.c.run).where(s.runs.c.run_id.in_(some)))
        keys.update((run_id, run) for run_id, run in found)
    return keys


def _run_row(store: SqlAccess, record: RunRecord, home: Sequence[Any]) -> dict[str, Any]:
    info = record.run.info
    stage, deleted_time = info.lifecycle_stage, None
    number, home_stage, home_deleted = home
    if home_stage == LifecycleStage.DELETED:
        # Restoring an experiment brings back the runs that went at its very moment, or later.
        deleted_time = min(home_deleted, record.deleted_time or home_deleted)
        stage = LifecycleStage.DELETED
    elif stage == LifecycleStage.DELETED:
        deleted_time = record.deleted_time or now_ms()
    return {
        "run_id": limits.check_run_id(info.run_id),
        "experiment_id": number,
        "run_name": clean(info.run_name or "", limits.MAX_TAG_VALUE),
        "user_id": clean(info.user_id or "", 256),
        "status": limits.check_status(info.status),
        "start_time": info.start_time or 0,
        "end_time": info.end_time,
        "lifecycle_stage": stage,
        "deleted_time": deleted_time,
        "artifact_uri": stored_location(store.root, record.artifact_uri) if record.artifact_uri else None,
    }


def _insert_logged(connection: sa.Connection, records: Sequence[RunRecord], keys: Mapping[str, int]) -> None:
    for table, attribute, limit in (
        (s.params, "params", limits.MAX_PARAM_VALUE),
        (s.tags, "tags", limits.MAX_TAG_VALUE),
    ):
        rows = [
            {"run": keys[record.run.info.run_id], **row}
            for record in records
            for row in key_values(getattr(record.run.data, attribute), limit)
        ]
        many(connection, table, rows)


def _insert_metrics(connection: sa.Connection, spool: ChunkSpool, runs: Mapping[int, SpooledRun]) -> None:
    waiting: list[dict[str, Any]] = []
    size = 0
    for run, spooled in runs.items():
        for row in spool.rows(run, spooled):
            waiting.append(row)
            size += len(row["data"])
            if size > _BYTES_AT_ONCE:
                many(connection, s.metric_chunks, waiting)
                waiting, size = [], 0
    many(connection, s.metric_chunks, waiting)
    latest = [{"run": run, "key": key, **point} for run, each in runs.items() for key, point in each.latest.items()]
    for row in latest:
        row["value"], row["is_nan"] = flagged(row["value"], connection.dialect.name)
    many(connection, s.latest_metrics, latest)


def _measured_rows(
    connection: sa.Connection, records: Sequence[RunRecord], keys: Mapping[str, int]
) -> list[dict[str, Any]]:
    return [
        {
            **row_of(keys[record.run.info.run_id], metric, connection.dialect.name),
            "key": clean(metric.key, limits.MAX_KEY),
            "model_id": clean(metric.model_id or "", 64),
            "dataset_name": clean(metric.dataset_name or "", 500),
            "dataset_digest": clean(metric.dataset_digest or "", 36),
        }
        for record in records
        for metric in record.measured
    ]


def _add_missing_series(connection: sa.Connection, records: Sequence[RunRecord]) -> None:
    """Give runs that are here the series of models and data sets that they lack, of metrics that they have."""
    by_id = {record.run.info.run_id: record for record in records if record.measured}
    ids = list(by_id)
    point, latest = s.measured_points.c, s.latest_metrics.c
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        some = ids[start : start + _ROWS_AT_ONCE]
        query = sa.select(s.runs.c.run_id, s.runs.c.run).where(s.runs.c.run_id.in_(some))
        keys = dict(map(tuple, connection.execute(query)))
        runs = list(keys.values())
        metrics = set(map(tuple, connection.execute(sa.select(latest.run, latest.key).where(latest.run.in_(runs)))))
        series = [point[name] for name in _SERIES]
        here = set(map(tuple, connection.execute(sa.select(*series).where(point.run.in_(runs)).distinct())))
        rows = _measured_rows(connection, [by_id[run_id] for run_id in keys], keys)
        missing = [row for row in rows if tuple(row[name] for name in _SERIES) not in here]
        many(connection, s.measured_points, [row for row in missing if (row["run"], row["key"]) in metrics])


@dataclass
class _Datasets:
    """The data sets of the experiments that are being imported to: found or made once each."""

    connection: sa.Connection
    known: dict[tuple[int, str, str], int] = field(default_factory=dict)

    def key_of(self, experiment: int, dataset: Dataset) -> int:
        """Return the key of a data set."""
        name, digest = clean(dataset.name, 500), clean(dataset.digest, 36)
        found = self.known.get((experiment, name, digest))
        if found is None:
            found = self.known[experiment, name, digest] = self._stored(experiment, name, digest, dataset)
        return found

    def _stored(self, experiment: int, name: str, digest: str, dataset: Dataset) -> int:
        table = s.datasets.c
        same = sa.and_(table.experiment_id == experiment, table.name == name, table.digest == digest)
        found: int | None = self.connection.execute(sa.select(table.dataset).where(same)).scalar()
        if found is not None:
            return found
        texts = {key: getattr(dataset, key) for key in _DATASET_TEXTS}
        new = sa.insert(s.datasets).values(experiment_id=experiment, name=name, digest=digest, **texts)
        return _inserted(self.connection, new)


def _insert_inputs(connection: sa.Connection, records: Sequence[RunRecord], keys: Mapping[str, int]) -> None:
    datasets = _Datasets(connection)
    inputs: dict[tuple[int, int], dict[str, str]] = {}
    models: dict[tuple[int, str, bool], int] = {}
    for record in records:
        run, info = keys[record.run.info.run_id], record.run.info
        for entry in record.run.inputs.dataset_inputs:
            tags = inputs.setdefault((run, datasets.key_of(int(info.experiment_id), entry.dataset)), {})
            tags.update({tag.key: tag.value for tag in entry.tags})
        for model in record.run.inputs.model_inputs:
            models[run, model.model_id, False] = 0
        for output in record.run.outputs.model_outputs:
            models[run, output.model_id, True] = output.step
    many(
        connection,
        s.inputs,
        [{"run": run, "dataset": key, "tags": json.dumps(tags)} for (run, key), tags in inputs.items()],
    )
    rows = [{"run": run, "model_id": id_, "is_output": out, "step": step} for (run, id_, out), step in models.items()]
    many(connection, s.model_io, rows)


def _model_row(store: SqlAccess, record: ModelRecord) -> dict[str, Any]:
    model = record.model
    (number,) = numbers_of([model.experiment_id])
    return {
        "model_id": model.model_id,
        "experiment_id": number,
        "name": clean(model.name, 500),
        "artifact_location": stored_location(store.root, record.artifact_uri) if record.artifact_uri else None,
        "creation_timestamp": model.creation_timestamp,
        "last_updated_timestamp": model.last_updated_timestamp,
        "model_type": model.model_type,
        "source_run_id": model.source_run_id,
        "status": model.status,
        "status_message": model.status_message,
        "lifecycle_stage": LifecycleStage.DELETED if record.deleted else LifecycleStage.ACTIVE,
    }


def _model_metrics(records: Iterable[ModelRecord], dialect: str) -> list[dict[str, Any]]:
    """Return the latest point of each (model, metric, run, data set)."""
    latest: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for record in records:
        for metric in record.model.metrics:
            of = (metric.dataset_name or "", metric.dataset_digest or "")
            key = (record.model.model_id, metric.key[: limits.MAX_KEY], metric.run_id or "", *of)
            is_nan = math.isnan(metric.value)
            point = (metric.step, metric.timestamp, not is_nan, 0.0 if is_nan else float(metric.value))
            latest[key] = max(point, latest.get(key, point))
    names = ("model_id", "key", "run_id", "dataset_name", "dataset_digest")
    return [
        {
            **dict(zip(names, key, strict=True)),
            "origin": origin_of(*key[2:]),
            "step": step,
            "timestamp": timestamp,
            **dict(zip(("value", "is_nan"), flagged(value if is_number else None, dialect), strict=True)),
        }
        for key, (step, timestamp, is_number, value) in latest.items()
    ]
