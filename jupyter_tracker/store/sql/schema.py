"""The tables, once, as SQLAlchemy metadata. Migrations start from these and must end at these.

`sqlite_text.py` holds the same as plain SQLite text, because a script's first metric must not wait for
SQLAlchemy's import; a test holds the two together.

`run` columns are the integer key of `runs`, not the 32 hex digits: half of a store is such columns.
"""

from __future__ import annotations

import sqlalchemy as sa

REVISION = "0001"

metadata = sa.MetaData()
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _tags(name: str, owner: str, target: str, *, value: int) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column(owner, sa.ForeignKey(target, ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.String(250), primary_key=True),
        sa.Column("value", sa.String(value), nullable=False),
        sqlite_with_rowid=False,
    )


store_info = sa.Table(
    "store_info",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

experiments = sa.Table(
    "experiments",
    metadata,
    sa.Column("experiment_id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(500), nullable=False, unique=True),
    # Relative to the store's folder unless it is a URI or was given as an absolute path.
    sa.Column("artifact_location", sa.Text, nullable=False),
    sa.Column("lifecycle_stage", sa.String(16), nullable=False),
    sa.Column("creation_time", sa.BigInteger, nullable=False),
    sa.Column("last_update_time", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

experiment_tags = _tags("experiment_tags", "experiment_id", "experiments.experiment_id", value=20_000)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run", BigId, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.String(256), nullable=False, unique=True),
    sa.Column("experiment_id", sa.ForeignKey("experiments.experiment_id"), nullable=False),
    sa.Column("run_name", sa.Text, nullable=False),
    sa.Column("user_id", sa.String(256), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("start_time", sa.BigInteger, nullable=False),
    sa.Column("end_time", sa.BigInteger),
    sa.Column("lifecycle_stage", sa.String(16), nullable=False),
    sa.Column("deleted_time", sa.BigInteger),
    # None: `<experiment's artifact_location>/<run_id>/artifacts`.
    sa.Column("artifact_uri", sa.Text),
    sa.Index("runs_by_start", "experiment_id", "lifecycle_stage", "start_time"),
    sa.Index("runs_by_status", "status"),
)

params = sa.Table(
    "params",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", sa.String(6000), nullable=False),
    sa.Index("params_by_key", "key", "value"),
    sqlite_with_rowid=False,
)

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", sa.String(8000), nullable=False),
    sa.Index("tags_by_key", "key", "value"),
    sqlite_with_rowid=False,
)

metric_chunks = sa.Table(
    "metric_chunks",
    metadata,
    sa.Column("chunk", BigId, primary_key=True, autoincrement=True),
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), nullable=False),
    sa.Column("key", sa.String(250), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("min_step", sa.BigInteger, nullable=False),
    sa.Column("max_step", sa.BigInteger, nullable=False),
    # Smallest and largest finite value; None where the chunk has none.
    sa.Column("min_value", sa.Double),
    sa.Column("max_value", sa.Double),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Index("chunks_of_metric", "run", "key"),
)

latest_metrics = sa.Table(
    "latest_metrics",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    # None where is_nan: SQLite has no NaN.
    sa.Column("value", sa.Double),
    sa.Column("is_nan", sa.Boolean, nullable=False),
    sa.Column("step", sa.BigInteger, nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False),
    # Points received, before identical ones are dropped.
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Index("latest_by_key", "key", "value", "run"),
    sqlite_with_rowid=False,
)

journals = sa.Table(
    "journals",
    metadata,
    sa.Column("journal_id", sa.String(32), primary_key=True),
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), nullable=False),
    # Bytes of the journal file that this database holds.
    sa.Column("position", sa.BigInteger, nullable=False),
)

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("dataset", BigId, primary_key=True, autoincrement=True),
    sa.Column("experiment_id", sa.ForeignKey("experiments.experiment_id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("digest", sa.String(36), nullable=False),
    sa.Column("source_type", sa.String(36), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("schema", sa.Text),
    sa.Column("profile", sa.Text),
    sa.UniqueConstraint("experiment_id", "name", "digest", name="dataset_identity"),
)

inputs = sa.Table(
    "inputs",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("dataset", sa.ForeignKey("datasets.dataset", ondelete="CASCADE"), primary_key=True),
    sa.Column("tags", sa.Text, nullable=False),  # JSON object
    sa.Index("inputs_by_dataset", "dataset"),
)

logged_models = sa.Table(
    "logged_models",
    metadata,
    sa.Column("model_id", sa.String(64), primary_key=True),
    sa.Column("experiment_id", sa.ForeignKey("experiments.experiment_id"), nullable=False),
    sa.Column("name", sa.String(500), nullable=False),
    # None: `<experiment's artifact_location>/models/<model_id>/artifacts`.
    sa.Column("artifact_location", sa.Text),
    sa.Column("creation_timestamp", sa.BigInteger, nullable=False),
    sa.Column("last_updated_timestamp", sa.BigInteger, nullable=False),
    sa.Column("model_type", sa.String(500)),
    sa.Column("source_run_id", sa.String(256)),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("status_message", sa.Text),
    sa.Column("lifecycle_stage", sa.String(16), nullable=False),
    sa.Index("logged_models_of_experiment", "experiment_id", "name"),
    sa.Index("logged_models_of_run", "source_run_id"),
)

logged_model_tags = _tags("logged_model_tags", "model_id", "logged_models.model_id", value=8000)
logged_model_params = _tags("logged_model_params", "model_id", "logged_models.model_id", value=6000)

logged_model_metrics = sa.Table(
    "logged_model_metrics",
    metadata,
    sa.Column("model_id", sa.ForeignKey("logged_models.model_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("run_id", sa.String(256), primary_key=True),
    sa.Column("dataset_name", sa.String(500), primary_key=True),  # "" where none
    sa.Column("dataset_digest", sa.String(36), primary_key=True),
    sa.Column("value", sa.Double),
    sa.Column("is_nan", sa.Boolean, nullable=False),
    sa.Column("step", sa.BigInteger, nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False),
)

model_io = sa.Table(
    "model_io",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("model_id", sa.String(64), primary_key=True),
    sa.Column("is_output", sa.Boolean, primary_key=True),
    sa.Column("step", sa.BigInteger, nullable=False),
)

registered_models = sa.Table(
    "registered_models",
    metadata,
    sa.Column("name", sa.String(256), primary_key=True),
    sa.Column("creation_timestamp", sa.BigInteger, nullable=False),
    sa.Column("last_updated_timestamp", sa.BigInteger, nullable=False),
    sa.Column("description", sa.Text),
)

registered_model_tags = sa.Table(
    "registered_model_tags",
    metadata,
    sa.Column(
        "name",
        sa.ForeignKey("registered_models.name", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
    ),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

model_versions = sa.Table(
    "model_versions",
    metadata,
    sa.Column(
        "name",
        sa.ForeignKey("registered_models.name", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
    ),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("creation_timestamp", sa.BigInteger, nullable=False),
    sa.Column("last_updated_timestamp", sa.BigInteger, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("user_id", sa.String(256)),
    sa.Column("current_stage", sa.String(16), nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("storage_location", sa.Text),
    sa.Column("run_id", sa.String(256)),
    sa.Column("model_id", sa.String(64)),
    sa.Column("run_link", sa.Text),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("status_message", sa.Text),
)

_version_key = ("name", "version")

model_version_tags = sa.Table(
    "model_version_tags",
    metadata,
    sa.Column("name", sa.String(256), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(250), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        _version_key,
        ["model_versions.name", "model_versions.version"],
        ondelete="CASCADE",
        onupdate="CASCADE",
    ),
)

model_aliases = sa.Table(
    "model_aliases",
    metadata,
    sa.Column(
        "name",
        sa.ForeignKey("registered_models.name", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
    ),
    sa.Column("alias", sa.String(255), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)
