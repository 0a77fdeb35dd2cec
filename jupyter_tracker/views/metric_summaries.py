"""Latest values and sparklines of running runs, cheap enough to be asked for five times a second.

A series is read again only when its latest point has moved, and the series of one run only after a pause that
is a multiple of what reading them took the last time: however many there are and however long they grow,
watching a run takes a few percent of one core.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from jupyter_tracker.entities import Metric
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.rounding import rounded
from jupyter_tracker.views.shared_series import latest_identity, shared_series
from jupyter_tracker.views.sparkline import spark_values
from jupyter_tracker.wire.numbers import JsonNumber, number_to_json

_PAUSE_PER_COST: Final = 20
_KEPT_RUNS: Final = 200


@dataclass(frozen=True)
class MetricSummary:
    """One metric of a run: its latest value, and a short down-sampled series for a sparkline."""

    key: str
    value: JsonNumber
    text: str
    """The value rounded for people."""
    step: int
    count: int
    """Points logged so far."""
    spark: list[float | None]
    """At most 60 values in step order; null where a value is not finite."""


@dataclass(frozen=True)
class _Sample:
    """A summary, the latest point when its series was read, and whether the run had ended by then."""

    summary: MetricSummary
    latest: tuple[int, int, str]
    final: bool


class _Watched:
    """The series of one run."""

    def __init__(self) -> None:
        self.samples: dict[str, _Sample] = {}
        self.due = 0.0

    def of(self, store: Store, run_id: str, metrics: Sequence[Metric], *, ended: bool) -> list[MetricSummary]:
        started = time.monotonic()
        if ended or started >= self.due:
            for metric in metrics:
                if self._is_outdated(metric, ended=ended):
                    identity = latest_identity(metric, ended=ended)
                    series = shared_series(store).of(store, run_id, metric.key, identity)
                    summary = _summary(metric, len(series), spark_values(series.value))
                    self.samples[metric.key] = _Sample(summary, _identity(metric), ended)
            now = time.monotonic()
            self.due = now + _PAUSE_PER_COST * (now - started)
        return [self._present(metric) for metric in metrics]

    def _is_outdated(self, metric: Metric, *, ended: bool) -> bool:
        known = self.samples.get(metric.key)
        # Points may come without moving the latest one; the curve of an ended run has them all.
        return known is None or known.latest != _identity(metric) or (ended and not known.final)

    def _present(self, metric: Metric) -> MetricSummary:
        """Return what is known, with the latest value as it is now."""
        known = self.samples.get(metric.key)
        if known is None:
            return _summary(metric, 1, [metric.value if math.isfinite(metric.value) else None])
        return _summary(metric, known.summary.count, known.summary.spark)


class MetricSummaries:
    """The summaries of one store's metrics, with what was read before. Any thread may ask."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, _Watched] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, store: Store, run_id: str, metrics: Sequence[Metric], *, ended: bool) -> list[MetricSummary]:
        """Return a summary per metric, each with its exact latest value; sparklines of an ended run are exact too."""
        with self._lock:
            watched = self._runs.setdefault(run_id, _Watched())
            self._runs.move_to_end(run_id)
            if len(self._runs) > _KEPT_RUNS:
                self._runs.popitem(last=False)
            return watched.of(store, run_id, metrics, ended=ended)


_OF_STORE: WeakKeyDictionary[Store, MetricSummaries] = WeakKeyDictionary()
_OF_STORE_LOCK = threading.Lock()


def metric_summaries(store: Store) -> MetricSummaries:
    """Return what is remembered of a store's series, as long as the store lives."""
    with _OF_STORE_LOCK:
        return _OF_STORE.setdefault(store, MetricSummaries())


def _identity(metric: Metric) -> tuple[int, int, str]:
    return metric.step, metric.timestamp, repr(metric.value)  # as text, NaN equals NaN


def _summary(metric: Metric, count: int, spark: list[float | None]) -> MetricSummary:
    value, text = number_to_json(metric.value), rounded(metric.value)
    return MetricSummary(metric.key, value, text, metric.step, count, spark)
