"""Curves as a PNG, for pages that draw neither scripts nor SVG: sixteen colours, axes with numbers, some 10 kB.

Written with NumPy and zlib alone: a chart library that makes pictures wants a browser or a hundred megabytes.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jupyter_tracker.views.run_colors import LIGHT

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Image = npt.NDArray[np.uint8]

# As shown; the picture is twice as dense, so that it is sharp, and its lines smooth, when it is scaled down.
WIDTH: Final = 600
HEIGHT: Final = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 8, 20
_GRID, _TEXT, _FIRST_RUN = 1, 2, 3
_PALETTE: Final = ("#ffffff", "#e6e8eb", "#6b7280", *LIGHT)
# 3 by 5 pixels a glyph, a row of bits each.
_GLYPHS: Final = {
    "0": "75557",
    "1": "26227",
    "2": "71747",
    "3": "71717",
    "4": "55711",
    "5": "74717",
    "6": "74757",
    "7": "71122",
    "8": "75757",
    "9": "75717",
    ".": "00002",
    "-": "00700",
    "+": "02720",
    "e": "02764",
    "k": "45655",
    "M": "57755",
    "G": "74557",
    "m": "00755",
    "s": "03263",
    "h": "44755",
    "d": "11755",
    " ": "00000",
}


@dataclass(frozen=True, eq=False)
class ChartLine:
    """One line of a picture: `x` and `y` float64 of shape (n,), NaN for gaps, and the index of its colour."""

    x: Floats
    y: Floats
    color: int


def chart_png(
    lines: Sequence[ChartLine], *, log_x: bool = False, log_y: bool = False, x_divisor: float = 1.0, scale: int = 2
) -> bytes:
    """Return a PNG of some lines with their axes, `scale` times `WIDTH` by `HEIGHT` pixels; axes alone for no points.

    `x_divisor` turns the lines' unit into the one of the axis.
    """
    import numpy as np

    image = np.zeros((HEIGHT * scale, WIDTH * scale), np.uint8)
    across, up = (
        _Axis.of([line.x for line in lines], log=log_x),
        _Axis.of([line.y for line in lines], log=log_y, room=0.08),
    )
    _draw_axes(image, across, up, x_divisor, scale)
    for line in reversed(lines):
        _draw_line(image, across.places(line.x), up.places(line.y), _FIRST_RUN + line.color % len(LIGHT), scale)
    return _png(image)


def swatch_png(color: int) -> bytes:
    """Return a PNG of 14 by 4 pixels in a run's colour."""
    import numpy as np

    return _png(np.full((4, 14), _FIRST_RUN + color % len(LIGHT), np.uint8))


@dataclass(frozen=True)
class _Axis:
    """What part of the numbers is shown, as logarithms where `log`."""

    low: float
    high: float
    log: bool

    @classmethod
    def of(cls, values: Sequence[Floats], *, log: bool, room: float = 0.0) -> _Axis:
        import numpy as np

        every = np.concatenate([*values, np.empty(0)])
        every = every[np.isfinite(every) & ((every > 0) if log else True)]
        if not len(every):
            return cls(0.0, 1.0, log)
        shown = np.log10(every) if log else every
        # In halves: the span of the largest floats would overflow.
        low, high = float(shown.min()) / 2, float(shown.max()) / 2
        margin = (high - low) * room or (abs(high) * 0.1 or 0.5 if high == low else 0.0)
        return cls(2 * (low - margin), 2 * (high + margin), log)

    def places(self, values: Floats) -> Floats:
        """Return where values lie on the axis, as fractions; NaN for what it cannot show."""
        import numpy as np

        with np.errstate(invalid="ignore", divide="ignore"):
            shown = np.log10(values) if self.log else values
            return np.where(np.isfinite(shown), (shown / 2 - self.low / 2) / (self.high / 2 - self.low / 2), np.nan)

    def ticks(self, count: int, divisor: float = 1.0) -> list[tuple[float, str]]:
        """Return about `count` round numbers on the axis: where they lie, and how they are written."""
        low, high = self.low / divisor, self.high / divisor
        span = high - low
        if not math.isfinite(span) or span <= 0:
            return []
        step = 10 ** math.floor(math.log10(span / count))
        step = next((step * by for by in (1, 2, 5, 10) if span / (step * by) <= count), step * 10)
        step = max(round(step), 1) if self.log else step
        numbers = [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
        texts = [f"1e{number:.0f}" if self.log else _number(number, step) for number in numbers]
        return [((number - low) / span, text) for number, text in zip(numbers, texts, strict=True)]


def _number(value: float, step: float) -> str:
    size = abs(value)
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if limit <= size < 1e12 and step >= limit / 1e4:
            return f"{value / (1e3 if unit == 'k' else limit):g}{unit}"
    if size and (size < 1e-3 or size >= 1e12):
        return f"{value:.1e}".replace("e-0", "e-").replace("e+", "e")
    return f"{value:.{max(0, -math.floor(math.log10(step)))}f}"


def _draw_axes(image: Image, across: _Axis, up: _Axis, x_divisor: float, scale: int) -> None:
    height, width = image.shape
    for place, text in up.ticks(4):
        y = round((_TOP + (1 - place) * (HEIGHT - _TOP - _BOTTOM)) * scale)
        image[y : y + 1, _LEFT * scale : width - _RIGHT * scale] = _GRID
        _write(image, text, _LEFT * scale - 6 * scale - _text_width(text, scale), y - 3 * scale, scale)
    for place, text in across.ticks(6, x_divisor):
        x = round((_LEFT + place * (WIDTH - _LEFT - _RIGHT)) * scale)
        left = min(x - _text_width(text, scale) // 2, width - _text_width(text, scale) - 2)
        _write(image, text, left, height - (_BOTTOM - 8) * scale, scale)


def _text_width(text: str, scale: int) -> int:
    return len(text) * 5 * scale


def _write(image: Image, text: str, left: int, top: int, scale: int) -> None:
    size = max(1, round(scale * 1.25))
    for i, char in enumerate(text):
        for row, bits in enumerate(_GLYPHS[char]):
            for column in range(3):
                if int(bits, 16) >> (2 - column) & 1:
                    y, x = top + row * size, left + i * 5 * scale + column * size
                    image[max(y, 0) : y + size, max(x, 0) : x + size] = _TEXT


def _draw_line(image: Image, across: Floats, up: Floats, color: int, scale: int) -> None:
    """Draw straight pieces between neighbours that both have a place; a point without neighbours is a dot."""
    import numpy as np

    x = (_LEFT + across * (WIDTH - _LEFT - _RIGHT)) * scale
    y = (_TOP + (1 - up) * (HEIGHT - _TOP - _BOTTOM)) * scale
    here = np.isfinite(x) & np.isfinite(y)
    joined = here[:-1] & here[1:]
    starts = np.flatnonzero(joined)
    dx, dy = x[starts + 1] - x[starts], y[starts + 1] - y[starts]
    pixels = np.maximum(np.abs(dx), np.abs(dy)).astype(np.intp) + 1
    piece = np.repeat(np.arange(len(starts)), pixels)
    part = (np.arange(len(piece)) - np.repeat(np.cumsum(pixels) - pixels, pixels)) / np.repeat(pixels, pixels)
    _stamp(image, x[starts][piece] + part * dx[piece], y[starts][piece] + part * dy[piece], color, scale)
    alone = here & ~np.append(joined, False) & ~np.insert(joined, 0, False)
    _stamp(image, x[alone], y[alone], color, 3 * scale)


def _stamp(image: Image, x: Floats, y: Floats, color: int, size: int) -> None:
    import numpy as np

    columns, rows = np.round(x).astype(np.intp), np.round(y).astype(np.intp)
    for by in range(-(size // 2), size - size // 2):
        for across in range(-(size // 2), size - size // 2):
            image[np.clip(rows + by, 0, image.shape[0] - 1), np.clip(columns + across, 0, image.shape[1] - 1)] = color


def _png(image: Image) -> bytes:
    height, width = image.shape
    packed = image[:, 0::2] << 4 | image[:, 1::2]
    data = b"".join(b"\x00" + row.tobytes() for row in packed)
    colors = bytes.fromhex("".join(color[1:] for color in _PALETTE))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)),  # four bits a pixel, palette
        (b"PLTE", colors),
        (b"IDAT", zlib.compress(data, 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
