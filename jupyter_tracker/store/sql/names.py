"""The names of deleted experiments, which may be used again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import LifecycleStage, limits
from jupyter_tracker.errors import ResourceAlreadyExistsError
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.schema import experiment_tags, experiments

# The name that an experiment gave up in the trash.
NAME_TAG = "jupyter_tracker.name"


def free_experiment_name(store: SqlAccess, name: str) -> str | None:
    """See `Store.free_experiment_name`."""
    with store.write() as connection:
        row = holder(connection, name)
        if row is None or row.lifecycle_stage != LifecycleStage.DELETED:
            return None
        set_aside(connection, row.experiment_id, name)
        return str(row.experiment_id)


def holder(connection: sa.Connection, name: str) -> Any:
    """Return experiment_id and lifecycle_stage of the experiment of this name, or None."""
    table = experiments.c
    return connection.execute(
        sa.select(table.experiment_id, table.lifecycle_stage).where(table.name == name)
    ).one_or_none()


def set_aside(connection: sa.Connection, number: int, name: str) -> None:
    """Rename a deleted experiment so that its name is free, and remember the name."""
    ending = f" (deleted, id {number})"
    aside = name[: limits.MAX_EXPERIMENT_NAME - len(ending) - 4] + ending
    while holder(connection, aside) is not None:
        aside += "'"
    # `last_update_time` stays: it is when the experiment was deleted.
    connection.execute(sa.update(experiments).where(experiments.c.experiment_id == number).values(name=aside))
    connection.execute(sa.delete(experiment_tags).where(_tag_of(number)))
    connection.execute(sa.insert(experiment_tags).values(experiment_id=number, key=NAME_TAG, value=name))


def take_back(connection: sa.Connection, number: int) -> None:
    """Give an experiment that is being restored its own name again.

    Raises
    ------
    ResourceAlreadyExistsError
        Another experiment has it by now.
    """
    name = connection.execute(sa.select(experiment_tags.c.value).where(_tag_of(number))).scalar()
    if name is None:
        return
    row = holder(connection, name)
    if row is not None and row.lifecycle_stage == LifecycleStage.DELETED:
        set_aside(connection, row.experiment_id, name)
    elif row is not None:
        raise ResourceAlreadyExistsError(
            f"Experiment {number} cannot be restored: its name {name!r} now belongs to experiment {row.experiment_id}. "
            f"Rename that one first, TrackerClient().rename_experiment('{row.experiment_id}', 'another name'), or "
            "delete it, and restore again."
        )
    connection.execute(sa.delete(experiment_tags).where(_tag_of(number)))
    connection.execute(sa.update(experiments).where(experiments.c.experiment_id == number).values(name=name))


def _tag_of(number: int) -> sa.ColumnElement[bool]:
    return sa.and_(experiment_tags.c.experiment_id == number, experiment_tags.c.key == NAME_TAG)
