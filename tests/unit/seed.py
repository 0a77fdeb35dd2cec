"""A small store with one of everything that a panel shows, the same at every run but for ids."""

import math
from dataclasses import dataclass
from pathlib import Path

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.store.sql import open_sqlite

START = 1_790_000_000_000


@dataclass
class Seeded:
    store: object
    experiment: str
    empty: str
    forest: str
    failed: str
    running: str


def seed(path: Path) -> Seeded:
    store = open_sqlite(path)
    experiment = store.create_experiment("churn")
    empty = store.create_experiment("nothing here")
    forest = _run(store, experiment, "rf-baseline", 0, {"model": "rf", "depth": "8", "seed": "1"}, {"author": "alice"})
    store.log_batch(forest, metrics=[Metric("f1", 0.5 + i / 20, START + i, i) for i in range(10)])
    store.log_batch(forest, metrics=[Metric("loss", math.nan, START, 0), Metric("loss", math.inf, START, 1)])
    store.set_tag(forest, RunTag("mlflow.note.content", "The first that worked."))
    artifacts = artifact_store(store.get_run(forest).info.artifact_uri)
    artifacts.write("report.txt", b"fine\n")
    artifacts.write("model/MLmodel", b"flavors: {}\n")
    store.update_run(forest, status="FINISHED", end_time=START + 12_300)
    failed = _run(store, experiment, "lr-0.1", 60_000, {"model": "lr", "lr": "0.1", "seed": "1"}, {})
    store.set_tag(failed, RunTag("jupyter_tracker.error.type", "ValueError"))
    store.set_tag(failed, RunTag("jupyter_tracker.error.message", "Input X contains NaN."))
    store.update_run(failed, status="FAILED", end_time=START + 60_400)
    running = _run(store, experiment, "long", 120_000, {"model": "nn", "seed": "1"}, {})
    store.log_batch(running, metrics=[Metric("f1", math.sin(i / 100), START + i, i) for i in range(1000)])
    store.flush()
    return Seeded(store, experiment, empty, forest, failed, running)


def _run(store, experiment, name, offset_ms, params, tags):
    run = store.create_run(experiment, user_id="alice", start_time=START + offset_ms, tags=tags, run_name=name)
    store.log_batch(run.info.run_id, params=[Param(key, value) for key, value in params.items()])
    return run.info.run_id
