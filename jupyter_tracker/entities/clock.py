"""The time, in the unit that everything here uses."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Return the time in ms UTC."""
    return time.time_ns() // 1_000_000
