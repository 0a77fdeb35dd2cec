"""Series made short enough for a screen, without losing a spike, an end or a gap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from jupyter_tracker.views.common import CurveX

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LARGEST_WEIGHT: Final = 0.999
_NOTHING: Final = 1e-17


@dataclass(frozen=True)
class Sampling:
    """How points become a curve: which axis, which part of it, how smooth, how many."""

    x: CurveX
    smoothing: float
    log_x: bool
    window: tuple[float, float] | None
    points: int


@dataclass(frozen=True)
class Extremes:
    """Smallest and largest finite value (NaN where there is none), how many points are not finite, and the first."""

    low: float
    high: float
    nonfinite: int
    nonfinite_x: float | None


@dataclass(frozen=True, eq=False)
class Points:
    """A series over an axis: `x` never falls; `y` may hold NaN and infinities. float64 of shape (n,)."""

    x: Floats
    y: Floats

    @cached_property
    def extremes(self) -> Extremes:
        """What is to be said of all points, whatever part of them is shown."""
        import numpy as np

        finite = np.isfinite(self.y)
        bad = np.flatnonzero(~finite)
        values = self.y[finite] if len(bad) else self.y
        low, high = (float(values.min()), float(values.max())) if len(values) else (float("nan"), float("nan"))
        return Extremes(low, high, len(bad), float(self.x[bad[0]]) if len(bad) else None)


def shortened(x: Floats, y: Floats, sampling: Sampling) -> tuple[Floats, Floats]:
    """Return the part of a series that the window shows, in about as many points as are wanted."""
    part = window_slice(x, sampling)
    return downsampled(x[part], y[part], sampling.points, log_x=sampling.log_x)


def window_slice(x: Floats, sampling: Sampling) -> slice:
    """Return which points the window shows, with one more on each side: lines go on to the edge."""
    if sampling.window is None:
        return slice(None)
    first, last = sampling.window
    return slice(max(int(x.searchsorted(first, "left")) - 1, 0), int(x.searchsorted(last, "right")) + 1)


def downsampled(x: Floats, y: Floats, points: int, *, log_x: bool = False) -> tuple[Floats, Floats]:
    """Return about `points` of a series, chosen so that a line through them looks like one through all.

    MinMaxLTTB, plus the first, the last, the smallest and the largest point, whatever it chose. A stretch that is
    not finite becomes one NaN, so that a line breaks there; at most one between two points that are kept.

    Parameters
    ----------
    x : numpy.ndarray
        float64 of shape (n,), finite and never falling.
    y : numpy.ndarray
        float64 of shape (n,); NaN and the infinities are gaps.
    points : int
        How many to keep, 10 at least.
    log_x : bool
        Spread them evenly over a logarithmic axis; what lies at or below zero, which it cannot show, is left out.
    """
    import numpy as np

    if log_x:
        shown = x > 0
        x, y = x[shown], y[shown]
    finite = np.isfinite(y)
    kept = np.flatnonzero(finite)
    chosen = kept if len(kept) <= points else kept[_choice(np.log10(x[kept]) if log_x else x[kept], y[kept], points)]
    if len(kept) == len(y) or not len(chosen):
        return x[chosen], y[chosen]
    gaps_before = np.cumsum(~finite)[chosen]
    breaks = np.flatnonzero(np.diff(gaps_before) > 0)
    return np.insert(x[chosen], breaks + 1, x[chosen[breaks]]), np.insert(y[chosen], breaks + 1, np.nan)


def _choice(x: Floats, y: Floats, points: int) -> npt.NDArray[np.intp]:
    import numpy as np
    from tsdownsample import MinMaxLTTBDownsampler

    # From 0 to 1: it panics where the steps of its bins are lost beside the size of `x`, or are 0.
    half = x / 2  # the span of the largest floats would overflow
    span = half[-1] - half[0]
    axis = [np.ascontiguousarray((half - half[0]) / span)] if span > 0 else []
    found = MinMaxLTTBDownsampler().downsample(*axis, np.ascontiguousarray(y), n_out=points)  # type: ignore[no-untyped-call]
    extremes = [0, int(y.argmin()), int(y.argmax()), len(y) - 1]
    return np.union1d(found.astype(np.intp), np.array(extremes, np.intp))


def smoothed(values: Floats, weight: float) -> Floats:
    """Return the exponential moving average of a series, one weight per point, unbiased at its start.

    Each value is the mean of all up to it, each weighing `weight` times as much as the one after it. What is not
    finite counts for nothing and stays a gap (NaN).

    Parameters
    ----------
    values : numpy.ndarray
        float64 of shape (n,).
    weight : float
        0 (nothing changes) to `LARGEST_WEIGHT`.
    """
    import numpy as np

    finite = np.isfinite(values)
    total, mass = np.where(finite, values, 0.0), finite.astype(np.float64)
    # Doubling: each pass joins the sums over `reach` points to sums over twice as many.
    reach, factor = 1, weight
    with np.errstate(over="ignore"):  # a sum beyond the largest float is a gap, and nothing to warn of
        while reach < len(values) and factor > _NOTHING:
            total[reach:] += factor * total[:-reach]
            mass[reach:] += factor * mass[:-reach]
            reach, factor = 2 * reach, factor * factor
    total[~finite] = np.nan
    mass[~finite] = 1.0
    total /= mass
    return total
