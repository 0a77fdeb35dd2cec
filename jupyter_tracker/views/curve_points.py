"""The points of one curve: a metric's history over the chosen axis, smoothed, cut and made short for a screen."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_tracker.entities import MetricSeries
from jupyter_tracker.views.common import CurveX
from jupyter_tracker.views.sampling import Points, Sampling, shortened, smoothed
from jupyter_tracker.wire.numbers import JsonNumber, number_to_json

if TYPE_CHECKING:
    from jupyter_tracker.views.sampling import Floats


@dataclass(frozen=True)
class Curve:
    """One metric of one run or group.

    Arrays are base64 of little-endian float64; a NaN in `y` is a gap.
    """

    line: str
    """Whose curve it is: the `id` of a `CurveLine`."""
    x: str
    y: str
    raw_x: str
    """The curve before it was smoothed; empty where it was not."""
    raw_y: str
    low: str
    """Mean less and plus one standard deviation of a group, aligned with `x`; empty for a run."""
    high: str
    count: int
    """Points logged so far, whatever part of them is shown."""
    last: JsonNumber
    last_x: float
    min: JsonNumber
    """Smallest and largest finite value of all points; NaN where there is none."""
    max: JsonNumber
    nonfinite: int
    """How many points are NaN or infinite."""
    nonfinite_x: float | None
    """Where the first one of them is."""


def points_of(series: MetricSeries, x: CurveX, start_time_ms: int | None) -> Points:
    """Return a series over an axis; the seconds of ``relative`` count from the run's start, or its first point."""
    import numpy as np

    if x == "step":
        return Points(series.step.astype(np.float64), series.value)
    order = np.argsort(series.timestamp, kind="stable")
    time_ms = series.timestamp[order].astype(np.float64)
    if x == "relative" and len(time_ms):
        # Points may bear times of their own choosing, from before the run.
        time_ms = (time_ms - min(time_ms[0], start_time_ms or time_ms[0])) / 1000
    return Points(time_ms, series.value[order])


def run_curve(line: str, points: Points, sampling: Sampling) -> Curve:
    """Return the curve of one run; the points must not be empty."""
    smooth = sampling.smoothing > 0
    x, y = shortened(points.x, smoothed(points.y, sampling.smoothing) if smooth else points.y, sampling)
    raw_x, raw_y = shortened(points.x, points.y, sampling) if smooth else (None, None)
    return Curve(
        line,
        **_facts(points),
        x=encoded(x),
        y=encoded(y),
        raw_x=encoded(raw_x),
        raw_y=encoded(raw_y),
        low="",
        high="",
    )


def group_curve(line: str, members: list[Points], mean: Points, spread: Floats) -> Curve:
    """Return the curve of a group: its mean, with one standard deviation on both sides."""
    import numpy as np

    every = Points(np.concatenate([points.x for points in members]), np.concatenate([points.y for points in members]))
    facts = _facts(every) | {"last": number_to_json(float(mean.y[-1])), "last_x": float(mean.x[-1])}
    return Curve(
        line,
        **facts,
        x=encoded(mean.x),
        y=encoded(mean.y),
        raw_x="",
        raw_y="",
        low=encoded(mean.y - spread),
        high=encoded(mean.y + spread),
    )


def encoded(values: Floats | None) -> str:
    """Return base64 of an array as little-endian float64; nothing for None."""
    return "" if values is None else base64.b64encode(values.astype("<f8", copy=False).tobytes()).decode("ascii")


def decoded(text: str) -> Floats:
    """Return the array that `encoded` made text of."""
    import numpy as np

    return np.frombuffer(base64.b64decode(text), "<f8")


def _facts(points: Points) -> dict[str, Any]:
    extremes = points.extremes
    return {
        "count": len(points.y),
        "last": number_to_json(float(points.y[-1])),
        "last_x": float(points.x[-1]),
        "min": number_to_json(extremes.low),
        "max": number_to_json(extremes.high),
        "nonfinite": extremes.nonfinite,
        "nonfinite_x": extremes.nonfinite_x,
    }
