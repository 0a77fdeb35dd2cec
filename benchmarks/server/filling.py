"""What fills the tables of the servers that are measured: many runs, and a long history of one of them."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import seeding

LONG_RUN = f"{1:032x}"
"""The run whose metric `long` is read."""
_START = 1_700_000_000_000


@dataclass(frozen=True)
class Database:
    """Where a server keeps its runs: a SQLite file, or a database of PostgreSQL.

    Attributes
    ----------
    path : pathlib.Path
        The file; its folder is the server's working directory.
    url : str or None
        ``postgresql://…``, password included; None: the file.
    """

    path: Path
    url: str | None = None

    def insert(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows; `table` is its name with its columns."""
        if self.url is not None:
            self._copy(table, rows)
            return
        marks = ", ".join("?" * len(rows[0]))
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def _copy(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        import psycopg

        columns = re.findall(r"\w+", table)[1:]
        flag = columns.index("is_nan") if "is_nan" in columns else None
        with psycopg.connect(self.url) as connection, connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row([bool(value) if at == flag else value for at, value in enumerate(row)])

    def settle(self) -> None:
        """Let PostgreSQL look at what it has got: autovacuum, which would, is off in the tests' servers."""
        if self.url is not None:
            import psycopg

            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")


def fill_ours(database: Database, runs: int, points: int) -> None:
    """Fill experiment 0 of a store of ours."""
    from jupyter_tracker.entities import Metric
    from jupyter_tracker.store.sql import open_server, open_sqlite

    if database.url is not None:
        seeding.fill_postgresql(database.url, runs)
    else:
        seeding.fill_ours(database.path, runs)
    store = open_sqlite(database.path) if database.url is None else open_server(database.url)
    for start in range(0, points, 1000):
        store.log_batch(LONG_RUN, [Metric("long", i / 3, _START + i, i) for i in range(start, start + 1000)])
    store.close()


def fill_mlflow(database: Database, runs: int, points: int) -> None:
    """Fill experiment 0 of a store of MLflow's."""
    if database.url is None:
        seeding.fill_mlflow(database.path, runs)
    else:
        for table, some in seeding.batches(runs, seeding.rows_of_mlflow):
            database.insert(table, some)
    rows = [(LONG_RUN, "long", i / 3, _START + i, i, 0) for i in range(points)]
    database.insert("metrics (run_uuid, key, value, timestamp, step, is_nan)", rows)
    database.insert("latest_metrics (run_uuid, key, value, timestamp, step, is_nan)", rows[-1:])


def fill_fasttrackml(database: Database, runs: int, points: int) -> None:
    """Fill experiment 0 of a store of FastTrackML's."""
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for run in seeding.seeded(runs):
        for table, some in _rows_of_fasttrackml(run).items():
            tables.setdefault(table, []).extend(some)
    long = [(LONG_RUN, "long", i / 3, _START + i, i, 0, i + 1, 1) for i in range(points)]
    for table, some in tables.items():
        of_points = long if table.startswith("metrics ") else long[-1:] if table.startswith("latest_metrics ") else []
        database.insert(table, [*some, *of_points])


def _rows_of_fasttrackml(run: seeding.Seeded) -> dict[str, list[tuple[Any, ...]]]:
    points = [(run.run_id, name, value, run.start_time, 0, 0, 1, 1) for name, value in run.metrics.items()]
    return {
        "runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, "
        "experiment_id, row_num)": [(run.run_id, run.name, "LOCAL", "alice", run.status, run.start_time,
                                     run.end_time, "active", f"artifacts/{run.run_id}", 0, run.number)],
        "params (run_uuid, key, value_str)": [(run.run_id, *item) for item in run.params.items()],
        "tags (run_uuid, key, value)": [(run.run_id, *item) for item in run.tags.items()],
        "metrics (run_uuid, key, value, timestamp, step, is_nan, iter, context_id)": list(points),
        "latest_metrics (run_uuid, key, value, timestamp, step, is_nan, last_iter, context_id)": points,
    }  # fmt: skip
