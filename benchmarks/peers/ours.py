"""jupyter_tracker through its fluent API, as a user's script calls it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from typing import Any

from benchmarks.peers.base import Peer


class Tracker(Peer):
    package = "jupyter_tracker"
    durability = "B"
    workloads = frozenset(
        (
            "log_metric",
            "log_batch",
            "log_series",
            "processes",
            "kills",
            "million",
            "sweep",
            "startup",
            "cell",
            "search",
            "growth",
            "log_model",
        )
    )
    speaks_filters = speaks_logic = True
    startup = """
import jupyter_tracker as tracker
tracker.set_tracking_uri(folder + "/tracker.db")
tracker.start_run(run_name="first")
tracker.log_metric("loss", 0.5, step=0)
tracker.end_run()
"""

    @property
    def path(self) -> str:
        return str(self.folder / "tracker.db")

    def start_run(self, name: str) -> None:
        import jupyter_tracker as tracker

        if not hasattr(self, "tracker"):
            tracker.set_tracking_uri(self.path)
            self.tracker = tracker
        self.run_id = tracker.start_run(run_name=name).info.run_id

    def log_model(self, model: Any, name: str, example: Any) -> str:
        return self.tracker.sklearn.log_model(model, name, input_example=example).model_uri

    def load_model(self, uri: str) -> Any:
        return self.tracker.sklearn.load_model(uri)

    def log_metric(self, key: str, value: float, step: int) -> object:
        return self.tracker.log_metric(key, value, step=step)

    def batch(self, key: str, first: int, values: Sequence[float]) -> Any:
        import time

        from jupyter_tracker.entities import Metric

        self._client = self.tracker.TrackerClient()
        now = time.time_ns() // 1_000_000
        return [Metric(key, value, now, step) for step, value in enumerate(values, first)]

    def log_batch(self, batch: Any) -> object:
        return self._client.log_batch(self.run_id, metrics=batch)

    def log_series(self, key: str, values: Any) -> object:
        return self.tracker.log_metric_series(key, values)

    def log_params(self, params: dict[str, str]) -> object:
        return self.tracker.log_params(params)

    def log_metrics(self, metrics: dict[str, float]) -> object:
        return self.tracker.log_metrics(metrics)

    def set_tags(self, tags: dict[str, str]) -> object:
        return self.tracker.set_tags(tags)

    def end_run(self) -> None:
        self.tracker.end_run()

    def stored(self) -> int:
        # The driver's newer SQLite would do as well; reading is safe with any.
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT COALESCE(SUM(count), 0) FROM latest_metrics").fetchone()[0]

    def found(self) -> dict[str, int]:
        import jupyter_tracker as tracker

        tracker.set_tracking_uri(self.path)
        runs = tracker.search_runs(search_all_experiments=True, output_format="list")
        return {
            run.info.run_name: sum(
                len(tracker.metric_history(run.info.run_id, key, output_format="numpy")["value"])
                for key in run.data.metrics
            )
            for run in runs
        }

    def read(self, name: str, key: str) -> int:
        import jupyter_tracker as tracker

        if not hasattr(self, "run_id"):
            tracker.set_tracking_uri(self.path)
            with contextlib.closing(sqlite3.connect(self.path)) as connection:
                row = connection.execute("SELECT run_id FROM runs WHERE run_name = ?", (name,)).fetchone()
            self.run_id = row[0]
        return len(tracker.metric_history(self.run_id, key, output_format="numpy")["value"])

    def seed(self, runs: int) -> None:
        from benchmarks.seeding import fill_ours
        from jupyter_tracker.store.sql import open_sqlite

        open_sqlite(self.path).close()
        fill_ours(self.folder / "tracker.db", runs)
        self.open()

    def open(self) -> None:
        import jupyter_tracker as tracker

        tracker.set_tracking_uri(self.path)
        self.tracker = tracker
        self._client = tracker.TrackerClient()

    def top_ten(self) -> list[str]:
        from benchmarks.workloads.search import ORDER, TOP

        return [run.info.run_name for run in self._client.search_runs(["0"], TOP, max_results=10, order_by=[ORDER])]

    def search(self, filter_: str, order_by: str) -> int:
        return len(self._client.search_runs(["0"], filter_, max_results=10, order_by=[order_by]))

    def plan(self, filter_: str, order_by: str) -> str:
        from benchmarks.plans import plans_of
        from jupyter_tracker.tracking import active

        return plans_of(active.store().database.engine, lambda: self.search(filter_, order_by))  # type: ignore[attr-defined]

    def page(self) -> int:
        from jupyter_tracker.tracking import active
        from jupyter_tracker.views.run_table import run_table_view

        return len(run_table_view(active.store(), ["0"]).rows)

    def frame(self) -> int:
        return len(self.tracker.search_runs(["0"]))
