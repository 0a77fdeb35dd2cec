"""How tracking fails: once, in a few words, and without touching the user's cell."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from jupyter_tracker.errors import TrackerWarning, warn_once
from jupyter_tracker.tracking.masking import mask

# Above the top of the stack: the warning then names no line of ours, which would say nothing to the user.
_NO_PLACE = 1000


@contextlib.contextmanager
def attempt(doing: str) -> Iterator[None]:
    """Try something; where it fails, warn once and go on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the user's cell must not suffer
        warn(f"jupyter_tracker could not {doing}: {mask(str(error))}", topic=f"cell: {doing}")


def warn(message: str, topic: str) -> None:
    """Warn once for each topic, also where the user has made warnings into errors."""
    with contextlib.suppress(TrackerWarning):
        warn_once(message, topic=topic, stacklevel=_NO_PLACE)
