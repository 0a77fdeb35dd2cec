"""One line that says how far something is: on a terminal's stderr, or below a notebook's cell.

Elsewhere, for what is quick, and where quiet is wanted: nothing. A notebook keeps the line, with the time it took,
since what stands below a cell cannot be taken away.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Final, TextIO, TypeVar

from jupyter_tracker import settings

Item = TypeVar("Item")
HUSHED: Final[set[object]] = set()
"""Whoever wants no lines for now: a cell whose output is to stay empty."""
_QUIET_S = 1.0
_EVERY_S = 0.1
_EVERY_IN_KERNEL_S = 0.5
_BAR = 24


class Progress:
    """How far something is. Several threads may say that they have done something.

    Parameters
    ----------
    label : str
        What is being done, such as ``importing runs``.
    total : int
        How many steps there are.
    scale : tuple of int and str, optional
        How many steps are shown as one, and its unit: ``(1_000_000, " MB")`` where they are bytes.
    stream : text file, optional
        Where left out: a kernel's stdout in a notebook, else stderr. Nothing is written unless it is one of a
        kernel's or a terminal.
    """

    def __init__(
        self, label: str, total: int, stream: TextIO | None = None, *, scale: tuple[int, str] = (1, "")
    ) -> None:
        self._label, self._total, self._done, self._scale = label, total, 0, scale
        self._lock = threading.Lock()
        if stream is None:
            stream = sys.stdout if _is_kernels(sys.stdout) else sys.stderr
        self._stream = stream
        self._in_kernel = _is_kernels(stream)
        self._begun = time.monotonic()
        self._next = self._begun + _QUIET_S
        self._shown = False
        self._width = 0  # of what was drawn last
        is_wanted = not HUSHED and not settings.flag("JUPYTER_TRACKER_QUIET")
        self._is_seen = is_wanted and (self._in_kernel or (stream is not None and stream.isatty()))

    def step(self, count: int = 1) -> None:
        """Say that so many more are done."""
        with self._lock:
            self._done += count
            if self._is_seen and time.monotonic() >= self._next:
                self._next = time.monotonic() + (_EVERY_IN_KERNEL_S if self._in_kernel else _EVERY_S)
                self._draw(self._left())

    def close(self) -> None:
        """Take the line away; in a notebook, end it."""
        if self._shown and self._in_kernel:
            how = " in" if self._done >= self._total else ", stopped after"
            self._draw(f"{how} {time.monotonic() - self._begun:.0f} s", end="\n")
        elif self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._shown = False

    def _left(self) -> str:
        spent = time.monotonic() - self._begun
        return f", {spent / self._share - spent:.0f} s left" if self._share else ""

    @property
    def _share(self) -> float:
        return min(self._done / self._total, 1.0) if self._total else 1.0

    def _draw(self, tail: str, end: str = "") -> None:
        bar = "#" * round(self._share * _BAR)
        size, unit = self._scale
        line = f"{self._label} [{bar:<{_BAR}}] {self._done // size:,}/{self._total // size:,}{unit}{tail}"
        # A notebook knows no code that clears a line: spaces do.
        clear, self._width = ("" if self._in_kernel else "\x1b[K"), max(self._width, len(line))
        self._stream.write(f"\r{clear}{line.ljust(self._width) if self._in_kernel else line}{end}")
        self._stream.flush()
        self._shown = True


def _is_kernels(stream: object) -> bool:
    return type(stream).__module__ == "ipykernel.iostream"


def followed(items: Iterable[Item], label: str, total: int) -> Iterator[Item]:
    """Give the items, showing how far the loop is."""
    progress = Progress(label, total)
    try:
        for item in items:
            yield item
            progress.step()
    finally:
        progress.close()
