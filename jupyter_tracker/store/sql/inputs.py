"""What runs read and wrote: data sets and logged models."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

from jupyter_tracker.entities import Dataset, DatasetInput, LoggedModelOutput, limits
from jupyter_tracker.store.inputs import DATASET_FIELDS, check_inputs
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.dialects import insert_one, put
from jupyter_tracker.store.sql.runs import active_run
from jupyter_tracker.store.sql.schema import datasets as dataset_table
from jupyter_tracker.store.sql.schema import inputs, model_io, runs


def log_inputs(
    store: SqlAccess, run_id: str, datasets: Sequence[DatasetInput] = (), model_ids: Sequence[str] = ()
) -> None:
    """See `Store.log_inputs`."""
    check_inputs(datasets)
    with store.write() as connection:
        run = active_run(connection, run_id)
        experiment = connection.execute(sa.select(runs.c.experiment_id).where(runs.c.run == run)).scalar_one()
        for entry in datasets:
            dataset = _dataset_key(connection, experiment, entry.dataset)
            same = sa.select(inputs.c.tags).where(inputs.c.run == run, inputs.c.dataset == dataset)
            known = json.loads(connection.execute(same).scalar() or "{}")
            tags = json.dumps({**known, **{tag.key: tag.value for tag in entry.tags}})
            put(connection, inputs, [{"run": run, "dataset": dataset, "tags": tags}])
        _link(connection, run, [(model_id, 0) for model_id in model_ids], is_output=False)


def log_outputs(store: SqlAccess, run_id: str, models: Sequence[LoggedModelOutput]) -> None:
    """See `Store.log_outputs`."""
    steps = [(model.model_id, limits.check_step(model.step)) for model in models]
    with store.write() as connection:
        _link(connection, active_run(connection, run_id), steps, is_output=True)


def _link(connection: sa.Connection, run: int, models: Sequence[tuple[str, int]], *, is_output: bool) -> None:
    rows = [{"run": run, "model_id": model_id, "is_output": is_output, "step": step} for model_id, step in models]
    put(connection, model_io, rows)


def _dataset_key(connection: sa.Connection, experiment: int, dataset: Dataset) -> int:
    same = sa.select(dataset_table.c.dataset).where(
        dataset_table.c.experiment_id == experiment,
        dataset_table.c.name == dataset.name,
        dataset_table.c.digest == dataset.digest,
    )
    found: int | None = connection.execute(same).scalar()
    if found is not None:
        return found
    values = {name: getattr(dataset, name) for name in DATASET_FIELDS}
    return insert_one(connection, dataset_table, experiment_id=experiment, **values)
