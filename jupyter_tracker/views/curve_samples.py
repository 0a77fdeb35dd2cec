"""Curves that were made before, so that a panel that asks twice a second costs next to nothing.

A curve is made anew only when the latest point of its metric has moved, and the curves of one line only after a
pause that is a multiple of what making them took the last time: however long a series grows, watching it takes a
few percent of one core.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from jupyter_tracker.entities import Run
from jupyter_tracker.entities.run import TERMINAL_STATUSES
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.curve_groups import mean_and_spread
from jupyter_tracker.views.curve_points import Curve, group_curve, run_curve
from jupyter_tracker.views.curve_series import CurveSeries
from jupyter_tracker.views.sampling import Points, Sampling, smoothed, window_slice
from jupyter_tracker.views.shared_series import latest_identity

_PAUSE_PER_COST: Final = 20
_KEPT_CHARACTERS: Final = 50_000_000


@dataclass(frozen=True)
class _Sample:
    """A curve, what its runs' latest points were when it was made, and until when it is good enough."""

    curve: Curve
    identity: Hashable
    due: float


class CurveSamples:
    """The curves of one store, as far as they are remembered. Any thread may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Sample] = OrderedDict()
        self._characters = 0
        self._series = CurveSeries()
        self._lock = threading.Lock()

    def of(
        self, store: Store, line: str, runs: Sequence[Run], key: str, sampling: Sampling, group_by: str | None
    ) -> Curve | None:
        """Return the curve of a line's runs; None where none of them has the metric."""
        runs = [run for run in runs if key in run.data.metrics]
        if not runs:
            return None
        name = (line, key, sampling)
        identity = tuple((run.info.run_id, _identity(run, key)) for run in runs)
        with self._lock:
            known = self._kept.get(name)
            if known is not None:
                self._kept.move_to_end(name)
        started = time.monotonic()
        ended = all(run.info.status in TERMINAL_STATUSES for run in runs)
        if known is not None and (known.identity == identity or (not ended and started < known.due)):
            return known.curve
        curve = self._made(store, line, runs, key, sampling, grouped=group_by is not None)
        if curve is not None:
            now = time.monotonic()
            self._keep(name, _Sample(curve, identity, now + _PAUSE_PER_COST * (now - started)))
        return curve

    def _made(
        self, store: Store, line: str, runs: Sequence[Run], key: str, sampling: Sampling, *, grouped: bool
    ) -> Curve | None:
        members = []
        for run in runs:
            keep = sampling.window is not None
            points = self._series.of(store, run, key, sampling.x, _identity(run, key), keep=keep)
            if len(points.x):
                members.append(points)
        if not members:
            return None
        if not grouped:
            return run_curve(line, members[0], sampling)
        mean, spread = mean_and_spread([_shown(points, sampling) for points in members], sampling.points)
        return group_curve(line, members, mean, spread)

    def _keep(self, name: Hashable, sample: _Sample) -> None:
        with self._lock:
            before = self._kept.pop(name, None)
            self._kept[name] = sample
            self._characters += _size(sample) - (0 if before is None else _size(before))
            while self._characters > _KEPT_CHARACTERS and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._characters -= _size(oldest)


_OF_STORE: WeakKeyDictionary[Store, CurveSamples] = WeakKeyDictionary()
_OF_STORE_LOCK = threading.Lock()


def curve_samples(store: Store) -> CurveSamples:
    """Return what is remembered of a store's curves, as long as the store lives."""
    with _OF_STORE_LOCK:
        return _OF_STORE.setdefault(store, CurveSamples())


def _shown(points: Points, sampling: Sampling) -> Points:
    """Return the part of a series that the window shows, smoothed with what lies before it."""
    part = window_slice(points.x, sampling)
    y = smoothed(points.y, sampling.smoothing) if sampling.smoothing > 0 else points.y
    return Points(points.x[part], y[part])


def _identity(run: Run, key: str) -> Hashable:
    latest = next(metric for metric in run.data.latest_metrics if metric.key == key)
    return latest_identity(latest, ended=run.info.status in TERMINAL_STATUSES)


def _size(sample: _Sample) -> int:
    curve = sample.curve
    return sum(map(len, (curve.x, curve.y, curve.raw_x, curve.raw_y, curve.low, curve.high)))
