"""MLflow on its SQLite store."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.base import Peer


class Tracker(Peer):
    package = "mlflow"
    durability = "A"
    workloads = frozenset(
        ("log_metric", "log_batch", "processes", "kills", "million", "sweep", "startup", "search", "log_model")
    )
    speaks_filters = True
    startup = """
import mlflow
mlflow.set_tracking_uri("sqlite:///" + folder + "/mlflow.db")
with mlflow.start_run(run_name="first"):
    mlflow.log_metric("loss", 0.5, step=0)
"""

    @property
    def path(self) -> Path:
        return self.folder / "mlflow.db"

    def prepare(self, cache: Path) -> None:
        # A new store runs all of MLflow's migrations, some seconds: only `startup` is about that.
        template = cache / "mlflow.db"
        if not template.exists():
            self._connect()
            self.mlflow.search_experiments()
            shutil.copy(self.path, template)
        elif not self.path.exists():
            shutil.copy(template, self.path)

    def _connect(self) -> None:
        import mlflow

        self.mlflow = mlflow
        mlflow.set_tracking_uri(f"sqlite:///{self.path}")

    def start_run(self, name: str) -> None:
        self._connect()
        self.run_id = self.mlflow.start_run(run_name=name).info.run_id

    def log_model(self, model: Any, name: str, example: Any) -> str:
        import mlflow.sklearn

        # Without being told so it refuses every model with a tree in it.
        trusted = ["sklearn.tree._tree.Tree"]
        logged = mlflow.sklearn.log_model(model, name=name, input_example=example, skops_trusted_types=trusted)
        return str(logged.model_uri)

    def load_model(self, uri: str) -> Any:
        return self.mlflow.sklearn.load_model(uri)

    def log_metric(self, key: str, value: float, step: int) -> object:
        return self.mlflow.log_metric(key, value, step=step)

    def batch(self, key: str, first: int, values: Sequence[float]) -> Any:
        from mlflow.entities import Metric

        self._client = self.mlflow.MlflowClient()
        now = time.time_ns() // 1_000_000
        return [Metric(key, value, now, step) for step, value in enumerate(values, first)]

    def log_batch(self, batch: Any) -> object:
        return self._client.log_batch(self.run_id, metrics=batch)

    def log_params(self, params: dict[str, str]) -> object:
        return self.mlflow.log_params(params)

    def log_metrics(self, metrics: dict[str, float]) -> object:
        return self.mlflow.log_metrics(metrics)

    def set_tags(self, tags: dict[str, str]) -> object:
        return self.mlflow.set_tags(tags)

    def end_run(self) -> None:
        self.mlflow.end_run()

    def stored(self) -> int:
        with contextlib.closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.execute("SELECT COUNT(*) FROM metrics").fetchone()[0]

    def found(self) -> dict[str, int]:
        # By SQL: its own reader would take minutes, and adds or removes nothing.
        with contextlib.closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return dict(
                connection.execute(
                    "SELECT runs.name, COUNT(metrics.run_uuid) FROM runs LEFT JOIN metrics USING (run_uuid) GROUP BY 1"
                )
            )

    def read(self, name: str, key: str) -> int:
        if not hasattr(self, "run_id"):
            self._connect()
            with contextlib.closing(sqlite3.connect(self.path)) as connection:
                (self.run_id,) = connection.execute("SELECT run_uuid FROM runs WHERE name = ?", (name,)).fetchone()
        return len(self.mlflow.MlflowClient().get_metric_history(self.run_id, key))

    def seed(self, runs: int) -> None:
        from benchmarks.seeding import fill_mlflow

        self._connect()
        self.mlflow.search_experiments()  # makes the tables where `prepare` has not
        fill_mlflow(self.path, runs)
        self._client = self.mlflow.MlflowClient()

    def top_ten(self) -> list[str]:
        from benchmarks.workloads.search import ORDER, TOP

        return [run.info.run_name for run in self._client.search_runs(["0"], TOP, max_results=10, order_by=[ORDER])]

    def search(self, filter_: str, order_by: str) -> int:
        return len(self._client.search_runs(["0"], filter_, max_results=10, order_by=[order_by]))

    def frame(self) -> int:
        return len(self.mlflow.search_runs(["0"]))
