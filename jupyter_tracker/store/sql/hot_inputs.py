"""Data sets that a run read, on the SQLite driver itself: an autologged fit need not wait for SQLAlchemy.

`inputs` does the same through SQLAlchemy, on servers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_tracker.entities import Dataset, DatasetInput
from jupyter_tracker.store.inputs import DATASET_FIELDS
from jupyter_tracker.store.sql import sqlite_text as text

if TYPE_CHECKING:
    from sqlite3 import Connection


def put_inputs(
    connection: Connection, run: int, experiment: int, datasets: Sequence[DatasetInput], model_ids: Sequence[str]
) -> None:
    """Write that a run read data sets and models; the tags of one that it has read already are joined."""
    for entry in datasets:
        dataset = _dataset_key(connection, experiment, entry.dataset)
        row = connection.execute(text.INPUT_TAGS, (run, dataset)).fetchone()
        tags = {**(json.loads(row[0]) if row else {}), **{tag.key: tag.value for tag in entry.tags}}
        connection.execute(text.NEW_INPUT, (run, dataset, json.dumps(tags)))
    for model_id in model_ids:
        connection.execute(text.NEW_MODEL_INPUT, (run, model_id))


def _dataset_key(connection: Connection, experiment: int, dataset: Dataset) -> int:
    row = connection.execute(text.DATASET, (experiment, dataset.name, dataset.digest)).fetchone()
    if row is not None:
        return int(row[0])
    values = [getattr(dataset, name) for name in DATASET_FIELDS]
    return int(connection.execute(text.NEW_DATASET, (experiment, *values)).lastrowid or 0)
