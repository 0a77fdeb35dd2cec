"""Weights & Biases, offline. Its offline files have no reader, so only what its calls cost is measured."""

from __future__ import annotations

from benchmarks.peers.base import Peer


class Tracker(Peer):
    package = "wandb"
    durability = "C"
    workloads = frozenset(("sweep", "startup"))
    startup = """
import wandb
run = wandb.init(project="bench", name="first", dir=folder, mode="offline")
run.log({"loss": 0.5}, step=0)
run.finish(quiet=True)
"""

    def start_run(self, name: str) -> None:
        import wandb

        self._run = wandb.init(project="bench", name=name, dir=str(self.folder), mode="offline")

    def log_metric(self, key: str, value: float, step: int) -> object:
        return self._run.log({key: value}, step=step)

    def log_params(self, params: dict[str, str]) -> object:
        return self._run.config.update(params)

    def log_metrics(self, metrics: dict[str, float]) -> object:
        return self._run.log(metrics, step=0)

    def set_tags(self, tags: dict[str, str]) -> object:
        return self._run.config.update(tags)

    def end_run(self) -> None:
        self._run.finish(quiet=True)
