"""The logged keys of a store, remembered for as long as one types."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

from jupyter_tracker.entities import ViewType
from jupyter_tracker.store.base import Store

_FRESH_S: Final = 5.0
_Keys = Mapping[str, Sequence[str]]
_KNOWN: WeakKeyDictionary[Store, dict[tuple[str, ...], tuple[float, _Keys]]] = WeakKeyDictionary()
_LOCK = threading.Lock()


def known_keys(store: Store, experiment_ids: Sequence[str]) -> _Keys:
    """Return what `Store.logged_keys` says of these experiments, of all active ones where none is named.

    It may be five seconds old: 12,000 keys take a moment, and somebody is typing.
    """
    wanted = tuple(experiment_ids)
    with _LOCK:
        until, keys = _KNOWN.setdefault(store, {}).get(wanted, (0.0, {}))
    if time.monotonic() < until:
        return keys
    ids = wanted or tuple(found.experiment_id for found in store.search_experiments(ViewType.ACTIVE_ONLY))
    keys = store.logged_keys(ids) if ids else {}
    with _LOCK:
        # One entry: nobody types into two tables at once.
        _KNOWN[store] = {wanted: (time.monotonic() + _FRESH_S, keys)}
    return keys
