"""trackio, local; its system metrics off."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.base import Peer

_PROJECT = "bench"


class Tracker(Peer):
    package = "trackio"
    durability = "C"
    workloads = frozenset(("log_metric", "log_batch", "processes", "kills", "million", "sweep", "startup"))
    startup = """
import os
os.environ["TRACKIO_DIR"] = folder
import trackio
trackio.init(project="bench", name="first", embed=False, auto_log_cpu=False, auto_log_gpu=False)
trackio.log({"loss": 0.5}, step=0)
trackio.finish()
"""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        os.environ["TRACKIO_DIR"] = str(folder)

    def start_run(self, name: str, config: dict[str, str] | None = None) -> None:
        import trackio

        self._trackio, self._name = trackio, name
        self._run = trackio.init(
            project=_PROJECT, name=name, config=config, embed=False, auto_log_cpu=False, auto_log_gpu=False
        )

    def log_metric(self, key: str, value: float, step: int) -> object:
        return self._trackio.log({key: value}, step=step)

    def batch(self, key: str, first: int, values: Sequence[float]) -> Any:
        return [({key: value}, step) for step, value in enumerate(values, first)]

    def log_batch(self, batch: Any) -> object:
        log = self._trackio.log
        for metrics, step in batch:
            log(metrics, step=step)

    def log_params(self, params: dict[str, str]) -> object:
        self._run.config.update(params)

    def log_metrics(self, metrics: dict[str, float]) -> object:
        return self._trackio.log(metrics, step=0)

    def set_tags(self, tags: dict[str, str]) -> object:
        self._run.config.update(tags)

    def end_run(self) -> None:
        self._trackio.finish()

    def _rows(self, statement: str) -> list[Any]:
        path = self.folder / f"{_PROJECT}.db"
        if not path.exists():
            return []
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
            return connection.execute(statement).fetchall()

    def stored(self) -> int:
        return sum(count for (count,) in self._rows("SELECT COUNT(*) FROM metrics"))

    def found(self) -> dict[str, int]:
        return dict(self._rows("SELECT run_name, COUNT(*) FROM metrics GROUP BY 1"))

    def read(self, name: str, key: str) -> int:
        rows = self._rows(f"SELECT metrics FROM metrics WHERE run_name = '{name}' ORDER BY step")
        return len([json.loads(text)[key] for (text,) in rows])
