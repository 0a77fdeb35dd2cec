"""The rows of a run table: one run each, or one group of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_tracker.entities import LifecycleStage, Run
from jupyter_tracker.views.common import RunStatus, cut, run_status
from jupyter_tracker.views.table_columns import TableColumn
from jupyter_tracker.wire.numbers import JsonNumber, number_to_json


@dataclass(frozen=True)
class TableRow:
    """One run of a table."""

    run_id: str
    name: str
    status: RunStatus
    start_time_ms: int
    deleted: bool
    """In the trash."""
    cells: list[JsonNumber | str | None]
    """Aligned with the first of the view's columns; null where the run has no such value."""
    experiment_id: str = ""


@dataclass(frozen=True)
class GroupCell:
    """A metric of a group of runs."""

    mean: JsonNumber
    std: JsonNumber | None
    """Of the sample; null for a single run."""
    n: int
    """Runs that have a number here."""


@dataclass(frozen=True)
class GroupRow:
    """The runs of one value of what the table is grouped by."""

    value: str | None
    """Null for the runs that have none."""
    n: int
    filter: str
    """What finds these runs, beside the table's own filter."""
    cells: list[GroupCell | None]
    """Aligned with the view's columns."""


def table_row(run: Run, columns: Sequence[TableColumn], experiments: Mapping[str, str]) -> TableRow:
    """Return a run as a row; `experiments` are names by id."""
    return TableRow(
        run_id=run.info.run_id,
        name=run.info.run_name or run.info.run_id,
        status=run_status(run.info.status),
        start_time_ms=run.info.start_time,
        deleted=run.info.lifecycle_stage != LifecycleStage.ACTIVE,
        cells=[cell_of(run, column, experiments) for column in columns],
        experiment_id=run.info.experiment_id,
    )


def cell_of(
    run: Run, column: TableColumn, experiments: Mapping[str, str], *, whole: bool = False
) -> JsonNumber | str | None:
    """Return what stands under a column: a number, a text, or None; a long text is cut unless the `whole` is wanted."""
    group, _, key = column.id.partition(".")
    if group == "metrics":
        value = run.data.metrics.get(key)
        return None if value is None else number_to_json(value)
    if group == "attributes":
        return _attribute(run, key, experiments)
    text = (run.data.params if group == "params" else run.data.tags).get(key)
    return text if text is None or whole else cut(text)


def _attribute(run: Run, name: str, experiments: Mapping[str, str]) -> JsonNumber | str | None:
    info = run.info
    if name == "duration":
        return None if info.end_time is None else info.end_time - info.start_time
    if name == "experiment_id":
        return experiments.get(info.experiment_id, info.experiment_id)
    value: JsonNumber | str | None = getattr(info, name)
    return value
