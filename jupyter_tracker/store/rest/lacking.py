"""What MLflow's protocol has no words for: each of these says so, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from jupyter_tracker.errors import TrackerError


def lacking(what: str) -> Callable[..., NoReturn]:
    """Return a method that refuses; `what` says what it would do."""

    def refuse(store: Any, *_arguments: object, **_options: object) -> NoReturn:
        raise TrackerError(
            f"{what} is not possible through the tracking server at {store.uri}: MLflow's protocol has no such "
            "operation. Do it where the server's database is, with set_tracking_uri or --store.",
            "NOT_IMPLEMENTED",
        )

    refuse.__doc__ = f"{what} is not possible through a server."
    return refuse
