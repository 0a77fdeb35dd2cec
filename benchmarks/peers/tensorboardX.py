"""tensorboardX event files."""  # noqa: N999 - the name of the package

from __future__ import annotations

import struct
from pathlib import Path

from benchmarks.peers.base import Peer


class Tracker(Peer):
    package = "tensorboardX"
    durability = "C"
    workloads = frozenset(("log_metric", "log_batch", "kills", "sweep", "startup"))
    startup = """
from tensorboardX import SummaryWriter
with SummaryWriter(folder + "/first") as writer:
    writer.add_scalar("loss", 0.5, 0)
"""

    def start_run(self, name: str) -> None:
        from tensorboardX import SummaryWriter

        self._writer = SummaryWriter(str(self.folder / name))

    def log_metric(self, key: str, value: float, step: int) -> object:
        return self._writer.add_scalar(key, value, step)

    def log_params(self, params: dict[str, str]) -> object:
        return self._writer.add_text("params", str(params))

    def set_tags(self, tags: dict[str, str]) -> object:
        return self._writer.add_text("tags", str(tags))

    def end_run(self) -> None:
        self._writer.close()

    def stored(self) -> int:
        return sum(self.found().values())

    def found(self) -> dict[str, int]:
        return {path.parent.name: _events(path) for path in self.folder.glob("*/events.out.tfevents.*")}


def _events(path: Path) -> int:
    """Count whole records (length, CRC, data, CRC), the file's own first one left out."""
    data, offset, count = path.read_bytes(), 0, 0
    while offset + 12 <= len(data):
        offset += 16 + struct.unpack_from("<Q", data, offset)[0]
        count += offset <= len(data)
    return max(count - 1, 0)
