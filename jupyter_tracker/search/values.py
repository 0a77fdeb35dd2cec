"""Numbers, dates and spans of time, as a filter writes them."""

from __future__ import annotations

import datetime as dt
import re

UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}

_SPAN = re.compile(r"(\d+\.?\d*|\.\d+)([a-z]+)")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_INT64_MAX = 2**63 - 1


def number_of(text: str) -> int | float:
    """Return the number that digits stand for: whole ones stay exact, as times in ms are compared with them."""
    if any(sign in text for sign in ".eE"):
        return float(text)
    number = int(text[:400])  # more digits are infinite to a float anyhow
    # No database holds whole numbers beyond 64 bits.
    return number if abs(number) <= _INT64_MAX else float(text)


def span_ms(text: str) -> int | None:
    """Return the ms of a span such as ``2h`` or ``1.5d``; None where it is none, or longer than 64 bits hold."""
    match = _SPAN.fullmatch(text.lower())
    if match is None or match[2] not in UNITS_MS:
        return None
    span = float(match[1]) * UNITS_MS[match[2]]
    return round(span) if span < _INT64_MAX else None


def date_ms(text: str) -> int | None:
    """Return the ms UTC of an ISO 8601 date or date and time, None where it is none.

    UTC, unless it names an offset: a filter means the same on every machine.
    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        return (moment - _EPOCH) // dt.timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None
