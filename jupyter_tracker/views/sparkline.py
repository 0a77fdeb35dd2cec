"""The few points of a metric that a sparkline draws."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SPARK_POINTS: Final = 60


def spark_values(values: npt.NDArray[np.float64], limit: int = SPARK_POINTS) -> list[float | None]:
    """Return at most `limit` (even, ≥ 4) of `values` in order, None where a value is not finite.

    The first, the last, and the smallest and largest of each stretch between them are kept, so that a
    spike is seen however long the series is.
    """
    count = len(values)
    if count <= limit:
        return [_finite(value) for value in values.tolist()]
    buckets = (limit - 2) // 2
    edges = [1 + (count - 2) * i // buckets for i in range(buckets + 1)]
    inner = [value for start, stop in itertools.pairwise(edges) for value in _extremes(values[start:stop])]
    return [_finite(float(values[0])), *inner, _finite(float(values[-1]))]


def _extremes(part: npt.NDArray[np.float64]) -> list[float | None]:
    """Return the smallest and largest finite value of a stretch in the order they come, or one None."""
    import numpy as np

    finite = part[np.isfinite(part)]
    if not len(finite):
        return [None]
    low, high = int(finite.argmin()), int(finite.argmax())
    if low == high:
        return [float(finite[low])]
    return [float(finite[i]) for i in sorted((low, high))]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
