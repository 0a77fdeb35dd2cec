"""The first schema."""

from __future__ import annotations

import time
import uuid

import sqlalchemy as sa
from alembic import op

from jupyter_tracker.store.sql.column_types import BigId, Real, blob, is_nan, table_options, text, words

revision = "0001"
down_revision = None


def _table(name: str, *columns: sa.schema.SchemaItem, **options: bool) -> None:
    op.create_table(name, *columns, **{**table_options(op.get_bind().dialect), **options})


def _by_key(name: str, table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(name, table, ["key", sa.text("left(value, 250)")])
    else:
        op.create_index(name, table, ["key", "value"], mysql_length={"value": 250})


def upgrade() -> None:
    """Make every table, the id of the store and the Default experiment."""
    _experiments()
    _runs()
    _metrics()
    _data()
    _logged_models()
    _registry()
    _versions()
    _seed()


def _experiments() -> None:
    _table(
        "store_info",
        sa.Column("key", words(64), nullable=False),
        sa.Column("value", text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    _table(
        "experiments",
        sa.Column("experiment_id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", words(500), nullable=False),
        sa.Column("artifact_location", text(), nullable=False),
        sa.Column("lifecycle_stage", words(16), nullable=False),
        sa.Column("creation_time", sa.BigInteger(), nullable=False),
        sa.Column("last_update_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("experiment_id"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    _table(
        "experiment_tags",
        sa.Column("experiment_id", BigId, nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("value", words(20000), nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.experiment_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("experiment_id", "key"),
        sqlite_with_rowid=False,
    )


def _runs() -> None:
    _table(
        "runs",
        sa.Column("run", BigId, autoincrement=True, nullable=False),
        sa.Column("run_id", words(256), nullable=False),
        sa.Column("experiment_id", BigId, nullable=False),
        sa.Column("run_name", text(), nullable=False),
        sa.Column("user_id", words(256), nullable=False),
        sa.Column("status", words(16), nullable=False),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column("end_time", sa.BigInteger()),
        sa.Column("lifecycle_stage", words(16), nullable=False),
        sa.Column("deleted_time", sa.BigInteger()),
        sa.Column("artifact_uri", text()),
        sa.UniqueConstraint("run_id"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.experiment_id"]),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("runs_by_start", "runs", ["experiment_id", "lifecycle_stage", "start_time"])
    op.create_index("runs_by_status", "runs", ["status"])
    _table(
        "params",
        sa.Column("run", BigId, nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("value", words(6000), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "key"),
        sqlite_with_rowid=False,
    )
    _by_key("params_by_key", "params")
    _table(
        "tags",
        sa.Column("run", BigId, nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("value", words(8000), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "key"),
        sqlite_with_rowid=False,
    )
    _by_key("tags_by_key", "tags")
    _table(
        "journals",
        sa.Column("journal_id", words(32), nullable=False),
        sa.Column("run", BigId, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("journal_id"),
    )


def _metrics() -> None:
    _table(
        "metric_chunks",
        sa.Column("chunk", BigId, autoincrement=True, nullable=False),
        sa.Column("run", BigId, nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("min_step", sa.BigInteger(), nullable=False),
        sa.Column("max_step", sa.BigInteger(), nullable=False),
        sa.Column("min_value", sa.Double()),
        sa.Column("max_value", sa.Double()),
        sa.Column("data", blob(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("chunk"),
    )
    op.create_index("chunks_of_metric", "metric_chunks", ["run", "key"])
    _table(
        "latest_metrics",
        sa.Column("run", BigId, nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("value", Real()),
        sa.Column("is_nan", is_nan(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("latest_by_key", "latest_metrics", ["key", "value", "run"])


def _data() -> None:
    _table(
        "datasets",
        sa.Column("dataset", BigId, autoincrement=True, nullable=False),
        sa.Column("experiment_id", BigId, nullable=False),
        sa.Column("name", words(500), nullable=False),
        sa.Column("digest", words(36), nullable=False),
        sa.Column("source_type", words(36), nullable=False),
        sa.Column("source", text(), nullable=False),
        sa.Column("schema", text()),
        sa.Column("profile", text()),
        sa.UniqueConstraint("experiment_id", "name", "digest", name="dataset_identity"),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.experiment_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("dataset"),
    )
    _table(
        "inputs",
        sa.Column("run", BigId, nullable=False),
        sa.Column("dataset", BigId, nullable=False),
        sa.Column("tags", text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["dataset"], ["datasets.dataset"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "dataset"),
    )
    op.create_index("inputs_by_dataset", "inputs", ["dataset"])
    _table(
        "model_io",
        sa.Column("run", BigId, nullable=False),
        sa.Column("model_id", words(64), nullable=False),
        sa.Column("is_output", sa.Boolean(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.run"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "model_id", "is_output"),
    )


def _logged_models() -> None:
    _table(
        "logged_models",
        sa.Column("model_id", words(64), nullable=False),
        sa.Column("experiment_id", BigId, nullable=False),
        sa.Column("name", words(500), nullable=False),
        sa.Column("artifact_location", text()),
        sa.Column("creation_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("last_updated_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("model_type", words(500)),
        sa.Column("source_run_id", words(256)),
        sa.Column("status", words(32), nullable=False),
        sa.Column("status_message", text()),
        sa.Column("lifecycle_stage", words(16), nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.experiment_id"]),
        sa.PrimaryKeyConstraint("model_id"),
    )
    op.create_index("logged_models_of_experiment", "logged_models", ["experiment_id", "name"])
    op.create_index("logged_models_of_run", "logged_models", ["source_run_id"])
    _table(
        "logged_model_tags",
        sa.Column("model_id", words(64), nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("value", words(8000), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["logged_models.model_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_id", "key"),
        sqlite_with_rowid=False,
    )
    _table(
        "logged_model_params",
        sa.Column("model_id", words(64), nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("value", words(6000), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["logged_models.model_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_id", "key"),
        sqlite_with_rowid=False,
    )
    # Its key is too long for MySQL, and was changed by 0002 before there was a store on any server.
    if op.get_bind().dialect.name == "sqlite":
        _table(
            "logged_model_metrics",
            sa.Column("model_id", words(64), nullable=False),
            sa.Column("key", words(250), nullable=False),
            sa.Column("run_id", words(256), nullable=False),
            sa.Column("dataset_name", words(500), nullable=False),
            sa.Column("dataset_digest", words(36), nullable=False),
            sa.Column("value", Real()),
            sa.Column("is_nan", is_nan(), nullable=False),
            sa.Column("step", sa.BigInteger(), nullable=False),
            sa.Column("timestamp", sa.BigInteger(), nullable=False),
            sa.ForeignKeyConstraint(["model_id"], ["logged_models.model_id"], ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("model_id", "key", "run_id", "dataset_name", "dataset_digest"),
        )


def _registry() -> None:
    _table(
        "registered_models",
        sa.Column("name", words(256), nullable=False),
        sa.Column("creation_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("last_updated_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("description", text()),
        sa.PrimaryKeyConstraint("name"),
    )
    _table(
        "registered_model_tags",
        sa.Column("name", words(256), nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("value", text(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["registered_models.name"], onupdate="CASCADE", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", "key"),
    )
    _table(
        "model_aliases",
        sa.Column("name", words(256), nullable=False),
        sa.Column("alias", words(255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["registered_models.name"], onupdate="CASCADE", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", "alias"),
    )


def _versions() -> None:
    _table(
        "model_versions",
        sa.Column("name", words(256), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("creation_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("last_updated_timestamp", sa.BigInteger(), nullable=False),
        sa.Column("description", text()),
        sa.Column("user_id", words(256)),
        sa.Column("current_stage", words(16), nullable=False),
        sa.Column("source", text()),
        sa.Column("storage_location", text()),
        sa.Column("run_id", words(256)),
        sa.Column("model_id", words(64)),
        sa.Column("run_link", text()),
        sa.Column("status", words(32), nullable=False),
        sa.Column("status_message", text()),
        sa.ForeignKeyConstraint(["name"], ["registered_models.name"], onupdate="CASCADE", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", "version"),
    )
    _table(
        "model_version_tags",
        sa.Column("name", words(256), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", words(250), nullable=False),
        sa.Column("value", text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["name", "version"],
            ["model_versions.name", "model_versions.version"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("name", "version", "key"),
    )


def _seed() -> None:
    now = time.time_ns() // 1_000_000
    info = sa.table("store_info", sa.column("key"), sa.column("value"))
    op.bulk_insert(info, [{"key": "store_id", "value": uuid.uuid4().hex}])
    names = ("experiment_id", "name", "artifact_location", "lifecycle_stage", "creation_time", "last_update_time")
    experiments = sa.table("experiments", *map(sa.column, names))
    values = (0, "Default", "artifacts/0", "active", now, now)
    op.bulk_insert(experiments, [dict(zip(names, values, strict=True))])
