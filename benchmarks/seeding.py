"""Stores of very many runs, by bulk insert: 10 params, 5 metrics and 3 tags a run, the same at every call.

Each tracker's own tables are filled through the driver: logging so many runs would take hours with some of them.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_AT_ONCE = 10_000
_START = 1_700_000_000_000
_METRICS = ("f1", "loss", "accuracy", "auc", "seconds")
_STATUS = ("FINISHED",) * 18 + ("FAILED", "KILLED")
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Seeded:
    """One run that is to be."""

    number: int
    run_id: str
    name: str
    status: str
    start_time: int
    end_time: int
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


def seeded(runs: int) -> Iterator[Seeded]:
    """Return so many runs; a search of `f1 > 0.85` finds 15 %, of `n_estimators = '200'` a fifth."""
    dice = random.Random(1)
    for number in range(1, runs + 1):
        start = _START + number * 1000
        name = f"run-{number:07}"
        yield Seeded(
            number,
            f"{number:032x}",
            name,
            dice.choice(_STATUS),
            start,
            start + dice.randrange(1000, 10_000_000),
            _params(number, dice),
            {key: dice.random() for key in _METRICS},
            {"mlflow.runName": name, "mlflow.user": "alice", "team": dice.choice(("growth", "risk", "core"))},
        )


def _params(number: int, dice: random.Random) -> dict[str, str]:
    return {
        "n_estimators": dice.choice(("10", "50", "100", "200", "500")),
        "max_depth": str(dice.randrange(2, 12)),
        "lr": f"{10 ** dice.uniform(-5, 0):.6f}",
        "model": dice.choice(("rf", "lr", "nn", "svm")),
        "seed": str(number % 7),
        "batch_size": dice.choice(("16", "32", "64", "128")),
        "dropout": f"{dice.random():.3f}",
        "optimizer": dice.choice(("adam", "sgd", "rmsprop")),
        "epochs": str(dice.randrange(1, 200)),
        "note": f"try {number:07}",
    }


def fill_ours(path: Path, runs: int) -> None:
    """Fill experiment 0 of an existing SQLite store of ours."""
    _fill(path, runs, _rows_of_ours)


def fill_postgresql(url: str, runs: int) -> None:
    """Fill experiment 0 of an existing store of ours on PostgreSQL, and let the server look at what it has got.

    What autovacuum does within a minute, which the tests' servers do not have, is done here at once.
    """
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        with connection.transaction(), connection.cursor() as cursor:
            for table, some in batches(runs, _rows_of_ours):
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    flags = "is_nan" in table
                    for row in some:
                        copy.write_row([*row[:3], bool(row[3]), *row[4:]] if flags else row)
            cursor.execute("SELECT setval(pg_get_serial_sequence('runs', 'run'), %s)", (runs,))
        connection.execute("VACUUM (ANALYZE)")


def _rows_of_ours(run: Seeded) -> dict[str, Rows]:
    key = run.number
    head = (key, run.run_id, 0, run.name, "alice", run.status, run.start_time, run.end_time, "active")
    return {
        "runs (run, run_id, experiment_id, run_name, user_id, status, start_time, end_time, lifecycle_stage)": [head],
        "params (run, key, value)": [(key, *item) for item in run.params.items()],
        "tags (run, key, value)": [(key, *item) for item in run.tags.items()],
        "latest_metrics (run, key, value, is_nan, step, timestamp, count)": [
            (key, name, value, 0, 0, run.start_time, 1) for name, value in run.metrics.items()
        ],
        "metric_chunks (run, key, count, min_step, max_step, min_value, max_value, data)": [
            (key, name, 1, 0, 0, value, value, struct.pack("<BIqqd", 0, 1, 0, run.start_time, value))
            for name, value in run.metrics.items()
        ],
    }


def fill_mlflow(path: Path, runs: int) -> None:
    """Fill experiment 0 of an existing SQLite store of MLflow."""
    _fill(path, runs, rows_of_mlflow)


def rows_of_mlflow(run: Seeded) -> dict[str, Rows]:
    """Return the rows of a run in MLflow's tables."""
    key = run.run_id
    head = (key, run.name, "LOCAL", "alice", run.status, run.start_time, run.end_time, "active", f"mlruns/{key}", 0)
    points = [(key, name, value, run.start_time, 0, 0) for name, value in run.metrics.items()]
    return {
        "runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, "
        "experiment_id)": [head],
        "params (run_uuid, key, value)": [(key, *item) for item in run.params.items()],
        "tags (run_uuid, key, value)": [(key, *item) for item in run.tags.items()],
        "metrics (run_uuid, key, value, timestamp, step, is_nan)": list(points),
        "latest_metrics (run_uuid, key, value, timestamp, step, is_nan)": points,
    }


def fill_raw(path: Path, runs: int) -> None:
    """Make a file of four plain tables with the indexes that the one search needs: the limit."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """PRAGMA journal_mode = WAL;
            CREATE TABLE runs (run INTEGER PRIMARY KEY, name TEXT, status TEXT, start_time INTEGER, end_time INTEGER);
            CREATE TABLE params (run INTEGER, key TEXT, value TEXT, PRIMARY KEY (run, key)) WITHOUT ROWID;
            CREATE TABLE tags (run INTEGER, key TEXT, value TEXT, PRIMARY KEY (run, key)) WITHOUT ROWID;
            CREATE TABLE metrics (run INTEGER, key TEXT, value REAL, PRIMARY KEY (run, key)) WITHOUT ROWID;
            CREATE INDEX metrics_by_key ON metrics (key, value, run);"""
        )

    def rows(run: Seeded) -> dict[str, Rows]:
        return {
            "runs (run, name, status, start_time, end_time)": [
                (run.number, run.name, run.status, run.start_time, run.end_time)
            ],
            "params (run, key, value)": [(run.number, *item) for item in run.params.items()],
            "tags (run, key, value)": [(run.number, *item) for item in run.tags.items()],
            "metrics (run, key, value)": [(run.number, *item) for item in run.metrics.items()],
        }

    _fill(path, runs, rows)


def _fill(path: Path, runs: int, rows: Callable[[Seeded], dict[str, Rows]]) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN IMMEDIATE")
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            "AND tbl_name IN ('runs', 'params', 'tags', 'metrics', 'latest_metrics', 'metric_chunks')"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for table, some in batches(runs, rows):
            _many(connection, table, some)
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def batches(runs: int, rows: Callable[[Seeded], dict[str, Rows]]) -> Iterator[tuple[str, Rows]]:
    """Yield the rows of many runs at once, table by table."""
    gathered: dict[str, Rows] = {}
    for run in seeded(runs):
        for table, some in rows(run).items():
            gathered.setdefault(table, []).extend(some)
        if run.number % _AT_ONCE == 0 or run.number == runs:
            yield from gathered.items()
            gathered = {}


def _many(connection: sqlite3.Connection, table: str, some: Sequence[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(some[0]))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
