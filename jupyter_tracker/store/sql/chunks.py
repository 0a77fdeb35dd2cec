"""The columns of a metric chunk as bytes, both directions.

A chunk is ``codec, count`` and its three columns. Few points are plain arrays, and are read and written
without NumPy. Many are split into byte planes: plane i holds byte i of every number. Of a noisy float the
six low planes are noise, which is kept as it is, while sign and exponent shrink to almost nothing; of a
step or timestamp, kept as differences, nearly every plane is constant. So a point of a typical noisy
series takes 6 to 7 bytes, and reading is little more than copying.

Pure: no database, no I/O.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jupyter_tracker.store.base import Floats as Numbers
    from jupyter_tracker.store.base import Integers

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_HEAD = struct.Struct("<BI")
_PLAIN, _PLANES = 0, 1
_PLANES_FROM = 1024
_INTS = struct.Struct("<qq")
_PLANE = struct.Struct("<BI")
_CONSTANT, _RAW, _DEFLATED = 0, 1, 2
_SAMPLE = 4096
_WORTH = 0.9


def encode(steps: Integers, timestamps: Integers, values: Numbers) -> bytes:
    """Return the bytes of a chunk of points, in the order given."""
    count = len(steps)
    if count < _PLANES_FROM:
        return _HEAD.pack(_PLAIN, count) + _plain("q", steps) + _plain("q", timestamps) + _plain("d", values)
    import numpy as np

    parts = [_HEAD.pack(_PLANES, count)]
    for column in (steps, timestamps):
        _encode_ints(np.ascontiguousarray(column, dtype="<i8"), parts)
    _encode_planes(np.ascontiguousarray(values, dtype="<f8"), parts)
    return b"".join(parts)


def decode(data: bytes) -> tuple[Ints, Ints, Floats]:
    """Return (steps, timestamps, values) of a chunk as arrays of shape (count,)."""
    import numpy as np

    codec, count = _HEAD.unpack_from(data)
    offset = _HEAD.size
    if codec == _PLAIN:
        steps = np.frombuffer(data, "<i8", count, offset)
        timestamps = np.frombuffer(data, "<i8", count, offset + 8 * count)
        return steps, timestamps, np.frombuffer(data, "<f8", count, offset + 16 * count)
    steps, offset = _decode_ints(data, offset, count)
    timestamps, offset = _decode_ints(data, offset, count)
    planes, _ = _decode_planes(data, offset, count)
    return steps, timestamps, planes.view("<f8").ravel()


def joined(data: Sequence[bytes]) -> tuple[Ints, Ints, Floats]:
    """Return the points of several chunks as one, ordered by (step, timestamp, value), identical ones once."""
    import numpy as np

    if not data:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64)
    parts = [decode(chunk) for chunk in data]
    steps, timestamps, values = (
        parts[0] if len(parts) == 1 else tuple(np.concatenate(column) for column in zip(*parts, strict=True))
    )
    # The usual series goes up by steps, and then nothing is out of order or twice.
    if bool((steps[1:] > steps[:-1]).all()):
        return steps, timestamps, values
    order = np.lexsort((values, timestamps, steps))
    steps, timestamps, values = steps[order], timestamps[order], values[order]
    # Compared by their bits, since NaN differs from itself.
    bits = values.view(np.int64)
    new = np.ones(len(steps), bool)
    new[1:] = (np.diff(steps) != 0) | (np.diff(timestamps) != 0) | (bits[1:] != bits[:-1])
    return steps[new], timestamps[new], values[new]


def _plain(code: str, column: Any) -> bytes:
    data: bytes = column.tobytes() if hasattr(column, "tobytes") else array(code, column).tobytes()
    return data


def _encode_ints(column: Ints, parts: list[bytes]) -> None:
    import numpy as np

    steps = np.diff(column)
    # Differences of 64-bit numbers wrap; so does adding them up again.
    smallest = int(steps.min())
    parts.append(_INTS.pack(int(column[0]), smallest))
    _encode_planes(steps.view(np.uint64) - np.uint64(smallest & 0xFFFFFFFFFFFFFFFF), parts)


def _decode_ints(data: bytes, offset: int, count: int) -> tuple[Ints, int]:
    import numpy as np

    first, smallest = _INTS.unpack_from(data, offset)
    planes, offset = _decode_planes(data, offset + _INTS.size, count - 1)
    column = np.empty(count, np.uint64)
    column[0] = first & 0xFFFFFFFFFFFFFFFF
    np.add(planes.view("<u8").ravel(), np.uint64(smallest & 0xFFFFFFFFFFFFFFFF), out=column[1:])
    np.cumsum(column, out=column)
    return column.view(np.int64), offset


def _encode_planes(column: npt.NDArray[np.generic], parts: list[bytes]) -> None:
    import numpy as np

    table = column.view(np.uint8).reshape(-1, 8)
    # Bits in which any number differs from the first: most planes of small differences have none.
    words = column.view(np.uint64)
    differing = int(np.bitwise_or.reduce(words ^ words[0]))
    for index in range(8):
        if not differing >> (8 * index) & 0xFF:
            parts.append(_PLANE.pack(_CONSTANT, 1) + table[0, index].tobytes())
            continue
        plane = table[:, index].tobytes()
        kind = _RAW
        if len(zlib.compress(plane[:_SAMPLE], 1)) < _WORTH * min(len(plane), _SAMPLE):
            packed = zlib.compress(plane, 1)
            if len(packed) < _WORTH * len(plane):
                kind, plane = _DEFLATED, packed
        parts.append(_PLANE.pack(kind, len(plane)))
        parts.append(plane)


def _decode_planes(data: bytes, offset: int, count: int) -> tuple[npt.NDArray[np.uint8], int]:
    import numpy as np

    table = np.empty((count, 8), np.uint8)
    for index in range(8):
        kind, size = _PLANE.unpack_from(data, offset)
        offset += _PLANE.size
        if kind == _CONSTANT:
            table[:, index] = data[offset]
        elif kind == _RAW:
            table[:, index] = np.frombuffer(data, np.uint8, count, offset)
        else:
            table[:, index] = np.frombuffer(zlib.decompress(data[offset : offset + size]), np.uint8)
        offset += size
    return table, offset
