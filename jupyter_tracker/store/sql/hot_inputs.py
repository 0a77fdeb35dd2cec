"""Data sets that a run read, on the SQLite driver itself: an autologged fit need not wait for SQLAlchemy.

`inputs` does the same through SQLAlchemy, on servers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_tracker.entities import Dataset, DatasetInput, limits
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.sql import sqlite_text as text

if TYPE_CHECKING:
    from sqlite3 import Connection

# MLflow's limits, in characters.
_LIMITS = {
    "name": 500,
    "digest": 36,
    "source_type": 36,
    "source": 65_535,
    "schema": 1_048_575,
    "profile": 16_777_215,
}
_TAG_KEY = 255
_TAG_VALUE = 500
DATASET_FIELDS = tuple(_LIMITS)


def check_inputs(datasets: Sequence[DatasetInput]) -> None:
    """Raise InvalidParameterError where there are too many, or one of them is too long or has no name."""
    if len(datasets) > limits.MAX_DATASETS:
        raise InvalidParameterError(
            f"At most {limits.MAX_DATASETS} datasets can be logged at once, but {len(datasets)} were given."
        )
    for entry in datasets:
        _check(entry)


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


def _check(entry: DatasetInput) -> None:
    for name, limit in _LIMITS.items():
        value = getattr(entry.dataset, name)
        if not value and name in {"name", "digest", "source_type", "source"}:
            raise InvalidParameterError(f"Dataset {name} cannot be empty (dataset {entry.dataset.name!r}).")
        if value is not None and len(value) > limit:
            raise InvalidParameterError(
                f"Dataset {name} exceeds the maximum length of {limit} characters: it has {len(value)}."
            )
    for tag in entry.tags:
        limits.check_text(tag.key, _TAG_KEY, "An input tag's key")
        limits.check_text(tag.value, _TAG_VALUE, f"The value of input tag {tag.key!r}")
