"""Numbers rounded for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_DIGITS: Final = 4
_LARGEST_WHOLE: Final = 1e12
_SMALLEST: Final = 1e-4
_LARGEST: Final = 1e7
_MOST_DECIMALS: Final = 6


def rounded(value: float, decimals: int | None = None) -> str:
    """Return a number in about four digits: ``0.9512``, ``1.2e-05``, ``12,345``, ``NaN``, ``∞``.

    With `decimals`, those of `shared_decimals`, in so many after the point, unless nothing of it were left then.
    """
    if decimals is not None and math.isfinite(value) and (not value or abs(value) * 10**decimals >= 1):
        return f"{value + 0.0:,.{decimals}f}"  # -0 is 0
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


def number_in(text: str) -> float | None:
    """Return the number that a param's text is, NaN and the infinities too; None where it is none.

    As in a filter, ``64_32`` is none: Python reads 6432 there, and people mean two layers.
    """
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def shared_decimals(values: Sequence[float]) -> int | None:
    """Return the digits after the point that numbers side by side share: four of the largest, two of the smallest.

    None where no one count is right for all: whole numbers, or sizes that lie too far apart.
    """
    finite = [value for value in values if math.isfinite(value)]
    # Whole ones, such as an accuracy of 1, need none and ask for none.
    sizes = [abs(value) for value in finite if not value.is_integer()]
    if not sizes or max(map(abs, finite)) >= _LARGEST:
        return None
    for_largest = _DIGITS - 1 - math.floor(math.log10(max(sizes)))
    for_smallest = 1 - math.floor(math.log10(min(sizes)))
    decimals = max(0, for_largest, for_smallest)
    if decimals > _MOST_DECIMALS:
        return None
    # Zeros that all of them end with say nothing.
    ends = [f"{size:.{decimals}f}" for size in sizes]
    return decimals - min(len(end) - len(end.rstrip("0")) for end in ends) if decimals else 0


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
