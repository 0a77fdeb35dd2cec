"""How long ago: ``30d``, ``12h``, ``90min``."""

from __future__ import annotations

import re
from datetime import timedelta

from jupyter_tracker.errors import InvalidParameterError

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGE = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]+)\s*")


def milliseconds(age: str | timedelta | None) -> int:
    """Return a length of time in ms; None is none at all.

    Raises
    ------
    InvalidParameterError
        It is negative, or text of another form than ``30d``.
    """
    if age is None:
        return 0
    if isinstance(age, timedelta):
        found = age.total_seconds()
    else:
        match = _AGE.fullmatch(age.lower())
        if match is None or match[2] not in _UNITS:
            raise InvalidParameterError(f"{age!r} is no length of time: 30d, 12h, 90min and 2w are understood.")
        found = float(match[1]) * _UNITS[match[2]]
    if found < 0:
        raise InvalidParameterError(f"{age!r} is a negative length of time.")
    return round(found * 1000)
