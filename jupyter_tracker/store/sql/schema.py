"""The tables, once, as SQLAlchemy metadata. Migrations start from these and must end at these.

`sqlite_ddl.py` holds the same as plain SQLite text, because a script's first metric must not wait for
SQLAlchemy's import; a test holds the two together. The types are in `column_types`.

`run` columns are the integer key of `runs`, not the 32 hex digits: half of a store is such columns.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event

from jupyter_tracker.store.sql.column_types import BigId, Real, blob, is_nan, text, words

REVISION = "0004"
# Characters of a value that an index of PostgreSQL or MySQL has: theirs take 2,704 and 3,072 bytes.
INDEXED = 250

metadata = sa.MetaData()

# What single databases are told when a table or an index is made. As arguments these would have SQLAlchemy import those
# databases' modules in every process, whichever it uses: `told` hands them on where tables are made.
_WITHOUT_ROWID = {"sqlite": {"with_rowid": False}}


def start_of(value: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the part of a value that PostgreSQL's indexes have, in the very words of the index."""
    return sa.func.left(value, sa.literal_column(str(INDEXED)))


def _by_key(name: str) -> tuple[sa.Index, sa.Index]:
    """Return the index of a table by key and value, whose values may be longer than what PostgreSQL indexes."""
    whole = sa.Index(name, "key", "value", info={"mysql": {"length": {"value": INDEXED}}})
    start = start_of(sa.literal_column("value"))
    return (
        whole.ddl_if(callable_=lambda *_, dialect, **__: dialect.name != "postgresql"),
        sa.Index(name, "key", start, info={"only_on": "postgresql"}).ddl_if(dialect="postgresql"),
    )


def _tags(name: str, owner: str, target: str, *, value: int) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column(owner, sa.ForeignKey(target, ondelete="CASCADE"), primary_key=True),
        sa.Column("key", words(250), primary_key=True),
        sa.Column("value", words(value), nullable=False),
        info=_WITHOUT_ROWID,
    )


store_info = sa.Table(
    "store_info",
    metadata,
    sa.Column("key", words(64), primary_key=True),
    sa.Column("value", text(), nullable=False),
)

experiments = sa.Table(
    "experiments",
    metadata,
    sa.Column("experiment_id", BigId, primary_key=True, autoincrement=True),
    sa.Column("name", words(500), nullable=False, unique=True),
    # Relative to the store's folder unless it is a URI or was given as an absolute path.
    sa.Column("artifact_location", text(), nullable=False),
    sa.Column("lifecycle_stage", words(16), nullable=False),
    sa.Column("creation_time", sa.BigInteger, nullable=False),
    sa.Column("last_update_time", sa.BigInteger, nullable=False),
    info={"sqlite": {"autoincrement": True}},
)

experiment_tags = _tags("experiment_tags", "experiment_id", "experiments.experiment_id", value=20_000)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run", BigId, primary_key=True, autoincrement=True),
    sa.Column("run_id", words(256), nullable=False, unique=True),
    sa.Column("experiment_id", sa.ForeignKey("experiments.experiment_id"), nullable=False),
    sa.Column("run_name", text(), nullable=False),
    sa.Column("user_id", words(256), nullable=False),
    sa.Column("status", words(16), nullable=False),
    sa.Column("start_time", sa.BigInteger, nullable=False),
    sa.Column("end_time", sa.BigInteger),
    sa.Column("lifecycle_stage", words(16), nullable=False),
    sa.Column("deleted_time", sa.BigInteger),
    # None: `<experiment's artifact_location>/<run_id>/artifacts`.
    sa.Column("artifact_uri", text()),
    sa.Index("runs_by_start", "experiment_id", "lifecycle_stage", "start_time"),
    sa.Index("runs_by_status", "status"),
)

params = sa.Table(
    "params",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", words(250), primary_key=True),
    sa.Column("value", words(6000), nullable=False),
    *_by_key("params_by_key"),
    info=_WITHOUT_ROWID,
)

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", words(250), primary_key=True),
    sa.Column("value", words(8000), nullable=False),
    *_by_key("tags_by_key"),
    info=_WITHOUT_ROWID,
)

# PostgreSQL's indexes on these have the start of each value.
BY_START = frozenset({params, tags})

metric_chunks = sa.Table(
    "metric_chunks",
    metadata,
    sa.Column("chunk", BigId, primary_key=True, autoincrement=True),
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), nullable=False),
    sa.Column("key", words(250), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("min_step", sa.BigInteger, nullable=False),
    sa.Column("max_step", sa.BigInteger, nullable=False),
    # Smallest and largest finite value; None where the chunk has none.
    sa.Column("min_value", sa.Double),
    sa.Column("max_value", sa.Double),
    sa.Column("data", blob(), nullable=False),
    sa.Index("chunks_of_metric", "run", "key"),
)

latest_metrics = sa.Table(
    "latest_metrics",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", words(250), primary_key=True),
    # None where is_nan: SQLite has no NaN.
    sa.Column("value", Real),
    sa.Column("is_nan", is_nan(), nullable=False),
    sa.Column("step", sa.BigInteger, nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False),
    # Points received, before identical ones are dropped.
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Index("latest_by_key", "key", "value", "run"),
    info=_WITHOUT_ROWID,
)

journals = sa.Table(
    "journals",
    metadata,
    sa.Column("journal_id", words(32), primary_key=True),
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), nullable=False),
    # Bytes of the journal file that this database holds.
    sa.Column("position", sa.BigInteger, nullable=False),
)

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("dataset", BigId, primary_key=True, autoincrement=True),
    sa.Column("experiment_id", sa.ForeignKey("experiments.experiment_id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", words(500), nullable=False),
    sa.Column("digest", words(36), nullable=False),
    sa.Column("source_type", words(36), nullable=False),
    sa.Column("source", text(), nullable=False),
    sa.Column("schema", text()),
    sa.Column("profile", text()),
    sa.UniqueConstraint("experiment_id", "name", "digest", name="dataset_identity"),
)

inputs = sa.Table(
    "inputs",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("dataset", sa.ForeignKey("datasets.dataset", ondelete="CASCADE"), primary_key=True),
    sa.Column("tags", text(), nullable=False),  # JSON object
    sa.Index("inputs_by_dataset", "dataset"),
)

logged_models = sa.Table(
    "logged_models",
    metadata,
    sa.Column("model_id", words(64), primary_key=True),
    sa.Column("experiment_id", sa.ForeignKey("experiments.experiment_id"), nullable=False),
    sa.Column("name", words(500), nullable=False),
    # None: `<experiment's artifact_location>/models/<model_id>/artifacts`.
    sa.Column("artifact_location", text()),
    sa.Column("creation_timestamp", sa.BigInteger, nullable=False),
    sa.Column("last_updated_timestamp", sa.BigInteger, nullable=False),
    sa.Column("model_type", words(500)),
    sa.Column("source_run_id", words(256)),
    sa.Column("status", words(32), nullable=False),
    sa.Column("status_message", text()),
    sa.Column("lifecycle_stage", words(16), nullable=False),
    sa.Index("logged_models_of_experiment", "experiment_id", "name"),
    sa.Index("logged_models_of_run", "source_run_id"),
)

logged_model_tags = _tags("logged_model_tags", "model_id", "logged_models.model_id", value=8000)
logged_model_params = _tags("logged_model_params", "model_id", "logged_models.model_id", value=6000)

logged_model_metrics = sa.Table(
    "logged_model_metrics",
    metadata,
    sa.Column("model_id", sa.ForeignKey("logged_models.model_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", words(250), primary_key=True),
    # Of run and data set, which together are too long for a key in MySQL: `logged_model_metrics.origin_of`.
    sa.Column("origin", words(32), primary_key=True),
    sa.Column("run_id", words(256), nullable=False),
    sa.Column("dataset_name", words(500), nullable=False),  # "" where none
    sa.Column("dataset_digest", words(36), nullable=False),
    sa.Column("value", Real),
    sa.Column("is_nan", is_nan(), nullable=False),
    sa.Column("step", sa.BigInteger, nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False),
)

# The run's own series has these points too.
measured_points = sa.Table(
    "measured_points",
    metadata,
    sa.Column("point", BigId, primary_key=True, autoincrement=True),
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), nullable=False),
    sa.Column("key", words(250), nullable=False),
    sa.Column("model_id", words(64), nullable=False),  # "" where none, here and below
    sa.Column("dataset_name", words(500), nullable=False),
    sa.Column("dataset_digest", words(36), nullable=False),
    sa.Column("value", Real),
    sa.Column("is_nan", is_nan(), nullable=False),
    sa.Column("step", sa.BigInteger, nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False),
    sa.Index("measured_points_of_metric", "run", "key"),
)

model_io = sa.Table(
    "model_io",
    metadata,
    sa.Column("run", sa.ForeignKey("runs.run", ondelete="CASCADE"), primary_key=True),
    sa.Column("model_id", words(64), primary_key=True),
    sa.Column("is_output", sa.Boolean, primary_key=True),
    sa.Column("step", sa.BigInteger, nullable=False),
)

registered_models = sa.Table(
    "registered_models",
    metadata,
    sa.Column("name", words(256), primary_key=True),
    sa.Column("creation_timestamp", sa.BigInteger, nullable=False),
    sa.Column("last_updated_timestamp", sa.BigInteger, nullable=False),
    sa.Column("description", text()),
)

registered_model_tags = sa.Table(
    "registered_model_tags",
    metadata,
    sa.Column(
        "name",
        sa.ForeignKey("registered_models.name", ondelete="CASCADE", onupdate="CASCADE"),
        primary_key=True,
    ),
    sa.Column("key", words(250), primary_key=True),
    sa.Column("value", text(), nullable=False),
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
)

_version_key = ("name", "version")

model_version_tags = sa.Table(
    "model_version_tags",
    metadata,
    sa.Column("name", words(256), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("key", words(250), primary_key=True),
    sa.Column("value", text(), nullable=False),
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
    sa.Column("alias", words(255), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)

# What has happened to registered models. Rows are only ever appended; `number` has no gaps, `digest` is over the row
# and the digest before it. No foreign keys: the history outlives what it is about.
registry_events = sa.Table(
    "registry_events",
    metadata,
    sa.Column("number", BigId, primary_key=True, autoincrement=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False),
    sa.Column("action", words(40), nullable=False),
    sa.Column("name", words(256), nullable=False),
    sa.Column("version", words(20)),
    sa.Column("key", words(255)),
    sa.Column("before", text()),
    sa.Column("after", text()),
    sa.Column("run_id", words(256)),
    sa.Column("user", words(256), nullable=False),
    sa.Column("verified", sa.Boolean, nullable=False),
    sa.Column("source_type", words(16), nullable=False),
    sa.Column("source_name", text(), nullable=False),
    sa.Column("cell", words(256)),
    sa.Column("comment", text()),
    sa.Column("digest", words(64), nullable=False),
    sa.Index("registry_events_of_model", "name", "number"),
)


def told(dialect: str) -> sa.MetaData:
    """Return the tables, with what this database is told beside when they are made."""
    for table in metadata.tables.values():
        parts: list[sa.Table | sa.Index] = [table, *table.indexes]
        for part in parts:
            for name, value in part.info.get(dialect, {}).items():
                part.dialect_options[dialect][name] = value
    return metadata


event.listen(metadata, "before_create", lambda _, connection, **__: told(connection.dialect.name))
