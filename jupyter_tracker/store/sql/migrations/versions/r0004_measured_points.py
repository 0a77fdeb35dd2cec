"""Points of logged models and data sets, all of them. Of what was logged before, the latest points are known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from jupyter_tracker.store.sql.column_types import BigId, Real, is_nan, table_options, words

revision = "0004"
down_revision = "0003"

_COPIED = ("key", "model_id", "dataset_name", "dataset_digest", "value", "is_nan", "step", "timestamp")


def upgrade() -> None:
    """Make the table, and take over what is known."""
    connection = op.get_bind()
    # MySQL commits each statement: here an earlier upgrade may have been cut short.
    op.execute("DROP TABLE IF EXISTS measured_points")
    table = op.create_table(
        "measured_points",
        sa.Column("point", BigId, autoincrement=True, nullable=False),
        sa.Column("run", BigId, nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("model_id", words(64), nullable=False),
        sa.Column("dataset_name", words(500), nullable=False),
        sa.Column("dataset_digest", words(36), nullable=False),
        sa.Column("value", Real()),
        sa.Column("is_nan", is_nan(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("point"),
        **table_options(connection.dialect),
    )
    op.create_index("measured_points_of_metric", "measured_points", ["run", "key"])
    old = sa.table("logged_model_metrics", sa.column("run_id"), *map(sa.column, _COPIED))
    runs = sa.table("runs", sa.column("run"), sa.column("run_id"))
    known = sa.select(runs.c.run, *(old.c[name] for name in _COPIED)).join(runs, runs.c.run_id == old.c.run_id)
    connection.execute(sa.insert(table).from_select(["run", *_COPIED], known))
