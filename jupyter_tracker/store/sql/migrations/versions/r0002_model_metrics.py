"""Metrics of logged models: a key short enough for MySQL. A digest stands for run and data set."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

from jupyter_tracker.store.sql.column_types import Real, is_nan, table_options, words

revision = "0002"
down_revision = "0001"

_NAMES = ("model_id", "key", "run_id", "dataset_name", "dataset_digest", "value", "is_nan", "step", "timestamp")


def upgrade() -> None:
    """Make the table anew, with what it holds."""
    connection = op.get_bind()
    rows = []
    if connection.dialect.name == "sqlite":
        old = sa.table("logged_model_metrics", *map(sa.column, _NAMES))
        rows = [dict(row) for row in connection.execute(sa.select(old)).mappings()]
    # MySQL commits each statement: here an earlier upgrade may have been cut short.
    op.execute("DROP TABLE IF EXISTS logged_model_metrics")
    table = op.create_table(
        "logged_model_metrics",
        sa.Column("model_id", words(64), nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("origin", words(32), nullable=False),
        sa.Column("run_id", words(256), nullable=False),
        sa.Column("dataset_name", words(500), nullable=False),
        sa.Column("dataset_digest", words(36), nullable=False),
        sa.Column("value", Real()),
        sa.Column("is_nan", is_nan(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["logged_models.model_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_id", "key", "origin"),
        **table_options(connection.dialect),
    )
    for row in rows:
        row["origin"] = _origin(row["run_id"], row["dataset_name"], row["dataset_digest"])
        row["is_nan"] = bool(row["is_nan"])
    op.bulk_insert(table, rows)


def _origin(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
