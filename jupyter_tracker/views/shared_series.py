"""Short series that several panels ask for at the same moment: read once for all of them.

A card and two plots of a run that goes on want the same points twice a second, and reading them is most of what they
cost. Long series are not kept: `curve_series` has those that somebody zooms into.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final
from weakref import WeakKeyDictionary

from jupyter_tracker.entities import Metric, MetricSeries
from jupyter_tracker.store.base import Store

_SHORT: Final = 5000
_KEPT: Final = 100
"""Series of a store; at most 12 MB."""


class SharedSeries:
    """The short series of one store that were read last. Any thread may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[Hashable, MetricSeries]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, store: Store, run_id: str, key: str, identity: Hashable) -> MetricSeries:
        """Return a series; the one that is kept, where it was read for the same `identity` (`latest_identity`)."""
        name = (run_id, key)
        with self._lock:
            known = self._kept.get(name)
        if known is not None and known[0] == identity:
            return known[1]
        series = store.metric_series(run_id, key)
        with self._lock:
            self._kept.pop(name, None)
            if len(series) <= _SHORT:
                self._kept[name] = (identity, series)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return series


_OF_STORE: WeakKeyDictionary[Store, SharedSeries] = WeakKeyDictionary()
_OF_STORE_LOCK = threading.Lock()


def shared_series(store: Store) -> SharedSeries:
    """Return what is kept of a store's series, as long as the store lives."""
    with _OF_STORE_LOCK:
        return _OF_STORE.setdefault(store, SharedSeries())


def latest_identity(metric: Metric, *, ended: bool) -> Hashable:
    """Return what changes when a series does, by its latest point.

    Points may come without moving the latest one; the series of an ended run has them all.
    """
    return metric.step, metric.timestamp, repr(metric.value), ended  # as text, NaN equals NaN
