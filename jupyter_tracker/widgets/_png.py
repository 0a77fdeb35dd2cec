"""A sparkline as a PNG, for pages that draw neither scripts nor SVG. Two colours, some 200 bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

# Twice the size that it is shown at, so that it is sharp on dense screens. A multiple of 8 wide: one bit a pixel.
WIDTH: Final = 240
HEIGHT: Final = 48
_MARGIN: Final = 5
_HALF_LINE: Final = 1
_DOT: Final = 4
_BLUE: Final = (0x3B, 0x82, 0xC4)  # reads on white and on black


def sparkline_png(values: Sequence[float | None]) -> bytes:
    """Return a PNG of `WIDTH` by `HEIGHT` pixels, a line on a transparent ground with a dot at its end.

    None and the ends of the line leave gaps. Without any value the picture is empty.
    """
    rows = [bytearray(WIDTH // 8) for _ in range(HEIGHT)]
    points = list(_points(values))
    for start, end in pairwise(points):
        if start is not None and end is not None:
            _draw_line(rows, start, end)
    last = next((point for point in reversed(points) if point is not None), None)
    if last is not None:
        _fill(rows, last[0] - _DOT // 2, last[0] + _DOT // 2, last[1] - _DOT // 2, last[1] + _DOT // 2)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 1, 3, 0, 0, 0)  # one bit a pixel, palette
    chunks = (
        (b"IHDR", header),
        (b"PLTE", bytes((*_BLUE, *_BLUE))),
        (b"tRNS", b"\x00\xff"),
        (b"IDAT", zlib.compress(b"".join(b"\x00" + row for row in rows), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _points(values: Sequence[float | None]) -> Iterator[tuple[int, int] | None]:
    """Yield a pixel per value, None where there is no value; a flat line lies in the middle."""
    present = [value for value in values if value is not None]
    if not present:
        return
    # Halved, so that the span of the largest floats does not overflow.
    low, span = min(present) / 2, max(present) / 2 - min(present) / 2
    right, bottom = WIDTH - 1 - _MARGIN, HEIGHT - 1 - _MARGIN
    for i, value in enumerate(values):
        if value is None:
            yield None
            continue
        part = (value / 2 - low) / span if span > 0 else 0.5
        x = _MARGIN + (right - _MARGIN) * i / (len(values) - 1) if len(values) > 1 else WIDTH / 2
        yield round(x), round(bottom - (bottom - _MARGIN) * part)


def _draw_line(rows: list[bytearray], start: tuple[int, int], end: tuple[int, int]) -> None:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for i in range(steps + 1):
        x = start[0] + (end[0] - start[0]) * i // steps
        y = start[1] + (end[1] - start[1]) * i // steps
        _fill(rows, x - _HALF_LINE, x + _HALF_LINE, y - _HALF_LINE, y + _HALF_LINE)


def _fill(rows: list[bytearray], left: int, right: int, top: int, bottom: int) -> None:
    for y in range(max(top, 0), min(bottom, HEIGHT - 1) + 1):
        for x in range(max(left, 0), min(right, WIDTH - 1) + 1):
            rows[y][x >> 3] |= 0x80 >> (x & 7)
