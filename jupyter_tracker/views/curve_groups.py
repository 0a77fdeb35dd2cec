"""The mean of several curves, and how far they spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_tracker.views.sampling import Points

if TYPE_CHECKING:
    from jupyter_tracker.views.sampling import Floats


def mean_and_spread(members: Sequence[Points], points: int) -> tuple[Points, Floats]:
    """Return the mean of several series and their sample standard deviation, on an axis of their own.

    Where the series have few different `x`, these are the axis; else it is cut into `points` equal bins, and each
    series counts in a bin with the mean of its points there. Between its points a series is a straight line;
    outside of them it does not count. One series alone spreads by 0.

    Parameters
    ----------
    members : sequence of Points
        One or more series of at least one point.
    points : int
        How long the result may be.

    Returns
    -------
    (Points, numpy.ndarray)
        Mean and standard deviation, each of shape (m,), m ≤ `points`; NaN where no series has a value.
    """
    import numpy as np

    axis = np.unique(np.concatenate([member.x for member in members]))
    series = list(members)
    if len(axis) > points:
        edges = np.linspace(axis[0], axis[-1], points + 1)
        axis = (edges[:-1] + edges[1:]) / 2
        series = [_binned(member, edges) for member in members]
    values = np.stack([_on_axis(member, axis) for member in series])
    present = np.isfinite(values)
    counts = present.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = np.where(present, values, 0.0).sum(axis=0) / counts
        variance = (np.where(present, values - mean, 0.0) ** 2).sum(axis=0) / np.maximum(counts - 1, 1)
    return Points(axis, mean), np.where(counts > 0, np.sqrt(variance), np.nan)


def _on_axis(member: Points, axis: Floats) -> Floats:
    import numpy as np

    finite = np.isfinite(member.y)
    if not finite.any():
        return np.full(len(axis), np.nan)
    return np.interp(axis, member.x[finite], member.y[finite], left=np.nan, right=np.nan)


def _binned(member: Points, edges: Floats) -> Points:
    """Return the mean of the finite points in each bin, at the middle of the bin; bins without any are left out."""
    import numpy as np

    finite = np.isfinite(member.y)
    bins = np.clip(np.searchsorted(edges, member.x[finite], "right") - 1, 0, len(edges) - 2)
    counts = np.bincount(bins, minlength=len(edges) - 1)
    sums = np.bincount(bins, weights=member.y[finite], minlength=len(edges) - 1)
    used = np.flatnonzero(counts)
    return Points((edges[used] + edges[used + 1]) / 2, sums[used] / counts[used])
