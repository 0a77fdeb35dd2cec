"""From the bytes of a request to what a handler is given; what every host does alike."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jupyter_tracker.api.encoding import decoded
from jupyter_tracker.errors import BodyTooLargeError, InvalidParameterError

MAX_JSON_BYTES: Final = 32 << 20
"""Bytes of a JSON body, unpacked: a data set's profile alone may have 16 million characters."""

_ZLIB_OR_GZIP: Final = 32 + zlib.MAX_WBITS


def json_object(content: bytes, content_type: str, encoding: str = "") -> dict[str, Any]:
    """Return the JSON object that a body is; an empty body is an empty one.

    Raises
    ------
    InvalidParameterError
        It is no JSON object, or is not said to be JSON (a page of another site cannot say so unasked).
    BodyTooLargeError
        It has more than `MAX_JSON_BYTES`, as it came or when it is unpacked.
    """
    if not content:
        return {}
    if len(content) > MAX_JSON_BYTES:
        raise BodyTooLargeError(MAX_JSON_BYTES)
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise InvalidParameterError("Content-Type header is missing or is not 'application/json'.")
    if encoding.lower() in {"gzip", "deflate"}:
        content = _unpacked(content)
    elif encoding and encoding.lower() != "identity":
        raise InvalidParameterError(f"Content-Encoding {encoding[:40]!r} is not understood: gzip and deflate are.")
    try:
        found = decoded(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidParameterError("The body is no JSON object.")
    return found


def _unpacked(content: bytes) -> bytes:
    unpacker = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        unpacked = unpacker.decompress(content, MAX_JSON_BYTES + 1)
    except zlib.error:
        raise InvalidParameterError("The body cannot be unpacked as its Content-Encoding says.") from None
    if len(unpacked) > MAX_JSON_BYTES:
        raise BodyTooLargeError(MAX_JSON_BYTES, " when it is unpacked")
    return unpacked


def query_of(pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], Mapping[str, Sequence[str]]]:
    """Return the parameters of a query, and apart those that were given more than once."""
    query = dict(pairs)
    if len(query) == len(pairs):
        return query, {}
    repeated: dict[str, list[str]] = {}
    for name, value in pairs:
        repeated.setdefault(name, []).append(value)
    return query, {name: values for name, values in repeated.items() if len(values) > 1}
