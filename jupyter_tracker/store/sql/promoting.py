"""Moving a model into a stage in one transaction: the version, the move, and the archiving of who was there."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from jupyter_tracker.entities import ModelVersion, limits
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.entities.registry import EXCLUSIVE_STAGES, check_stage
from jupyter_tracker.entities.registry_event import Action, Change
from jupyter_tracker.store.registry import Candidate, check_expected, is_candidate
from jupyter_tracker.store.sql.access import SqlAccess
from jupyter_tracker.store.sql.fetching import fetched
from jupyter_tracker.store.sql.model_versions import insert_version, move_to_stage
from jupyter_tracker.store.sql.registry_events import record
from jupyter_tracker.store.sql.registry_rows import (
    VERSION_COLUMNS,
    check_tags,
    one_version,
    touch_model,
    versions_of,
)
from jupyter_tracker.store.sql.schema import model_versions, registered_models


def promote_candidate(
    store: SqlAccess, name: str, candidate: Candidate, stage: str, expected: Sequence[str]
) -> ModelVersion:
    """See `Store.promote_candidate`."""
    limits.check_model_name(name)
    stage = check_stage(stage)
    check_tags(candidate.tags)
    with store.write() as connection:
        _make_model(connection, name)
        query = sa.select(*VERSION_COLUMNS).where(model_versions.c.name == name).order_by(model_versions.c.version)
        versions = versions_of(connection, fetched(connection, query))
        check_expected(name, stage, versions, expected)
        same = [version.version for version in versions if is_candidate(version, candidate)]
        if not same:
            values = {"run_id": candidate.run_id, "model_id": candidate.model_id}
            same = [insert_version(store, connection, name, candidate.source, candidate.tags, values).version]
        move_to_stage(connection, name, same[-1], stage, archive=stage in EXCLUSIVE_STAGES)
        return one_version(connection, name, same[-1])


def _make_model(connection: sa.Connection, name: str) -> None:
    known = sa.select(registered_models.c.name).where(registered_models.c.name == name)
    if connection.execute(known).first() is not None:
        touch_model(connection, name)
        return
    now = now_ms()
    connection.execute(
        sa.insert(registered_models).values(name=name, creation_timestamp=now, last_updated_timestamp=now)
    )
    record(connection, Change(Action.CREATE_MODEL, name))
