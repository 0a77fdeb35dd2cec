"""The least that SQLite costs: one row and one COMMIT per call; WAL, synchronous=NORMAL."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.peers.base import Peer

_STARTUP = """
import sqlite3
connection = sqlite3.connect(folder + "/raw.db", isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA synchronous = {level}")
connection.execute("CREATE TABLE IF NOT EXISTS points (run TEXT, key TEXT, step INT, timestamp INT, value REAL)")
connection.execute("INSERT INTO points VALUES ('first', 'loss', 0, 0, 0.5)")
connection.close()
"""


# The ten best as one writes it by hand, and rows of a DataFrame: what any tracker has to do at least.
_TOP_TEN = """SELECT runs.name FROM metrics CROSS JOIN params USING (run) CROSS JOIN runs USING (run)
WHERE metrics.key = 'f1' AND metrics.value > 0.85 AND params.key = 'n_estimators' AND params.value = '200'
ORDER BY metrics.value DESC LIMIT 10"""


class Tracker(Peer):
    durability = "B"
    workloads = frozenset(
        ("log_metric", "log_batch", "processes", "kills", "million", "sweep", "startup", "search", "growth")
    )
    level: ClassVar[str] = "NORMAL"
    startup = _STARTUP.format(level="NORMAL")

    @property
    def path(self) -> Path:
        return self.folder / "raw.db"

    def start_run(self, name: str) -> None:
        if not hasattr(self, "_connection"):
            # For several threads, which then share it under SQLite's own mutex.
            self._connection = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
            self._do("PRAGMA journal_mode = WAL")
            self._do(f"PRAGMA synchronous = {self.level}")
            self._do("CREATE TABLE IF NOT EXISTS points (run TEXT, key TEXT, step INT, timestamp INT, value REAL)")
            self._do("CREATE TABLE IF NOT EXISTS texts (run TEXT, key TEXT, value TEXT)")
        self._name = name
        self._do("INSERT INTO texts VALUES (?, 'status', 'RUNNING')", (name,))

    def _do(self, statement: str, values: Sequence[Any] = ()) -> object:
        return self._connection.execute(statement, values)

    def _many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self._do("BEGIN IMMEDIATE")
        self._connection.executemany(statement, rows)
        self._do("COMMIT")

    def log_metric(self, key: str, value: float, step: int) -> object:
        now = int(time.time() * 1000)
        return self._do("INSERT INTO points VALUES (?, ?, ?, ?, ?)", (self._name, key, step, now, value))

    def batch(self, key: str, first: int, values: Sequence[float]) -> Any:
        now = int(time.time() * 1000)
        return [(self._name, key, step, now, value) for step, value in enumerate(values, first)]

    def log_batch(self, batch: Any) -> object:
        return self._many("INSERT INTO points VALUES (?, ?, ?, ?, ?)", batch)

    def log_params(self, params: dict[str, str]) -> object:
        return self._many("INSERT INTO texts VALUES (?, ?, ?)", [(self._name, *item) for item in params.items()])

    def log_metrics(self, metrics: dict[str, float]) -> object:
        now = int(time.time() * 1000)
        rows = [(self._name, key, 0, now, value) for key, value in metrics.items()]
        return self._many("INSERT INTO points VALUES (?, ?, ?, ?, ?)", rows)

    def set_tags(self, tags: dict[str, str]) -> object:
        return self.log_params(tags)

    def end_run(self) -> None:
        self._do("INSERT INTO texts VALUES (?, 'status', 'FINISHED')", (self._name,))

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.path, timeout=60)) as connection:
            return connection.execute(statement, values).fetchall()

    def stored(self) -> int:
        return self._rows("SELECT COUNT(*) FROM points")[0][0]

    def found(self) -> dict[str, int]:
        return dict(self._rows("SELECT run, COUNT(*) FROM points GROUP BY 1"))

    def read(self, name: str, key: str) -> int:
        import numpy as np

        rows = self._rows("SELECT step, timestamp, value FROM points WHERE run = ? AND key = ?", (name, key))
        return min(len(np.array(column)) for column in zip(*rows, strict=True))

    def seed(self, runs: int) -> None:
        from benchmarks.seeding import fill_raw

        fill_raw(self.path, runs)
        self.open()

    def open(self) -> None:
        self._connection = sqlite3.connect(self.path, isolation_level=None)

    def top_ten(self) -> list[str]:
        return [name for (name,) in self._connection.execute(_TOP_TEN)]

    def frame(self) -> int:
        import pandas as pd

        runs = pd.DataFrame(self._connection.execute("SELECT * FROM runs").fetchall()).set_index(0)
        parts = [
            pd.DataFrame(self._connection.execute(f"SELECT * FROM {table}").fetchall()).pivot(  # noqa: PD010 - of texts
                index=0, columns=1, values=2
            )
            for table in ("metrics", "params", "tags")
        ]
        return len(runs.join(parts))
