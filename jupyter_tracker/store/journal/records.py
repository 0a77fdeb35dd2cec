"""The bytes of a journal: fixed records of 36 bytes, some followed by a payload padded to 36.

A record is ``crc, kind, unused, number, step, timestamp, value`` (little-endian). A metric's point is one
record. Other kinds carry a payload: `step` is then its length in bytes, and the CRC covers it. A journal
therefore always falls into whole 36-byte slots, and a run of points is one NumPy array without copying.

Never pickle: a journal may come from anywhere. No I/O here.
"""

from __future__ import annotations

import json
import struct
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jupyter_tracker.store.points import Floats, Integers

SLOT = 36
BODY = struct.Struct("<HHIqqd")
CRC = struct.Struct("<I")
RECORD = struct.Struct("<IHHIqqd")
assert RECORD.size == SLOT  # noqa: S101 - a layout that all files share

METRIC, HEADER, KEY, PARAMS, TAGS, BLOCK, SERIES, END = range(1, 9)
_KINDS = frozenset(range(1, 9))
# Below this many points plain `struct` is used, so that a script's first metric imports no NumPy.
FEW = 64
_FEW_BYTES = 4 * FEW * SLOT  # a header and some params and tags take part of it


@dataclass
class Column:
    """Points of one key as they were logged: parallel sequences or NumPy arrays."""

    steps: Integers
    timestamps: Integers
    values: Floats


@dataclass
class Content:
    """What a stretch of a journal says. `end` is the byte after its last whole record.

    `damaged` are the bytes before it that hold no record; a torn tail, as a kill leaves it, is none.
    """

    end: int = 0
    damaged: int = 0
    header: dict[str, object] = field(default_factory=dict)
    columns: dict[int, list[Column]] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    ended: dict[str, object] = field(default_factory=dict)  # status and end_time
    last_ms: int = 0

    def add(self, key_id: int, column: Column) -> None:
        """Append points of a key."""
        self.columns.setdefault(key_id, []).append(column)

    def add_point(self, key_id: int, step: int, timestamp: int, value: float) -> None:
        """Append one point of a key."""
        columns = self.columns.setdefault(key_id, [])
        if not columns or not isinstance(columns[-1].steps, list):
            columns.append(Column([], [], []))
        last: Any = columns[-1]
        last.steps.append(step)
        last.timestamps.append(timestamp)
        last.values.append(value)


def pack_metric(key_id: int, step: int, timestamp: int, value: float) -> bytes:
    """Return the record of one point. The writer inlines this."""
    body = BODY.pack(METRIC, 0, key_id, step, timestamp, value)
    return CRC.pack(zlib.crc32(body)) + body


def pack_payload(kind: int, payload: bytes, timestamp: int, number: int = 0) -> bytes:
    """Return a record with its payload, padded to whole slots."""
    body = BODY.pack(kind, 0, number, len(payload), timestamp, 0.0) + payload
    return CRC.pack(zlib.crc32(body)) + body + bytes(-len(payload) % SLOT)


def pack_json(kind: int, value: object, timestamp: int) -> bytes:
    """Return a record whose payload is JSON."""
    return pack_payload(kind, json.dumps(value).encode("ascii"), timestamp)


def pack_block(key_ids: Sequence[int], steps: array[int], times: array[int], values: array[float], now: int) -> bytes:
    """Return one record for points of several keys, in the order they were logged."""
    payload = b"".join((array("I", key_ids).tobytes(), steps.tobytes(), times.tobytes(), values.tobytes()))
    return pack_payload(BLOCK, payload, now, len(key_ids))


def read(data: bytes, *, trusted: bool) -> Content:
    """Return what `data` says, up to its last whole record.

    Parameters
    ----------
    data : bytes
        A stretch of a journal that begins at a record.
    trusted : bool
        The bytes were written by this very process: CRCs are not checked. Otherwise a torn or damaged
        stretch is passed over to the next slot that holds a good record.
    """
    content = Content()
    if len(data) < _FEW_BYTES:
        _read_few(data, content, trusted=trusted)
    else:
        _read_many(data, content, trusted=trusted)
    return content


def _read_few(data: bytes, content: Content, *, trusted: bool) -> None:
    offset = 0
    while offset + SLOT <= len(data):
        crc, kind, _, number, step, timestamp, value = RECORD.unpack_from(data, offset)
        size = SLOT if kind == METRIC else SLOT + step + (-step % SLOT)
        if not trusted and not _good(data, offset, crc, kind, step):
            content.end = _past_damage(data, offset, content)
            offset = content.end
            continue
        if offset + size > len(data):
            break
        content.last_ms = max(content.last_ms, timestamp)
        if kind == METRIC:
            content.add_point(number, step, timestamp, value)
        else:
            _read_payload(data, offset, content)
        offset += size
        content.end = offset


def _read_many(data: bytes, content: Content, *, trusted: bool) -> None:
    import numpy as np

    if not trusted:
        for part in _good_stretches(data, content):
            piece = Content()
            _read_many(part, piece, trusted=True)
            _merge(content, piece)
        return
    slots = np.frombuffer(data, dtype=_dtype(), count=len(data) // SLOT)
    breaks = np.flatnonzero(slots["kind"] != METRIC)
    at, total = 0, len(slots)
    while at < total:
        # Payloads may look like anything, so only the first break after a known record is one.
        index = int(np.searchsorted(breaks, at))
        stop = int(breaks[index]) if index < len(breaks) else total
        if stop > at:
            _add_points(slots[at:stop], content)
            at = stop
            continue
        size = SLOT + int(slots["step"][at])
        slots_used = -(-size // SLOT)
        if at + slots_used > total:
            break
        content.last_ms = max(content.last_ms, int(slots["timestamp"][at]))
        _read_payload(data, at * SLOT, content)
        at += slots_used
    content.end = at * SLOT


def _dtype() -> np.dtype[np.void]:
    import numpy as np

    return np.dtype(
        [
            ("crc", "<u4"),
            ("kind", "<u2"),
            ("unused", "<u2"),
            ("number", "<u4"),
            ("step", "<i8"),
            ("timestamp", "<i8"),
            ("value", "<f8"),
        ]
    )


def _add_points(slots: npt.NDArray[np.void], content: Content) -> None:
    content.last_ms = max(content.last_ms, int(slots["timestamp"].max()))
    _split_by_key(slots["number"], slots["step"], slots["timestamp"], slots["value"], content)


def _split_by_key(
    numbers: npt.NDArray[np.uint32],
    steps: npt.NDArray[np.int64],
    times: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    content: Content,
) -> None:
    import numpy as np

    if bool((numbers == numbers[0]).all()):
        content.add(int(numbers[0]), Column(steps.copy(), times.copy(), values.copy()))
        return
    order = np.argsort(numbers, kind="stable")
    numbers, steps, times, values = numbers[order], steps[order], times[order], values[order]
    starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(numbers)]
    for key_id, start, stop in zip(numbers[starts[:-1]].tolist(), starts[:-1], starts[1:], strict=True):
        content.add(key_id, Column(steps[start:stop], times[start:stop], values[start:stop]))


def _read_payload(data: bytes, offset: int, content: Content) -> None:
    _, kind, _, number, length, _, _ = RECORD.unpack_from(data, offset)
    payload = data[offset + SLOT : offset + SLOT + length]
    if kind == KEY:
        content.keys[number] = payload.decode("utf-8")
    elif kind == PARAMS:
        # The first value stands: params are written once.
        content.params = {**json.loads(payload), **content.params}
    elif kind == TAGS:
        content.tags.update(json.loads(payload))
    elif kind == HEADER:
        content.header = json.loads(payload)
    elif kind == END:
        content.ended = json.loads(payload)
    elif kind == SERIES:
        content.add(number, _columns(payload, len(payload) // 24, 0))
    elif kind == BLOCK:
        _read_block(payload, number, content)


def _columns(payload: bytes, count: int, skip: int) -> Column:
    ends = [skip + 8 * count * i for i in range(4)]
    parts = [payload[start:stop] for start, stop in pairwise(ends)]
    if count < FEW:
        return Column(array("q", parts[0]), array("q", parts[1]), array("d", parts[2]))
    import numpy as np

    return Column(
        np.frombuffer(parts[0], np.int64),
        np.frombuffer(parts[1], np.int64),
        np.frombuffer(parts[2], np.float64),
    )


def _read_block(payload: bytes, count: int, content: Content) -> None:
    column = _columns(payload, count, 4 * count)
    if count >= FEW:
        import numpy as np

        numbers = np.frombuffer(payload, "<u4", count)
        _split_by_key(numbers, column.steps, column.timestamps, column.values, content)  # type: ignore[arg-type]
        return
    points = zip(column.steps, column.timestamps, column.values, strict=True)
    for key_id, point in zip(array("I", payload[: 4 * count]), points, strict=True):
        content.add_point(key_id, *point)


def _good(data: bytes, offset: int, crc: int, kind: int, length: int) -> bool:
    if kind not in _KINDS:
        return False
    stop = offset + SLOT
    if kind != METRIC:
        if length < 0 or stop + length > len(data):
            return False
        stop += length
    return zlib.crc32(memoryview(data)[offset + 4 : stop]) == crc


def _past_damage(data: bytes, offset: int, content: Content) -> int:
    """Return where the next good record begins, the end where there is none, and note what lies before it."""
    found = _next_good(data, offset + 1)
    content.damaged += found - offset if found < len(data) else 0
    return found


def _next_good(data: bytes, offset: int) -> int:
    # A short write leaves the rest of the file out of step, so every byte is a candidate.
    while offset + SLOT <= len(data):
        crc, kind, _, _, length, _, _ = RECORD.unpack_from(data, offset)
        if _good(data, offset, crc, kind, length):
            return offset
        offset += 1
    return len(data)


def _good_stretches(data: bytes, content: Content) -> Iterator[bytes]:
    start = offset = 0
    while offset + SLOT <= len(data):
        crc, kind, _, _, length, _, _ = RECORD.unpack_from(data, offset)
        if _good(data, offset, crc, kind, length):
            offset += SLOT if kind == METRIC else SLOT + length + (-length % SLOT)
            content.end = min(offset, len(data))
            continue
        if offset > start:
            yield data[start:offset]
        start = offset = _past_damage(data, offset, content)
    if min(offset, len(data)) > start:
        yield data[start:offset]


def _merge(content: Content, piece: Content) -> None:
    content.header = content.header or piece.header
    content.keys.update(piece.keys)
    content.params = {**piece.params, **content.params}
    content.tags.update(piece.tags)
    content.ended = piece.ended or content.ended
    content.last_ms = max(content.last_ms, piece.last_ms)
    for key_id, columns in piece.columns.items():
        content.columns.setdefault(key_id, []).extend(columns)
