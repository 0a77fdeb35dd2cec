"""The hot path's statements as SQLite text; a test compares their tables and columns with `schema.py`."""

from __future__ import annotations

REVISION_OF = "SELECT version_num FROM alembic_version"
STORE_ID = "SELECT value FROM store_info WHERE key = 'store_id'"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"

_EXPERIMENT = """SELECT experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time
FROM experiments WHERE """
EXPERIMENT_BY_ID = _EXPERIMENT + "experiment_id = ?"
EXPERIMENT_BY_NAME = _EXPERIMENT + "name = ?"
EXPERIMENT_TAGS = "SELECT key, value FROM experiment_tags WHERE experiment_id = ?"
NEW_EXPERIMENT = """INSERT INTO experiments
(name, artifact_location, lifecycle_stage, creation_time, last_update_time) VALUES (?, ?, 'active', ?, ?)"""
EXPERIMENT_LOCATION = "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?"
PLACE_DEFAULT = """UPDATE experiments SET artifact_location = ?
WHERE experiment_id = 0 AND artifact_location = 'artifacts/0'
AND NOT EXISTS (SELECT 1 FROM runs WHERE experiment_id = 0)"""
NEW_EXPERIMENT_TAGS = "INSERT INTO experiment_tags (experiment_id, key, value) VALUES "

NEW_RUN = """INSERT INTO runs
(run_id, experiment_id, run_name, user_id, status, start_time, end_time, lifecycle_stage)
VALUES (?, ?, ?, ?, ?, ?, ?, 'active') ON CONFLICT (run_id) DO NOTHING"""
RUN = """SELECT run, runs.experiment_id, run_name, user_id, status, start_time, end_time, runs.lifecycle_stage,
artifact_uri, artifact_location
FROM runs JOIN experiments ON experiments.experiment_id = runs.experiment_id WHERE run_id = ?"""
ACTIVITY = """SELECT experiment_id, count(*), sum(status = 'RUNNING'), max(start_time)
FROM runs WHERE lifecycle_stage = 'active' GROUP BY experiment_id"""
RUN_KEY = "SELECT run, status FROM runs WHERE run_id = ?"
RUN_STAGE = "SELECT lifecycle_stage FROM runs WHERE run_id = ?"
RUN_STATUS = "UPDATE runs SET status = ?, end_time = ? WHERE run = ?"
RUN_NAME = "UPDATE runs SET run_name = ? WHERE run = ?"

POSITION = "SELECT position FROM journals WHERE journal_id = ?"
POSITIONS = "SELECT journal_id, position FROM journals"
NEW_POSITIONS = "INSERT INTO journals (journal_id, run, position) VALUES "
ON_POSITIONS = " ON CONFLICT (journal_id) DO UPDATE SET position = excluded.position"
FORGET_JOURNALS = "DELETE FROM journals WHERE journal_id IN "
MARK_SYNC = """INSERT INTO store_info (key, value) VALUES ('synced_ms', ?)
ON CONFLICT (key) DO UPDATE SET value = excluded.value"""

NEW_CHUNKS = """INSERT INTO metric_chunks
(run, key, count, min_step, max_step, min_value, max_value, data) VALUES """
CHUNKS_OF = """SELECT data, (SELECT SUM(count) FROM metric_chunks WHERE run = ?1 AND key = ?2)
FROM metric_chunks WHERE run = ?1 AND key = ?2 ORDER BY chunk"""
SMALL_CHUNKS_OF = "SELECT chunk, data FROM metric_chunks WHERE run = ? AND key = ? AND count < ? ORDER BY chunk"
FORGET_CHUNKS = "DELETE FROM metric_chunks WHERE chunk IN "

NEW_LATEST = "INSERT INTO latest_metrics (run, key, value, is_nan, step, timestamp, count) VALUES "
# The latest point is the one with the highest (step, timestamp, value); NaN is below every number.
_NEWER = """(excluded.step, excluded.timestamp, 1 - excluded.is_nan, COALESCE(excluded.value, 0))
> (latest_metrics.step, latest_metrics.timestamp, 1 - latest_metrics.is_nan, COALESCE(latest_metrics.value, 0))"""
ON_LATEST = f""" ON CONFLICT (run, key) DO UPDATE SET
count = latest_metrics.count + excluded.count,
value = CASE WHEN {_NEWER} THEN excluded.value ELSE latest_metrics.value END,
is_nan = CASE WHEN {_NEWER} THEN excluded.is_nan ELSE latest_metrics.is_nan END,
step = CASE WHEN {_NEWER} THEN excluded.step ELSE latest_metrics.step END,
timestamp = CASE WHEN {_NEWER} THEN excluded.timestamp ELSE latest_metrics.timestamp END"""

PARAMS_OF = "SELECT key, value FROM params WHERE run = ?"
NEW_PARAMS = "INSERT INTO params (run, key, value) VALUES "
ON_PARAMS = " ON CONFLICT (run, key) DO NOTHING"
NEW_TAGS = "INSERT INTO tags (run, key, value) VALUES "
ON_TAGS = " ON CONFLICT (run, key) DO UPDATE SET value = excluded.value"

DATASET = "SELECT dataset FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?"
NEW_DATASET = """INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)
VALUES (?, ?, ?, ?, ?, ?, ?)"""
INPUT_TAGS = "SELECT tags FROM inputs WHERE run = ? AND dataset = ?"
NEW_INPUT = """INSERT INTO inputs (run, dataset, tags) VALUES (?, ?, ?)
ON CONFLICT (run, dataset) DO UPDATE SET tags = excluded.tags"""
NEW_MODEL_INPUT = """INSERT INTO model_io (run, model_id, is_output, step) VALUES (?, ?, 0, 0)
ON CONFLICT (run, model_id, is_output) DO UPDATE SET step = excluded.step"""


def rows(count: int, width: int) -> str:
    """Return the placeholders of a multi-row VALUES: ``(?, ?), (?, ?)``."""
    row = f"({', '.join('?' * width)})"
    return ", ".join([row] * count)


def some(count: int) -> str:
    """Return the placeholders of an IN list: ``(?, ?, ?)``."""
    return f"({', '.join('?' * count)})"
