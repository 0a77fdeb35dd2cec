"""Making runs: what is checked before, and the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_tracker.entities import Run, RunData, RunInfo, RunTag, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.experiment import LifecycleStage
from jupyter_tracker.entities.names import random_name
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.store.base import NewRun
from jupyter_tracker.store.journal.checks import checked_tags
from jupyter_tracker.store.sql import sqlite_text as text
from jupyter_tracker.store.sql.connection import sqlite3
from jupyter_tracker.store.sql.locations import run_artifact_uri

if TYPE_CHECKING:
    from sqlite3 import Connection

RUN_NAME_TAG = "mlflow.runName"
_ROWS_AT_ONCE = 2000


def new_run(
    experiment_id: str,
    user_id: str,
    start_time: int | None,
    tags: Mapping[str, str] | None,
    run_name: str | None,
) -> NewRun:
    """Return a run that is to be made, checked; named where it has no name."""
    labels = dict(tags or {})
    name = run_name or labels.get(RUN_NAME_TAG) or random_name()
    labels = checked_tags({**labels, RUN_NAME_TAG: name})
    start = now_ms() if start_time is None else limits.check_timestamp(start_time)
    return NewRun(str(experiment_number(experiment_id)), name, user_id, start, labels)


def active_experiment(connection: Connection, experiment_id: str, path: Path) -> Sequence[object]:
    """Return the row of an experiment that takes runs."""
    row: Sequence[object] | None = connection.execute(text.EXPERIMENT_BY_ID, (experiment_id,)).fetchone()
    if row is None:
        raise ResourceDoesNotExistError(f"No Experiment with id={experiment_id} exists in {path}.")
    if row[3] != LifecycleStage.ACTIVE:
        raise InvalidParameterError(
            f"The experiment {row[1]!r} (id {experiment_id}) is deleted: it must be in the 'active' state to "
            "take runs. Restore it, or choose another."
        )
    return row


def insert_run(
    connection: Connection, run_id: str, new: NewRun, status: str | None = None, end_time: int | None = None
) -> int | None:
    """Insert a run without its tags, RUNNING where it has not ended already.

    Returns its key, or None where the store has such a run: it is left as it is.
    """
    name = new.tags.get(RUN_NAME_TAG) or new.run_name
    values = (run_id, new.experiment_id, name, new.user_id, status or "RUNNING", new.start_time, end_time)
    try:
        cursor = connection.execute(text.NEW_RUN, values)
    except sqlite3.IntegrityError as error:
        raise ResourceDoesNotExistError(
            f"Run {run_id} cannot be stored: its experiment {new.experiment_id} has been removed for good."
        ) from error
    return int(cursor.lastrowid or 0) if cursor.rowcount else None


def put_tags(connection: Connection, tags: Sequence[tuple[int, str, str]]) -> None:
    """Set tags, each a run's key, a tag's key and its value."""
    for start in range(0, len(tags), _ROWS_AT_ONCE):
        some = tags[start : start + _ROWS_AT_ONCE]
        values = [value for row in some for value in row]
        connection.execute(text.NEW_TAGS + text.rows(len(some), 3) + text.ON_TAGS, values)


def as_run(run_id: str, new: NewRun, root: Path, location: str) -> Run:
    """Return a run that has just been made, in an experiment at `location`."""
    uri = run_artifact_uri(root, None, location, run_id)
    info = RunInfo(
        run_id,
        new.experiment_id,
        new.user_id,
        "RUNNING",
        new.start_time,
        None,
        LifecycleStage.ACTIVE,
        uri,
        new.run_name,
    )
    return Run(info, RunData(tags=[RunTag(*tag) for tag in new.tags.items()]))


def _meant(given: object) -> str:
    """Return what a text may have been meant as that is no id."""
    if isinstance(given, str) and any(sign in given for sign in "=<>"):
        return " A filter is given as filter_string='…'."
    return ""


def experiment_number(experiment_id: object) -> int:
    """Return the database's key of an experiment id, which is text of digits."""
    if isinstance(experiment_id, int) and not isinstance(experiment_id, bool):
        experiment_id = str(experiment_id)
    if not isinstance(experiment_id, str) or not experiment_id.isdecimal():
        raise InvalidParameterError(
            f"Invalid experiment id {experiment_id!r}: digits are expected, as in '0'. Use "
            f"get_experiment_by_name() to look one up by name.{_meant(experiment_id)}"
        )
    # No experiment has an id beyond 64 bits, and SQLite takes no such number.
    return min(int(experiment_id), limits.INT64_MAX)
