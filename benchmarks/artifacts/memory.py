"""What processes have of memory, and had at most since they were asked last; of Linux."""

from __future__ import annotations

import contextlib
from pathlib import Path

from benchmarks.serving import processes_of

_MB = 1 << 20


class Peak:
    """Follows processes from now on: all of a process group, or this one.

    Parameters
    ----------
    group : int, optional
        Its number; this process alone where left out.
    """

    def __init__(self, group: int | None = None) -> None:
        self._group = group
        self._begun = 0.0
        for folder in self._folders():
            with contextlib.suppress(OSError):
                (folder / "clear_refs").write_text("5")  # the peak begins anew: proc(5)
        self._begun = self._total("VmRSS")

    def above_mb(self) -> float:
        """Return by how many MB they had more at most than they had at the beginning, each at its own peak."""
        return (self._total("VmHWM") - self._begun) / _MB

    def _folders(self) -> list[Path]:
        return [Path("/proc/self")] if self._group is None else processes_of(self._group)

    def _total(self, name: str) -> float:
        total = 0
        for folder in self._folders():
            with contextlib.suppress(OSError, StopIteration):
                lines = (folder / "status").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024
        return total
