"""A database of the layout that MLflow's has, made by hand: for what its client never writes, or no more."""

import sqlite3

START = 1_700_000_000_000
TABLES = """
CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256) UNIQUE NOT NULL,
    artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT);
CREATE TABLE experiment_tags (key VARCHAR(250), value VARCHAR(5000), experiment_id INTEGER);
CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, name VARCHAR(250), user_id VARCHAR(256), status VARCHAR(9),
    start_time BIGINT, end_time BIGINT, lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200),
    experiment_id INTEGER, deleted_time BIGINT);
CREATE TABLE params (key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32));
CREATE TABLE tags (key VARCHAR(250), value VARCHAR(5000), run_uuid VARCHAR(32));
CREATE TABLE metrics (key VARCHAR(250), value FLOAT, timestamp BIGINT, run_uuid VARCHAR(32), step BIGINT,
    is_nan BOOLEAN);
"""


class MlflowTables:
    """An ``mlflow.db`` without data sets, models and registry, as an old version had it."""

    def __init__(self, path):
        self.connection = sqlite3.connect(path)
        self.connection.executescript(TABLES)
        self.experiment(0, "Default")

    def experiment(self, number, name, location="/gone/mlruns/0", stage="active"):
        self._insert("experiments", number, name, location, stage, START, START)

    def run(self, run_id, experiment=0, uri=None, **changes):
        values = {
            "name": run_id[:4],
            "user_id": "alice",
            "status": "FINISHED",
            "start_time": START,
            "end_time": START + 1,
            "stage": "active",
            "uri": uri,
            "experiment": experiment,
            "deleted_time": None,
            **changes,
        }
        self._insert("runs", run_id, *values.values())

    def metrics(self, run_id, key, values):
        rows = ((key, value, START + step, run_id, step, 0) for step, value in enumerate(values))
        self.connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
        self.connection.commit()

    def key_values(self, table, run_id, **values):
        for key, value in values.items():
            self._insert(table, key, value, run_id)

    def _insert(self, table, *values):
        marks = ", ".join("?" * len(values))
        self.connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)
        self.connection.commit()
