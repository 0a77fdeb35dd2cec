"""The opaque token that names the next page."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from jupyter_tracker.errors import InvalidParameterError


def token_of(offset: int, newest: int | None = None) -> str:
    """Return the token of the page that begins at this offset.

    `newest`, where given, is the key of the newest row when the first page was made: what has come since is on
    no later page, so that none shows a row twice.
    """
    place = {"offset": offset} if newest is None else {"offset": offset, "newest": newest}
    return base64.b64encode(json.dumps(place).encode()).decode()


def offset_of(token: str | None) -> int:
    """Return the offset that a token names, 0 for None or ""; InvalidParameterError for what is no token."""
    return _number(_place(token), token, "offset")


def newest_of(token: str | None) -> int | None:
    """Return the newest row that a token names, None where it names none."""
    place = _place(token)
    return _number(place, token, "newest") if "newest" in place else None


def _place(token: str | None) -> dict[str, Any]:
    if not token:
        return {"offset": 0}
    try:
        place = json.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        place = None
    if not isinstance(place, dict):
        raise InvalidParameterError(
            f"Invalid page token {token[:40]!r}, could not base64-decode it. Pass it as it was given."
        )
    return place


def _number(place: dict[str, Any], token: str | None, name: str) -> int:
    number = place.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**63:
        raise InvalidParameterError(f"Invalid page token {str(token)[:40]!r}: it names no position.")
    return number
