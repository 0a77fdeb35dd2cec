"""dvclive, without experiments and reports: only its files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.base import Peer


class Tracker(Peer):
    package = "dvclive"
    durability = "B"
    workloads = frozenset(("log_metric", "log_batch", "kills", "million", "sweep", "startup"))
    startup = """
from dvclive import Live
with Live(folder + "/first", save_dvc_exp=False, report=None) as live:
    live.log_metric("loss", 0.5)
    live.next_step()
"""

    def start_run(self, name: str) -> None:
        from dvclive import Live

        self._live = Live(str(self.folder / name), save_dvc_exp=False, report=None)

    def log_metric(self, key: str, value: float, step: int) -> object:
        self._live.step = step
        return self._live.log_metric(key, value)

    def log_params(self, params: dict[str, str]) -> object:
        return self._live.log_params(params)

    def set_tags(self, tags: dict[str, str]) -> object:
        return self._live.log_params(tags)

    def end_run(self) -> None:
        self._live.end()

    def _curves(self) -> list[Path]:
        return list(self.folder.glob("*/plots/metrics/*.tsv"))

    def stored(self) -> int:
        return sum(max(path.read_bytes().count(b"\n") - 1, 0) for path in self._curves())

    def found(self) -> dict[str, int]:
        return {path.parts[-4]: max(path.read_bytes().count(b"\n") - 1, 0) for path in self._curves()}

    def read(self, name: str, key: str) -> int:
        lines = (self.folder / name / "plots" / "metrics" / f"{key}.tsv").read_text(encoding="utf-8").splitlines()
        return len([float(line.split("\t")[1]) for line in lines[1:]])
