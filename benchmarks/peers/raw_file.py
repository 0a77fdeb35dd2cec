"""The least that class B can cost: one append of 36 bytes to a file per call."""

from __future__ import annotations

import os
import struct
import time
import uuid
from collections.abc import Sequence
from typing import Any

from benchmarks.peers.base import Peer

_POINT = struct.Struct("<IHHIqqd")


class Tracker(Peer):
    durability = "B"
    workloads = frozenset(
        ("log_metric", "log_batch", "log_series", "processes", "kills", "million", "sweep", "startup")
    )
    startup = """
import os, struct
file = os.open(folder + "/first.points", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
os.write(file, struct.pack("<IHHIqqd", 0, 1, 0, 0, 0, 0, 0.5))
os.close(file)
"""

    def start_run(self, name: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = os.open(self.folder / f"{name}.{uuid.uuid4().hex}.points", flags, 0o600)

    def log_metric(self, key: str, value: float, step: int) -> object:  # noqa: ARG002 - one key is enough here
        return os.write(self._file, _POINT.pack(0, 1, 0, 0, step, int(time.time() * 1000), value))

    def batch(self, key: str, first: int, values: Sequence[float]) -> Any:
        return [(key, value, step) for step, value in enumerate(values, first)]

    def log_batch(self, batch: Any) -> object:
        now = int(time.time() * 1000)
        return os.write(self._file, b"".join([_POINT.pack(0, 1, 0, 0, step, now, value) for _, value, step in batch]))

    def log_series(self, key: str, values: Any) -> object:  # noqa: ARG002 - as above
        import numpy as np

        points = np.zeros(len(values), [("head", "12u1"), ("step", "<i8"), ("timestamp", "<i8"), ("value", "<f8")])
        points["step"] = np.arange(len(values))
        points["timestamp"] = int(time.time() * 1000)
        points["value"] = values
        data = memoryview(points).cast("B")
        while data:
            data = data[os.write(self._file, data) :]
        return None

    def log_params(self, params: dict[str, str]) -> object:
        return os.write(self._file, _padded(repr(params)))

    def set_tags(self, tags: dict[str, str]) -> object:
        return os.write(self._file, _padded(repr(tags)))

    def end_run(self) -> None:
        os.close(self._file)

    def stored(self) -> int:
        return sum(self.found().values())

    def found(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for path in self.folder.glob("*.points"):
            name = path.name.split(".")[0]
            counts[name] = counts.get(name, 0) + path.stat().st_size // _POINT.size
        return counts

    def read(self, name: str, key: str) -> int:  # noqa: ARG002 - as above
        import numpy as np

        (path,) = self.folder.glob(f"{name}.*.points")
        points = np.fromfile(path, [("head", "12u1"), ("step", "<i8"), ("timestamp", "<i8"), ("value", "<f8")])
        return len(np.ascontiguousarray(points["value"]))


def _padded(text: str) -> bytes:
    data = text.encode()
    return data + bytes(-len(data) % _POINT.size)
