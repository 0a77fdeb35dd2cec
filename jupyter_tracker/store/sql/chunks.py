"""The columns of a metric chunk as bytes, both directions.

A chunk is ``codec, count`` and its three columns. Few points are plain arrays, and are read and written
without NumPy. Many are split into byte planes: plane i holds byte i of every number. Of a noisy float the
six low planes are noise, which is kept as it is (planes that lie side by side as one, of 16- or 32-bit numbers),
while sign and exponent shrink to almost nothing; of a step or timestamp, kept as differences, nearly every
plane is constant. So a point of a typical noisy series takes 6 to 7 bytes, and reading is little more than copying.

Pure: no database, no I/O.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jupyter_tracker.store.points import Floats as Numbers
    from jupyter_tracker.store.points import Integers

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Words = npt.NDArray[np.uint64]
    # Of each plane its place among those of its width, and its numbers.
    Planes = list[tuple[int, npt.NDArray[np.generic]]]

_HEAD = struct.Struct("<BI")
# Planes are of single bytes, or of several: read alike, but an older version knows the first only.
_PLAIN, _BYTE_PLANES, _WIDE_PLANES = 0, 1, 2
_PLANES_FROM = 1024
# What is worked on fits into a processor's cache, and SQLite reads smaller blobs several times as fast.
_MOST = 1 << 15
_INTS = struct.Struct("<qq")
_PLANE = struct.Struct("<BI")
_CONSTANT, _RAW, _DEFLATED = 0, 1, 2
_SAMPLE = 4096
_MASK = 2**64 - 1
# Reading what is deflated takes as long as reading all the rest.
_WORTH = 2 / 3


def parts_of(count: int) -> list[slice]:
    """Return which of `count` points go into a chunk each: in equal parts of 32,768 points at most."""
    parts = -(-count // _MOST)
    return [slice(count * part // parts, count * (part + 1) // parts) for part in range(parts)]


def encode(steps: Integers, timestamps: Integers, values: Numbers) -> bytes:
    """Return the bytes of a chunk of points, in the order given."""
    count = len(steps)
    if count < _PLANES_FROM:
        return _HEAD.pack(_PLAIN, count) + _plain("q", steps) + _plain("q", timestamps) + _plain("d", values)
    import numpy as np

    parts = [_HEAD.pack(_WIDE_PLANES, count)]
    for column in (steps, timestamps):
        _encode_ints(np.ascontiguousarray(column, "<i8"), parts)
    _encode_planes(np.ascontiguousarray(values, "<f8").view(np.uint64), parts)
    return b"".join(parts)


def decode(data: bytes) -> tuple[Ints, Ints, Floats]:
    """Return (steps, timestamps, values) of a chunk as arrays of shape (count,)."""
    return _columns_of([data], _count(data))


def joined(data: Sequence[bytes]) -> tuple[Ints, Ints, Floats]:
    """Return the points of several chunks as one, ordered by (step, timestamp, value), identical ones once."""
    return _once(*_columns_of(data, sum(map(_count, data))))


def joined_rows(rows: Iterator[tuple[bytes, int]]) -> tuple[Ints, Ints, Floats]:
    """Return what `joined` does, of rows of a chunk and the count of points in all chunks; no chunk is kept."""
    first, count = next(rows, (b"", 0))
    data = chain((first,), (chunk for chunk, _ in rows)) if count else ()
    return _once(*_columns_of(data, count))


def _once(steps: Ints, timestamps: Ints, values: Floats) -> tuple[Ints, Ints, Floats]:
    import numpy as np

    # The usual series goes up by steps, and then nothing is out of order or twice.
    if _rises(steps):
        return steps, timestamps, values
    order = np.lexsort((values, timestamps, steps))
    steps, timestamps, values = steps[order], timestamps[order], values[order]
    # Compared by their bits, since NaN differs from itself.
    bits = values.view(np.int64)
    new = np.ones(len(steps), bool)
    new[1:] = (np.diff(steps) != 0) | (np.diff(timestamps) != 0) | (bits[1:] != bits[:-1])
    return steps[new], timestamps[new], values[new]


def _columns_of(data: Iterable[bytes], count: int) -> tuple[Ints, Ints, Floats]:
    """Return the points of several chunks one after the other, each decoded into its place."""
    import numpy as np

    # In one piece, of which more lies in large pages.
    columns = np.empty((3, count), np.uint64)
    at = 0
    for chunk in data:
        count = _count(chunk)
        place = columns[:, at : at + count]
        at += count
        if chunk[0] == _PLAIN:
            place[:] = np.frombuffer(chunk, np.uint64, 3 * count, _HEAD.size).reshape(3, count)
        else:
            offset = _decode_ints(chunk, _HEAD.size, place[0])
            offset = _decode_ints(chunk, offset, place[1])
            _decode_planes(chunk, offset, place[2])
    return columns[0].view(np.int64), columns[1].view(np.int64), columns[2].view(np.float64)


def _rises(steps: Ints) -> bool:
    """Tell whether each step is greater than the one before."""
    later, earlier = steps[1:], steps[:-1]
    parts = (slice(at, at + _MOST) for at in range(0, len(later), _MOST))
    return all(bool((later[part] > earlier[part]).all()) for part in parts)


def _count(data: bytes) -> int:
    count: int = _HEAD.unpack_from(data)[1]
    return count


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


def _decode_ints(data: bytes, offset: int, out: Words) -> int:
    import numpy as np

    first, smallest = _INTS.unpack_from(data, offset)
    offset, constant, planes = _read_planes(data, offset + _INTS.size, len(out) - 1)
    first, smallest = first & _MASK, smallest & _MASK
    step = (smallest + constant) & _MASK
    if planes:
        _fill_planes(out[1:], constant, planes)
        if smallest:
            out[1:] += np.uint64(smallest)
    elif step:
        out.fill(step)
    else:
        out.fill(first)
        return offset
    out[0] = first
    np.cumsum(out, out=out)
    return offset


def _encode_planes(words: Words, parts: list[bytes]) -> None:
    import numpy as np

    # Bits in which any number differs from the first: most planes of small differences have none.
    differing = int(np.bitwise_or.reduce(words ^ words[0]))
    noisy = {index for index in range(8) if differing >> 8 * index & 0xFF}
    deflated = {index: plane for index in noisy if (plane := _deflated(_plane(words, index, 1))) is not None}
    noisy -= deflated.keys()
    index = 0
    while index < 8:
        if index in deflated:
            kind, width, plane = _DEFLATED, 1, deflated[index]
        elif index not in noisy:
            kind, width, plane = _CONSTANT, 1, bytes([int(words[0]) >> 8 * index & 0xFF])
        else:
            kind = _RAW
            width = next(w for w in (4, 2, 1) if index % w == 0 and noisy.issuperset(range(index, index + w)))
            plane = _plane(words, index, width)
        parts.append(_PLANE.pack(kind, len(plane)))
        parts.append(plane)
        index += width


def _plane(words: Words, index: int, width: int) -> bytes:
    """Return the bytes `index` to `index` + `width` of each number; `index` is a multiple of `width`."""
    table = words.view(f"<u{width}").reshape(-1, 8 // width)
    plane: bytes = table[:, index // width].tobytes()
    return plane


def _deflated(plane: bytes) -> bytes | None:
    """Return a plane compressed, None where that is not worth it."""
    if len(zlib.compress(plane[:_SAMPLE], 1)) < _WORTH * min(len(plane), _SAMPLE):
        packed = zlib.compress(plane, 1)
        if len(packed) < _WORTH * len(plane):
            return packed
    return None


def _decode_planes(data: bytes, offset: int, out: Words) -> int:
    """Write the numbers of eight planes to `out`; return where the planes end."""
    offset, constant, planes = _read_planes(data, offset, len(out))
    _fill_planes(out, constant, planes)
    return offset


def _read_planes(data: bytes, offset: int, count: int) -> tuple[int, int, Planes]:
    """Return where the planes of `count` numbers end, the constant bytes as a number, and the other planes."""
    import numpy as np

    constant, index, planes = 0, 0, []
    while index < 8:
        kind, size = _PLANE.unpack_from(data, offset)
        offset += _PLANE.size
        width = 1
        if kind == _CONSTANT:
            constant |= data[offset] << 8 * index
        elif kind == _RAW:
            width = size // count
            planes.append((index // width, np.frombuffer(data, f"<u{width}", count, offset)))
        else:
            plane = zlib.decompress(memoryview(data)[offset : offset + size], bufsize=count)
            planes.append((index, np.frombuffer(plane, np.uint8)))
        index += width
        offset += size
    return offset, constant, planes


def _fill_planes(out: Words, constant: int, planes: Planes) -> None:
    if sum(column.itemsize for _, column in planes) < 8:
        out.fill(constant)
    for index, column in planes:
        out.view(column.dtype).reshape(len(out), -1)[:, index] = column
