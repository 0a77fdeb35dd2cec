"""Numbers rounded for people."""

from __future__ import annotations

import math
from typing import Final

_DIGITS: Final = 4
_LARGEST_WHOLE: Final = 1e12
_SMALLEST: Final = 1e-4
_LARGEST: Final = 1e7


def rounded(value: float) -> str:
    """Return a number in about four digits: ``0.9512``, ``1.2e-05``, ``12,345``, ``NaN``, ``∞``."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if value.is_integer() and abs(value) < _LARGEST_WHOLE:
        return f"{int(value):,}"
    if not _SMALLEST <= abs(value) < _LARGEST:
        return _exponential(value)
    before_point = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    if before_point >= _DIGITS:
        return f"{value:,.0f}"
    return f"{value:.{_DIGITS}g}"


def _exponential(value: float) -> str:
    mantissa, exponent = f"{value:.{_DIGITS - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


def file_size(size_bytes: int) -> str:
    """Return a size: ``812 B``, ``1.4 kB``, ``23.0 MB``."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def duration(milliseconds: float) -> str:
    """Return a time span: ``430 ms``, ``3.1s``, ``12s``, ``3m 24s``, ``1h 02m``, ``2d 3h``."""
    seconds = max(0.0, milliseconds / 1000)
    if seconds < 1:
        return f"{int(seconds * 1000)} ms"
    if seconds < 60:
        return f"{math.floor(seconds * 10) / 10:.1f}s" if seconds < 10 else f"{int(seconds)}s"
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86_400)
    if not hours:
        return f"{minutes}m {int(seconds % 60):02d}s"
    if not days:
        return f"{hours}h {minutes % 60:02d}m"
    return f"{days}d {hours % 24}h"
