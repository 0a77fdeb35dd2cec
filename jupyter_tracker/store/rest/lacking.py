"""What MLflow's protocol has no words for: a server that is none of ours says so, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def lacking_here(what: str, uri: str) -> Iterator[None]:
    """Say of a server that does not know an operation of ours that it lacks it; `what` says what that would do."""
    try:
        yield
    except TrackerError as error:
        if error.error_code != "ENDPOINT_NOT_FOUND":
            raise
        raise TrackerError(
            f"{what} is not possible through the tracking server at {uri}: it is not jupyter_tracker's, or is an older "
            "one, and MLflow's protocol has no such operation. Do it where the server's database is, with "
            "set_tracking_uri or --store.",
            "NOT_IMPLEMENTED",
        ) from error
