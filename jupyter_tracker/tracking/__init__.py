"""What user code calls: which store and which run are in use, and everything that can be done with them.

`location`                    which store, and why; opens nothing
`active`, `kernel_record`     opens stores; tells the Jupyter server which ones
`stack`                       which run is active, in threads and tasks too
`runs`, `ending`, `experiments`, `values`, `files`, `datasets`, `search`, `tracking_uri`   the fluent API, by noun
`fluent`                      the same in one list
`client`, `operations/`       `TrackerClient`: the same by id, and the registry
`context`, `git`, `environment`, `masking`   what a run records by itself, without its secrets
`rendering`, `dataset_content`   figures, images, tables and dictionaries as bytes; data sets as digests
`artifact_reading`            files of runs, read back

To add a call: a method in the file of its noun in `operations/`, a function in the fluent file of that noun,
a line in `fluent`, and one in `jupyter_tracker/__init__.py`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_tracker.tracking.client import MlflowClient, TrackerClient
    from jupyter_tracker.tracking.tracking_uri import (
        get_registry_uri,
        get_tracking_uri,
        is_tracking_uri_set,
        set_registry_uri,
        set_tracking_uri,
    )

__all__ = [
    "MlflowClient",
    "TrackerClient",
    "get_registry_uri",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "set_registry_uri",
    "set_tracking_uri",
]

_MODULE_OF = {
    "MlflowClient": "client",
    "TrackerClient": "client",
    **dict.fromkeys(
        ("get_registry_uri", "get_tracking_uri", "is_tracking_uri_set", "set_registry_uri", "set_tracking_uri"),
        "tracking_uri",
    ),
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
