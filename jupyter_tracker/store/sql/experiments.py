"""Experiments: search, names, tags and the trash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from jupyter_tracker.entities import Experiment, LifecycleStage, PagedList, ViewType, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import InvalidParameterError, ResourceAlreadyExistsError, ResourceDoesNotExistError
from jupyter_tracker.search import fields
from jupyter_tracker.search.grammar import parse_filter
from jupyter_tracker.search.ordering import parse_order
from jupyter_tracker.search.tree import Name
from jupyter_tracker.store.sql import filters, names, places
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.dialects import put
from jupyter_tracker.store.sql.fetching import tags_by_owner
from jupyter_tracker.store.sql.new_runs import experiment_number
from jupyter_tracker.store.sql.paging import page_of
from jupyter_tracker.store.sql.rows import experiment_of
from jupyter_tracker.store.sql.schema import experiment_tags, experiments, runs


def search_experiments(
    store: SqlAccess,
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = 1000,
    filter_string: str | None = None,
    order_by: Sequence[str] | None = None,
    page_token: str | None = None,
) -> PagedList[Experiment]:
    """See `Store.search_experiments`."""
    limits.check_max_results(max_results)
    tree = parse_filter(filter_string, fields.EXPERIMENTS)
    orderings = parse_order(order_by, fields.EXPERIMENTS)
    query = sa.select(*experiments.c).where(
        experiments.c.lifecycle_stage.in_(stages_of(view_type)), filters.where(tree, places.EXPERIMENTS)
    )
    query = filters.order_by(query, orderings, places.EXPERIMENTS)
    if Name("attribute", "creation_time") not in {ordering.name for ordering in orderings}:
        query = query.order_by(experiments.c.creation_time.desc())
    query = query.order_by(experiments.c.experiment_id.desc())
    with store.read() as connection:
        rows, token = page_of(connection, query, max_results, page_token)
        named = [dict(zip(experiments.c.keys(), row, strict=True)) for row in rows]
        tags = tags_by_owner(connection, experiment_tags, [row["experiment_id"] for row in named])
    return PagedList((experiment_of(store.root, row, tags.get(row["experiment_id"], {})) for row in named), token)


def rename_experiment(store: SqlAccess, experiment_id: str, new_name: str) -> None:
    """See `Store.rename_experiment`."""
    limits.check_experiment_name(new_name)
    with store.write() as connection:
        number = active_experiment(connection, experiment_id)
        taken = connection.execute(
            sa.select(experiments.c.experiment_id).where(
                experiments.c.name == new_name, experiments.c.experiment_id != number
            )
        ).scalar()
        if taken is not None:
            raise ResourceAlreadyExistsError(
                f"Experiment {new_name!r} already exists (id {taken}), perhaps in the trash. Choose another name."
            )
        _update(connection, number, name=new_name)


def delete_experiment(store: SqlAccess, experiment_id: str) -> None:
    """See `Store.delete_experiment`."""
    with store.write() as connection:
        number, stage, _ = _experiment(connection, experiment_id)
        if stage != LifecycleStage.ACTIVE:
            raise ResourceDoesNotExistError(f"No active experiment with id={experiment_id!r} exists: it is deleted.")
        now = now_ms()
        # The same moment in both is how `restore_experiment` knows which runs went with it.
        _update(connection, number, lifecycle_stage=LifecycleStage.DELETED, last_update_time=now)
        connection.execute(
            sa.update(runs)
            .where(runs.c.experiment_id == number, runs.c.lifecycle_stage == LifecycleStage.ACTIVE)
            .values(lifecycle_stage=LifecycleStage.DELETED, deleted_time=now)
        )
    store.park_deleted()


def restore_experiment(store: SqlAccess, experiment_id: str) -> None:
    """See `Store.restore_experiment`."""
    with store.write() as connection:
        number, stage, deleted_time = _experiment(connection, experiment_id)
        if stage != LifecycleStage.DELETED:
            raise ResourceDoesNotExistError(f"No deleted experiment with id={experiment_id!r} exists: it is active.")
        names.take_back(connection, number)
        _update(connection, number, lifecycle_stage=LifecycleStage.ACTIVE)
        connection.execute(
            sa.update(runs)
            .where(
                runs.c.experiment_id == number,
                runs.c.lifecycle_stage == LifecycleStage.DELETED,
                runs.c.deleted_time == deleted_time,
            )
            .values(lifecycle_stage=LifecycleStage.ACTIVE, deleted_time=None)
        )


def set_experiment_tag(store: SqlAccess, experiment_id: str, key: str, value: str) -> None:
    """See `Store.set_experiment_tag`."""
    limits.check_key(key, "Tag")
    limits.check_text(value, limits.MAX_EXPERIMENT_TAG_VALUE, f"The value of experiment tag {key!r}")
    with store.write() as connection:
        number = active_experiment(connection, experiment_id)
        put(connection, experiment_tags, [{"experiment_id": number, "key": key, "value": value}])
        _update(connection, number)


def delete_experiment_tag(store: SqlAccess, experiment_id: str, key: str) -> None:
    """See `Store.delete_experiment_tag`."""
    with store.write() as connection:
        number = active_experiment(connection, experiment_id)
        gone = connection.execute(
            sa.delete(experiment_tags).where(experiment_tags.c.experiment_id == number, experiment_tags.c.key == key)
        )
        if not gone.rowcount:
            raise ResourceDoesNotExistError(f"No tag with name {key!r} in experiment with id {experiment_id!r}.")
        _update(connection, number)


def active_experiment(connection: sa.Connection, experiment_id: str) -> int:
    """Return the key of an active experiment; InvalidParameterError where it is deleted."""
    number, stage, _ = _experiment(connection, experiment_id)
    if stage != LifecycleStage.ACTIVE:
        raise InvalidParameterError(
            f"The experiment {experiment_id!r} must be in the 'active' state, but it is {stage!r}. Restore it first."
        )
    return number


def numbers_of(experiment_ids: Sequence[str]) -> list[int]:
    """Return the keys that these ids name; numbers too large for any are left out."""
    if isinstance(experiment_ids, str):
        raise InvalidParameterError(f"experiment_ids must be a list of ids, such as [{experiment_ids!r}].")
    numbers = map(experiment_number, experiment_ids)
    return [number for number in numbers if number <= limits.INT64_MAX]


def stages_of(view_type: int) -> list[str]:
    """Return the lifecycle stages that a view type shows."""
    try:
        return _STAGES[view_type]
    except (KeyError, TypeError):
        raise limits.no_view_type(view_type) from None


_STAGES = {
    ViewType.ACTIVE_ONLY: [LifecycleStage.ACTIVE],
    ViewType.DELETED_ONLY: [LifecycleStage.DELETED],
    ViewType.ALL: [LifecycleStage.ACTIVE, LifecycleStage.DELETED],
}


def _experiment(connection: sa.Connection, experiment_id: str) -> tuple[int, str, int]:
    query = sa.select(experiments.c.experiment_id, experiments.c.lifecycle_stage, experiments.c.last_update_time)
    row = connection.execute(query.where(experiments.c.experiment_id.in_(numbers_of([experiment_id])))).one_or_none()
    if row is None:
        raise ResourceDoesNotExistError(f"No Experiment with id={experiment_id!r} exists.")
    return row[0], row[1], row[2]


def _update(connection: sa.Connection, number: int, **values: Any) -> None:
    connection.execute(
        sa.update(experiments)
        .where(experiments.c.experiment_id == number)
        .values(**{"last_update_time": now_ms(), **values})
    )
