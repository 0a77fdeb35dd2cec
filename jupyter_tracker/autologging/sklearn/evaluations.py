"""Numbers that were computed of a model after its fit: their keys, and how they came about.

Keys are ``<function>_<name of the data>``; a second call of the same gets ``<function>-2_<name of the data>``.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from jupyter_tracker.autologging._patching import attempt
from jupyter_tracker.autologging._recording import RunRef

_NAME: Final = "sklearn"
_INFO: Final = "metric_info.json"
_MAX_RUNS: Final = 1000

_LOCK = threading.Lock()
_INFOS: dict[str, dict[str, str]] = {}


def log_metric(ref: RunRef, function: str, data_name: str, value: Any, text: str) -> None:
    """Log a number that was computed of a prediction, and how, in ``metric_info.json``."""
    with _LOCK:
        info = _INFOS.setdefault(ref.run_id, {})
        key, number = f"{function}_{data_name}", 2
        while key in info:
            key, number = f"{function}-{number}_{data_name}", number + 1
        info[key] = text
        while len(_INFOS) > _MAX_RUNS:
            del _INFOS[next(iter(_INFOS))]
        shown = dict(info)
    ref.log_metrics({key: float(value)})
    attempt(_NAME, ref.write_json, _INFO, shown)
