"""The servers that are measured: how each is started, and what fills its tables."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.server.filling import Database, fill_fasttrackml, fill_mlflow, fill_ours

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Peer:
    """A tracking server; its working directory is the folder of its SQLite file.

    Attributes
    ----------
    command : callable
        From the port and the database to the arguments that start it.
    fill : callable
        Puts so many runs into experiment 0 of a store that the server has made, and so many points into one of them.
    """

    name: str
    command: Callable[[int, Database], list[str]]
    fill: Callable[[Database, int, int], None]

    @property
    def is_here(self) -> bool:
        """Whether it is installed."""
        return Path(self.command(0, Database(Path()))[0]).exists()


def peers(bench: Path) -> list[Peer]:
    """Return all of them; `bench` is the folder of the programs of the peers' environment."""

    def mlflow(*more: str) -> Callable[[int, Database], list[str]]:
        return lambda port, database: [
            f"{bench}/mlflow", "server", "--backend-store-uri", _uri(database, "postgresql+psycopg"),
            "--host", "127.0.0.1", "--port", str(port), *more,
        ]  # fmt: skip

    def ours(*more: str) -> Callable[[int, Database], list[str]]:
        return lambda port, database: [
            sys.executable, "-m", "jupyter_tracker", "server", "--backend-store-uri", _uri(database, "postgresql"),
            "--port", str(port), *more,
        ]  # fmt: skip

    def fml(port: int, database: Database) -> list[str]:
        uri = database.url or f"sqlite://{database.path.name}"
        return [f"{bench}/fml", "server", "-a", f"127.0.0.1:{port}", "-d", uri, "-l", "error"]

    return [
        Peer("ours", ours(), fill_ours),
        Peer("ours-2", ours("--workers", "2"), fill_ours),
        Peer("fasttrackml", fml, fill_fasttrackml),
        Peer("mlflow-1", mlflow("--workers", "1"), fill_mlflow),
        Peer("mlflow", mlflow(), fill_mlflow),
    ]


def _uri(database: Database, scheme: str) -> str:
    if database.url is None:
        return f"sqlite:///{database.path.name}"
    return f"{scheme}://{database.url.partition('://')[2]}"
