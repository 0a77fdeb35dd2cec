"""The trackers that are measured, and what the machine can do at best (`raw_…`).

A peer's module is imported only in its own child process: it may need a package of another environment.
"""

from __future__ import annotations

import importlib

from benchmarks.peers.base import Peer

NAMES = (
    "ours",
    "ours_postgresql",
    "mlflow",
    "trackio",
    "dvclive",
    "tensorboardX",
    "wandb",
    "raw_file",
    "raw_sqlite",
    "raw_sqlite_full",
)
# Measured under the interpreter that runs the benchmarks; the others may live in an environment of their own.
OWN = frozenset({"ours", "ours_postgresql", "raw_file", "raw_sqlite", "raw_sqlite_full"})


def load(name: str) -> type[Peer]:
    """Return a peer's class."""
    peer: type[Peer] = importlib.import_module(f"benchmarks.peers.{name}").Tracker
    return peer
