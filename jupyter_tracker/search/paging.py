"""The opaque token that names the next page."""

from __future__ import annotations

import base64
import binascii
import json

from jupyter_tracker.errors import InvalidParameterError


def token_of(offset: int) -> str:
    """Return the token of the page that begins at this offset."""
    return base64.b64encode(json.dumps({"offset": offset}).encode()).decode()


def offset_of(token: str | None) -> int:
    """Return the offset that a token names, 0 for None or ""; InvalidParameterError for what is no token."""
    if not token:
        return 0
    try:
        offset = json.loads(base64.b64decode(token, validate=True))["offset"]
    except (binascii.Error, ValueError, TypeError, KeyError):
        raise InvalidParameterError(
            f"Invalid page token {token[:40]!r}, could not base64-decode it. Pass it as it was given."
        ) from None
    if not isinstance(offset, int) or isinstance(offset, bool) or not 0 <= offset < 2**63:
        raise InvalidParameterError(f"Invalid page token {token[:40]!r}: it names no position.")
    return offset
