"""The SQLite tables as plain text, for making a new store without SQLAlchemy.

Written by `python -m jupyter_tracker.store.sql.ddl_writer` from `schema.py`: change that, not this.
"""

from __future__ import annotations

REVISION = "0004"

# Run in one transaction on an empty database, in this order.
DDL: tuple[str, ...] = (
    """CREATE TABLE experiments (
        experiment_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        name VARCHAR(500) NOT NULL,
        artifact_location TEXT NOT NULL,
        lifecycle_stage VARCHAR(16) NOT NULL,
        creation_time BIGINT NOT NULL,
        last_update_time BIGINT NOT NULL,
        UNIQUE (name)
    )""",
    """CREATE TABLE registered_models (
        name VARCHAR(256) NOT NULL,
        creation_timestamp BIGINT NOT NULL,
        last_updated_timestamp BIGINT NOT NULL,
        description TEXT,
        PRIMARY KEY (name)
    )""",
    """CREATE TABLE registry_events (
        number INTEGER NOT NULL,
        timestamp BIGINT NOT NULL,
        action VARCHAR(40) NOT NULL,
        name VARCHAR(256) NOT NULL,
        version VARCHAR(20),
        "key" VARCHAR(255),
        "before" TEXT,
        "after" TEXT,
        run_id VARCHAR(256),
        user VARCHAR(256) NOT NULL,
        verified BOOLEAN NOT NULL,
        source_type VARCHAR(16) NOT NULL,
        source_name TEXT NOT NULL,
        cell VARCHAR(256),
        comment TEXT,
        digest VARCHAR(64) NOT NULL,
        PRIMARY KEY (number)
    )""",
    "CREATE INDEX registry_events_of_model ON registry_events (name, number)",
    """CREATE TABLE store_info (
        "key" VARCHAR(64) NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY ("key")
    )""",
    """CREATE TABLE datasets (
        dataset INTEGER NOT NULL,
        experiment_id INTEGER NOT NULL,
        name VARCHAR(500) NOT NULL,
        digest VARCHAR(36) NOT NULL,
        source_type VARCHAR(36) NOT NULL,
        source TEXT NOT NULL,
        schema TEXT,
        profile TEXT,
        PRIMARY KEY (dataset),
        CONSTRAINT dataset_identity UNIQUE (experiment_id, name, digest),
        FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
    )""",
    """CREATE TABLE experiment_tags (
        experiment_id INTEGER NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        value VARCHAR(20000) NOT NULL,
        PRIMARY KEY (experiment_id, "key"),
        FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    """CREATE TABLE logged_models (
        model_id VARCHAR(64) NOT NULL,
        experiment_id INTEGER NOT NULL,
        name VARCHAR(500) NOT NULL,
        artifact_location TEXT,
        creation_timestamp BIGINT NOT NULL,
        last_updated_timestamp BIGINT NOT NULL,
        model_type VARCHAR(500),
        source_run_id VARCHAR(256),
        status VARCHAR(32) NOT NULL,
        status_message TEXT,
        lifecycle_stage VARCHAR(16) NOT NULL,
        PRIMARY KEY (model_id),
        FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
    )""",
    "CREATE INDEX logged_models_of_experiment ON logged_models (experiment_id, name)",
    "CREATE INDEX logged_models_of_run ON logged_models (source_run_id)",
    """CREATE TABLE model_aliases (
        name VARCHAR(256) NOT NULL,
        alias VARCHAR(255) NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (name, alias),
        FOREIGN KEY(name) REFERENCES registered_models (name) ON DELETE CASCADE ON UPDATE CASCADE
    )""",
    """CREATE TABLE model_versions (
        name VARCHAR(256) NOT NULL,
        version INTEGER NOT NULL,
        creation_timestamp BIGINT NOT NULL,
        last_updated_timestamp BIGINT NOT NULL,
        description TEXT,
        user_id VARCHAR(256),
        current_stage VARCHAR(16) NOT NULL,
        source TEXT,
        storage_location TEXT,
        run_id VARCHAR(256),
        model_id VARCHAR(64),
        run_link TEXT,
        status VARCHAR(32) NOT NULL,
        status_message TEXT,
        PRIMARY KEY (name, version),
        FOREIGN KEY(name) REFERENCES registered_models (name) ON DELETE CASCADE ON UPDATE CASCADE
    )""",
    """CREATE TABLE registered_model_tags (
        name VARCHAR(256) NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (name, "key"),
        FOREIGN KEY(name) REFERENCES registered_models (name) ON DELETE CASCADE ON UPDATE CASCADE
    )""",
    """CREATE TABLE runs (
        run INTEGER NOT NULL,
        run_id VARCHAR(256) NOT NULL,
        experiment_id INTEGER NOT NULL,
        run_name TEXT NOT NULL,
        user_id VARCHAR(256) NOT NULL,
        status VARCHAR(16) NOT NULL,
        start_time BIGINT NOT NULL,
        end_time BIGINT,
        lifecycle_stage VARCHAR(16) NOT NULL,
        deleted_time BIGINT,
        artifact_uri TEXT,
        PRIMARY KEY (run),
        UNIQUE (run_id),
        FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
    )""",
    "CREATE INDEX runs_by_start ON runs (experiment_id, lifecycle_stage, start_time)",
    "CREATE INDEX runs_by_status ON runs (status)",
    """CREATE TABLE inputs (
        run INTEGER NOT NULL,
        dataset INTEGER NOT NULL,
        tags TEXT NOT NULL,
        PRIMARY KEY (run, dataset),
        FOREIGN KEY(run) REFERENCES runs (run) ON DELETE CASCADE,
        FOREIGN KEY(dataset) REFERENCES datasets (dataset) ON DELETE CASCADE
    )""",
    "CREATE INDEX inputs_by_dataset ON inputs (dataset)",
    """CREATE TABLE journals (
        journal_id VARCHAR(32) NOT NULL,
        run INTEGER NOT NULL,
        position BIGINT NOT NULL,
        PRIMARY KEY (journal_id),
        FOREIGN KEY(run) REFERENCES runs (run) ON DELETE CASCADE
    )""",
    """CREATE TABLE latest_metrics (
        run INTEGER NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        value DOUBLE,
        is_nan BOOLEAN NOT NULL,
        step BIGINT NOT NULL,
        timestamp BIGINT NOT NULL,
        count BIGINT NOT NULL,
        PRIMARY KEY (run, "key"),
        FOREIGN KEY(run) REFERENCES runs (run) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    'CREATE INDEX latest_by_key ON latest_metrics ("key", value, run)',
    """CREATE TABLE logged_model_metrics (
        model_id VARCHAR(64) NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        origin VARCHAR(32) NOT NULL,
        run_id VARCHAR(256) NOT NULL,
        dataset_name VARCHAR(500) NOT NULL,
        dataset_digest VARCHAR(36) NOT NULL,
        value DOUBLE,
        is_nan BOOLEAN NOT NULL,
        step BIGINT NOT NULL,
        timestamp BIGINT NOT NULL,
        PRIMARY KEY (model_id, "key", origin),
        FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
    )""",
    """CREATE TABLE logged_model_params (
        model_id VARCHAR(64) NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        value VARCHAR(6000) NOT NULL,
        PRIMARY KEY (model_id, "key"),
        FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    """CREATE TABLE logged_model_tags (
        model_id VARCHAR(64) NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        value VARCHAR(8000) NOT NULL,
        PRIMARY KEY (model_id, "key"),
        FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    """CREATE TABLE measured_points (
        point INTEGER NOT NULL,
        run INTEGER NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        model_id VARCHAR(64) NOT NULL,
        dataset_name VARCHAR(500) NOT NULL,
        dataset_digest VARCHAR(36) NOT NULL,
        value DOUBLE,
        is_nan BOOLEAN NOT NULL,
        step BIGINT NOT NULL,
        timestamp BIGINT NOT NULL,
        PRIMARY KEY (point),
        FOREIGN KEY(run) REFERENCES runs (run) ON DELETE CASCADE
    )""",
    'CREATE INDEX measured_points_of_metric ON measured_points (run, "key")',
    """CREATE TABLE metric_chunks (
        chunk INTEGER NOT NULL,
        run INTEGER NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        count INTEGER NOT NULL,
        min_step BIGINT NOT NULL,
        max_step BIGINT NOT NULL,
        min_value DOUBLE,
        max_value DOUBLE,
        data BLOB NOT NULL,
        PRIMARY KEY (chunk),
        FOREIGN KEY(run) REFERENCES runs (run) ON DELETE CASCADE
    )""",
    'CREATE INDEX chunks_of_metric ON metric_chunks (run, "key")',
    """CREATE TABLE model_io (
        run INTEGER NOT NULL,
        model_id VARCHAR(64) NOT NULL,
        is_output BOOLEAN NOT NULL,
        step BIGINT NOT NULL,
        PRIMARY KEY (run, model_id, is_output),
        FOREIGN KEY(run) REFERENCES runs (run) ON DELETE CASCADE
    )""",
    """CREATE TABLE model_version_tags (
        name VARCHAR(256) NOT NULL,
        version INTEGER NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (name, version, "key"),
        FOREIGN KEY(name, version) REFERENCES model_versions (name, version) ON DELETE CASCADE ON UPDATE CASCADE
    )""",
    """CREATE TABLE params (
        run INTEGER NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        value VARCHAR(6000) NOT NULL,
        PRIMARY KEY (run, "key"),
        FOREIGN KEY(run) REFERENCES runs (run) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    'CREATE INDEX params_by_key ON params ("key", value)',
    """CREATE TABLE tags (
        run INTEGER NOT NULL,
        "key" VARCHAR(250) NOT NULL,
        value VARCHAR(8000) NOT NULL,
        PRIMARY KEY (run, "key"),
        FOREIGN KEY(run) REFERENCES runs (run) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    'CREATE INDEX tags_by_key ON tags ("key", value)',
    """CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL,
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    )""",
    "INSERT INTO alembic_version (version_num) VALUES ('0004')",
    "INSERT INTO store_info (key, value) VALUES ('store_id', lower(hex(randomblob(16))))",
    """INSERT INTO experiments
        (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
    VALUES (0, 'Default', 'artifacts/0', 'active',
        CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
        CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))""",
)
