"""Series that were read before, for who zooms into them: of a zoom, reading takes longer than all else.

Only what is zoomed into is kept: a first look at curves, or a live one, would fill memory for nobody.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from jupyter_tracker.entities import Run
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import CurveX
from jupyter_tracker.views.curve_points import points_of
from jupyter_tracker.views.sampling import Points
from jupyter_tracker.views.shared_series import shared_series

_KEPT_BYTES: Final = 32 << 20
"""Of all series of a store together: two million points."""


class CurveSeries:
    """The series of one store over their axes, used last last. Any thread may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Hashable, Points]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def of(self, store: Store, run: Run, key: str, x: CurveX, identity: Hashable, *, keep: bool) -> Points:
        """Return a run's metric over an axis.

        Parameters
        ----------
        identity : hashable
            Changes whenever the series does: a series of another identity is read anew.
        keep : bool
            Whether it is likely to be wanted again.
        """
        name = (run.info.run_id, key, x)
        with self._lock:
            known = self._kept.get(name)
            if known is not None and known[0] == identity:
                self._kept.move_to_end(name)
                return known[1]
        points = points_of(shared_series(store).of(store, run.info.run_id, key, identity), x, run.info.start_time)
        if keep or known is not None:
            self._keep(name, identity, points)
        return points

    def _keep(self, name: Hashable, identity: Hashable, points: Points) -> None:
        with self._lock:
            before = self._kept.pop(name, None)
            self._kept[name] = (identity, points)
            self._bytes += _size(points) - (0 if before is None else _size(before[1]))
            while self._bytes > _KEPT_BYTES:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._bytes -= _size(oldest)


def _size(points: Points) -> int:
    return points.x.nbytes + points.y.nbytes
