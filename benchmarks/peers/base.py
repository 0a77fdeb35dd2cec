"""What a workload asks of a tracker. A peer implements what it can, in its own plain way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar


class Peer:
    """One tracker, writing into `folder`. Made in a fresh process; nothing heavy before `start_run`.

    Attributes
    ----------
    package : str or None
        What must be importable; None for what is always there.
    durability : str
        What a returned call survives: A a power cut, B a killed process, C neither.
    workloads : frozenset of str
        What it can be measured in.
    startup : str
        A script that logs one metric into `folder` and returns when it is stored.
    speaks_filters, speaks_logic : bool
        Whether it has MLflow's filters, and whether also OR, NOT and parentheses.
    """

    package: ClassVar[str | None] = None
    durability: ClassVar[str]
    workloads: ClassVar[frozenset[str]]
    startup: ClassVar[str] = ""
    speaks_filters: ClassVar[bool] = False
    speaks_logic: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self, cache: Path) -> None:
        """Make what every store of this peer begins with, where that takes long; `cache` lasts for the session."""

    def start_run(self, name: str) -> None:
        raise NotImplementedError

    def log_metric(self, key: str, value: float, step: int) -> object:
        raise NotImplementedError

    def batch(self, key: str, first: int, values: Sequence[float]) -> Any:
        """Return points in the form that `log_batch` takes, made before the clock runs."""
        return [(key, value, step) for step, value in enumerate(values, first)]

    def log_batch(self, batch: Any) -> object:
        """Log many points the best way there is."""
        for key, value, step in batch:
            self.log_metric(key, value, step)

    def log_series(self, key: str, values: Any) -> object:
        raise NotImplementedError

    def log_params(self, params: dict[str, str]) -> object:
        raise NotImplementedError

    def log_metrics(self, metrics: dict[str, float]) -> object:
        for key, value in metrics.items():
            self.log_metric(key, value, 0)

    def set_tags(self, tags: dict[str, str]) -> object:
        raise NotImplementedError

    def end_run(self) -> None:
        raise NotImplementedError

    # Of a process that logs nothing itself.

    def stored(self) -> int:
        """Return how many points another process sees in the files, without the tracker's help."""
        raise NotImplementedError

    def found(self) -> dict[str, int]:
        """Return the points of each run by name, as a fresh process reads them by the tracker's own means."""
        raise NotImplementedError

    def read(self, name: str, key: str) -> int:
        """Read every point of a metric of a run by the tracker's own means; return how many there were."""
        raise NotImplementedError

    def log_model(self, model: Any, name: str, example: Any) -> str:
        """Log a model of scikit-learn to the run, with an input example or None; return its URI."""
        raise NotImplementedError

    def load_model(self, uri: str) -> Any:
        """Return that model."""
        raise NotImplementedError

    # Of a store of very many runs (`benchmarks/seeding.py`).

    def seed(self, runs: int) -> None:
        """Fill the store with so many runs, without logging them one by one."""
        raise NotImplementedError

    def open(self) -> None:
        """Open a store that another process has filled by `seed`."""
        raise NotImplementedError

    def top_ten(self) -> list[str]:
        """Return the names of the ten best by f1 of the runs with f1 > 0.85 and n_estimators '200'."""
        raise NotImplementedError

    def search(self, filter_: str, order_by: str) -> int:
        """Return how many of at most ten runs a filter finds."""
        raise NotImplementedError

    def plan(self, filter_: str, order_by: str) -> str:
        """Return how the database answers `search`: each statement with its plan."""
        raise NotImplementedError

    def page(self) -> int:
        """Read one page of a table of runs, as its panel shows it; return its rows."""
        raise NotImplementedError

    def frame(self) -> int:
        """Read all runs into a DataFrame; return its rows."""
        raise NotImplementedError
