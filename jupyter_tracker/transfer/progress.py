"""One line on a terminal's stderr that says how far something is. Elsewhere, and for what is quick: nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

Item = TypeVar("Item")
_QUIET_S = 1.0
_EVERY_S = 0.1
_BAR = 24


class Progress:
    """How far something is.

    Parameters
    ----------
    label : str
        What is being done, such as ``importing runs``.
    total : int
        How many steps there are.
    stream : text file, optional
        stderr where left out. Nothing is written unless it is a terminal.
    """

    def __init__(self, label: str, total: int, stream: TextIO | None = None) -> None:
        self._label, self._total, self._done = label, total, 0
        self._stream = sys.stderr if stream is None else stream
        self._begun = time.monotonic()
        self._next = self._begun + _QUIET_S
        self._shown = False
        self._is_terminal = self._stream is not None and self._stream.isatty()

    def step(self, count: int = 1) -> None:
        """Say that so many more are done."""
        self._done += count
        if self._is_terminal and time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY_S
            self._draw()

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False

    def _draw(self) -> None:
        share = min(self._done / self._total, 1.0) if self._total else 1.0
        spent = time.monotonic() - self._begun
        left = f", {spent / share - spent:.0f} s left" if share else ""
        bar = "#" * round(share * _BAR)
        self._stream.write(f"\r\x1b[K{self._label} [{bar:<{_BAR}}] {self._done:,}/{self._total:,}{left}")
        self._stream.flush()
        self._shown = True


def followed(items: Iterable[Item], label: str, total: int) -> Iterator[Item]:
    """Give the items, showing how far the loop is."""
    progress = Progress(label, total)
    try:
        for item in items:
            yield item
            progress.step()
    finally:
        progress.close()
