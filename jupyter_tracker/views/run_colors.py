"""One colour per run, the same in every panel.

A run's colour follows from its place among the runs of its experiment, in the order in which they started: it
never changes, and eight runs in a row have eight colours. The candidates of a search began at the same time: among them
the ids decide. Where two runs of a panel share a colour all the same,
the later ones are dashed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

from jupyter_tracker.entities import Run, ViewType
from jupyter_tracker.store.base import Store

# Told apart with any of the common colour blindnesses, and in lightness too (a test measures it).
# The browser has the same ones as --jt-run-0 to --jt-run-7.
LIGHT: Final = ("#405cde", "#ae6300", "#049b75", "#87006d", "#00a4f7", "#a60000", "#5b21ac", "#a99f00")
DARK: Final = ("#127cf4", "#f48e05", "#0cca88", "#c543ac", "#17ddff", "#df4217", "#aa96fd", "#e1d700")
DASHES: Final = 4
_REMEMBERED: Final = 10_000
_MAX_TWINS: Final = 1000


class _Places:
    """The places of one store's runs, as far as they were asked for."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, store: Store, run: Run) -> int:
        run_id = run.info.run_id
        with self._lock:
            if run_id in self._known:
                return self._known[run_id]
        found = _places_beside(store, run)
        with self._lock:
            self._known.update(found)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found[run_id]


def _places_beside(store: Store, run: Run) -> dict[str, int]:
    """Return the places of a run and of those that began in the same millisecond, by their ids."""
    where, began = [run.info.experiment_id], run.info.start_time or 0
    # Deleted ones count: a run must not change its colour because another one went.
    place = store.count_runs(where, f"attributes.start_time < {began}", ViewType.ALL)
    together = store.count_runs(where, f"attributes.start_time <= {began}", ViewType.ALL) - place
    if together < 2:
        return {run.info.run_id: place}
    twins = store.search_runs(where, f"attributes.start_time = {began}", ViewType.ALL, max_results=_MAX_TWINS)
    ids = sorted({run.info.run_id, *(twin.info.run_id for twin in twins)})
    return {run_id: place + i for i, run_id in enumerate(ids)}


_OF_STORE: WeakKeyDictionary[Store, _Places] = WeakKeyDictionary()
_OF_STORE_LOCK = threading.Lock()


def run_colors(store: Store, runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Return for each run the index of its colour (0 to 7), and of its dash (0, solid, to 3) in this company."""
    with _OF_STORE_LOCK:
        places = _OF_STORE.setdefault(store, _Places())
    colors = [places.of(store, run) % len(LIGHT) for run in runs]
    order = sorted(range(len(runs)), key=lambda i: (runs[i].info.start_time or 0, runs[i].info.run_id))
    dashes, seen = [0] * len(runs), [0] * len(LIGHT)
    for i in order:
        dashes[i] = seen[colors[i]] % DASHES
        seen[colors[i]] += 1
    return list(zip(colors, dashes, strict=True))
