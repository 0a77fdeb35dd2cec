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
_MASK = 2**64 - 1
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
    return _columns_of([data])


def joined(data: Sequence[bytes]) -> tuple[Ints, Ints, Floats]:
    """Return the points of several chunks as one, ordered by (step, timestamp, value), identical ones once."""
    import numpy as np

    steps, timestamps, values = _columns_of(data)
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


def _columns_of(data: Sequence[bytes]) -> tuple[Ints, Ints, Floats]:
    """Return the points of several chunks one after the other, each decoded into its place."""
    import numpy as np

    counts = [_HEAD.unpack_from(chunk)[1] for chunk in data]
    columns = np.empty(sum(counts), np.int64), np.empty(sum(counts), np.int64), np.empty(sum(counts), np.uint64)
    at = 0
    for chunk, count in zip(data, counts, strict=True):
        steps, timestamps, bits = (column[at : at + count] for column in columns)
        at += count
        if chunk[0] == _PLAIN:
            for index, column in enumerate((steps, timestamps, bits)):
                column[:] = np.frombuffer(chunk, column.dtype, count, _HEAD.size + 8 * count * index)
        else:
            offset = _decode_ints(chunk, _HEAD.size, steps)
            offset = _decode_ints(chunk, offset, timestamps)
            _decode_planes(chunk, offset, bits)
    return columns[0], columns[1], columns[2].view(np.float64)


def _plain(code: str, column: Any) -> bytes:
    data: bytes = column.tobytes() if hasattr(column, "tobytes") else array(code, column).tobytes()
    return data


def _encode_ints(column: Ints, parts: list[bytes]) -> None:
    import numpy as np

    steps = np.diff(column)
    # Differences of 64-bit numbers wrap; so does adding them up again.
    smallest = int(steps.min())
    parts.append(_INTS.pack(int(column[0]), smallest))
    _encode_planes(steps.view(np.uint64) - np.uint64(smallest & _MASK), parts)


def _decode_ints(data: bytes, offset: int, out: Ints) -> int:
    import numpy as np

    first, smallest = _INTS.unpack_from(data, offset)
    column = out.view(np.uint64)
    column[0] = first & _MASK
    offset = _decode_planes(data, offset + _INTS.size, column[1:])
    if smallest:
        column[1:] += np.uint64(smallest & _MASK)
    np.cumsum(column, out=column)
    return offset


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


def _decode_planes(data: bytes, offset: int, out: npt.NDArray[np.uint64]) -> int:
    """Write the numbers of eight planes to `out`; return where the planes end."""
    import numpy as np

    constant, planes = 0, []
    for index in range(8):
        kind, size = _PLANE.unpack_from(data, offset)
        offset += _PLANE.size
        if kind == _CONSTANT:
            constant |= data[offset] << 8 * index
        elif kind == _RAW:
            planes.append((index, np.frombuffer(data, np.uint8, size, offset)))
        else:
            plane = zlib.decompress(data[offset : offset + size], bufsize=max(len(out), 1))
            planes.append((index, np.frombuffer(plane, np.uint8)))
        offset += size
    if len(planes) < 8:
        out.fill(constant)
    table = out.view(np.uint8).reshape(-1, 8)
    for index, column in planes:
        table[:, index] = column
    return offset
