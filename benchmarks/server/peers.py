"""The servers that are measured: how each is started, and what fills its tables with many runs and a long history."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import seeding

ROOT = Path(__file__).parents[2]
LONG_RUN = f"{1:032x}"
"""The run whose metric `long` is read."""
_START = 1_700_000_000_000


@dataclass(frozen=True)
class Peer:
    """A tracking server; `store.db` in the working directory is its SQLite file.

    Attributes
    ----------
    command : callable
        From the port to the arguments that start it.
    fill : callable
        Puts so many runs into experiment 0 of a store that the server has made, and so many points into one of them.
    """

    name: str
    command: Callable[[int], list[str]]
    fill: Callable[[Path, int, int], None]

    @property
    def is_here(self) -> bool:
        """Whether it is installed."""
        return Path(self.command(0)[0]).exists()


def peers(bench: Path) -> list[Peer]:
    """Return all of them; `bench` is the folder of the programs of the peers' environment."""

    def mlflow(*more: str) -> Callable[[int], list[str]]:
        return lambda port: [
            f"{bench}/mlflow", "server", "--backend-store-uri", "sqlite:///store.db", "--host", "127.0.0.1", "--port",
            str(port), *more,
        ]  # fmt: skip

    def ours(port: int) -> list[str]:
        return [sys.executable, "-m", "jupyter_tracker", "server", "--backend-store-uri", "sqlite:///store.db",
                "--port", str(port)]  # fmt: skip

    def fml(port: int) -> list[str]:
        return [f"{bench}/fml", "server", "-a", f"127.0.0.1:{port}", "-d", "sqlite://store.db", "-l", "error"]

    return [
        Peer("ours", ours, _fill_ours),
        Peer("fasttrackml", fml, _fill_fasttrackml),
        Peer("mlflow-1", mlflow("--workers", "1"), _fill_mlflow),
        Peer("mlflow", mlflow(), _fill_mlflow),
    ]


def _fill_ours(path: Path, runs: int, points: int) -> None:
    from jupyter_tracker.entities import Metric
    from jupyter_tracker.store.sql import open_sqlite

    seeding.fill_ours(path, runs)
    store = open_sqlite(path)
    for start in range(0, points, 1000):
        store.log_batch(LONG_RUN, [Metric("long", i / 3, _START + i, i) for i in range(start, start + 1000)])
    store.close()


def _fill_mlflow(path: Path, runs: int, points: int) -> None:
    seeding.fill_mlflow(path, runs)
    rows = [(LONG_RUN, "long", i / 3, _START + i, i, 0) for i in range(points)]
    _insert(path, "metrics (run_uuid, key, value, timestamp, step, is_nan)", rows)
    _insert(path, "latest_metrics (run_uuid, key, value, timestamp, step, is_nan)", rows[-1:])


def _fill_fasttrackml(path: Path, runs: int, points: int) -> None:
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for run in seeding.seeded(runs):
        rows = {
            "runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, "
            "experiment_id, row_num)": [(run.run_id, run.name, "LOCAL", "alice", run.status, run.start_time,
                                         run.end_time, "active", f"artifacts/{run.run_id}", 0, run.number)],
            "params (run_uuid, key, value)": [(run.run_id, *item) for item in run.params.items()],
            "tags (run_uuid, key, value)": [(run.run_id, *item) for item in run.tags.items()],
            "metrics (run_uuid, key, value, timestamp, step, is_nan, iter, context_id)": [
                (run.run_id, name, value, run.start_time, 0, 0, 1, 1) for name, value in run.metrics.items()
            ],
            "latest_metrics (run_uuid, key, value, timestamp, step, is_nan, last_iter, context_id)": [
                (run.run_id, name, value, run.start_time, 0, 0, 1, 1) for name, value in run.metrics.items()
            ],
        }  # fmt: skip
        for table, some in rows.items():
            tables.setdefault(table, []).extend(some)
    long = [(LONG_RUN, "long", i / 3, _START + i, i, 0, i + 1, 1) for i in range(points)]
    for table, some in tables.items():
        of_points = long if table.startswith("metrics ") else long[-1:] if table.startswith("latest_metrics ") else []
        _insert(path, table, [*some, *of_points])


def _insert(path: Path, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
