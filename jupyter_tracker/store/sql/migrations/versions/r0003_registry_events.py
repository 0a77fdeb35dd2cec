"""The history of the registry. For what is there already it begins with an event that states the present."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import sqlalchemy as sa
from alembic import op

from jupyter_tracker.store.sql.column_types import BigId, table_options, text, words

revision = "0003"
down_revision = "0002"

_ORDER = (
    "number", "timestamp", "action", "name", "version", "key", "before", "after", "run_id", "user", "verified",
    "source_type", "source_name", "cell", "comment",
)  # fmt: skip
_HEAD = "registry_head"


def upgrade() -> None:
    """Make the table, and an event for each registered model."""
    connection = op.get_bind()
    # MySQL commits each statement: here an earlier upgrade may have been cut short.
    op.execute("DROP TABLE IF EXISTS registry_events")
    table = op.create_table(
        "registry_events",
        sa.Column("number", BigId, autoincrement=False, nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("action", words(40), nullable=False),
        sa.Column("name", words(256), nullable=False),
        sa.Column("version", words(20)),
        sa.Column("key", words(255)),
        sa.Column("before", text()),
        sa.Column("after", text()),
        sa.Column("run_id", words(256)),
        sa.Column("user", words(256), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("source_type", words(16), nullable=False),
        sa.Column("source_name", text(), nullable=False),
        sa.Column("cell", words(256)),
        sa.Column("comment", text()),
        sa.Column("digest", words(64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        **table_options(connection.dialect),
    )
    op.create_index("registry_events_of_model", "registry_events", ["name", "number"])
    rows = _present(connection)
    op.bulk_insert(table, rows)
    info = sa.table("store_info", sa.column("key"), sa.column("value"))
    connection.execute(sa.delete(info).where(info.c.key == _HEAD))
    if rows:
        head = f"{len(rows)}:{rows[-1]['digest']}"
        connection.execute(sa.insert(info).values(key=_HEAD, value=head))


def _present(connection: sa.Connection) -> list[dict[str, Any]]:
    models = sa.table("registered_models", sa.column("name"))
    now, previous = time.time_ns() // 1_000_000, "0" * 64
    rows: list[dict[str, Any]] = []
    for name in connection.execute(sa.select(models.c.name).order_by(models.c.name)).scalars().all():
        row: dict[str, Any] = dict.fromkeys(_ORDER)
        row |= {"number": len(rows) + 1, "timestamp": now, "action": "begin_history", "name": name}
        row |= {"after": _state(connection, name), "user": "", "verified": False}
        row |= {"source_type": "API", "source_name": "upgrade of the database"}
        parts = [int(row[key]) if isinstance(row[key], bool) else row[key] for key in _ORDER]
        content = json.dumps([previous, *parts], ensure_ascii=True, separators=(",", ":"))
        previous = row["digest"] = hashlib.sha256(content.encode("ascii")).hexdigest()
        rows.append(row)
    return rows


def _state(connection: sa.Connection, name: str) -> str:
    versions = sa.table("model_versions", *map(sa.column, ("name", "version", "current_stage")))
    aliases = sa.table("model_aliases", *map(sa.column, ("name", "alias", "version")))
    stages = sa.select(versions.c.version, versions.c.current_stage).where(versions.c.name == name)
    pointers = sa.select(aliases.c.alias, aliases.c.version).where(aliases.c.name == name)
    state = {
        "versions": {str(version): stage for version, stage in connection.execute(stages.order_by(versions.c.version))},
        "aliases": {alias: str(version) for alias, version in connection.execute(pointers.order_by(aliases.c.alias))},
    }
    return json.dumps(state)
