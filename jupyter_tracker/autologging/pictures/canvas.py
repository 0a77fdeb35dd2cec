"""A picture to draw on: boxes, lines and letters, and the PNG of it."""

from __future__ import annotations

import functools
import json
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Color = tuple[int, int, int]
INK: Final[Color] = (31, 41, 55)
MUTED: Final[Color] = (107, 114, 128)
GRID: Final[Color] = (226, 229, 234)
BLUE: Final[Color] = (37, 99, 176)
ORANGE: Final[Color] = (206, 100, 30)
WHITE: Final[Color] = (255, 255, 255)


_LEVELS: Final = 5


class _Font(NamedTuple):
    height: int
    sheet: npt.NDArray[np.uint8]  # how dark each pixel is, 0 to _LEVELS
    places: dict[str, list[int]]  # of each character: its left edge and width


@functools.cache
def _font() -> _Font:
    import numpy as np

    header, _, pixels = zlib.decompress((Path(__file__).parent / "glyphs.bin").read_bytes()).partition(b"\n")
    about = json.loads(header)
    sheet = np.frombuffer(pixels, np.uint8).reshape(about["height"], about["width"])
    return _Font(about["height"], np.round(sheet / 255 * _LEVELS).astype(np.uint8), about["places"])


@functools.lru_cache(maxsize=1000)
def _shade(text: str) -> npt.NDArray[np.uint8]:
    """Return how dark each pixel of a line of text is. The same names and ticks are written after every fit."""
    import numpy as np

    font = _font()
    places = [font.places.get(char, font.places["?"]) for char in text]
    shade = np.hstack([font.sheet[:, left : left + width] for left, width in places])
    shade.flags.writeable = False
    return shade


@functools.lru_cache(maxsize=200)
def _ramp(ground: Color, color: Color) -> tuple[Color, ...]:
    """Return the colours from one to another, for the edges of letters."""
    return tuple(between(ground, color, level / _LEVELS) for level in range(_LEVELS + 1))


def text_width(text: str) -> int:
    """Return how many pixels wide a text is."""
    places = _font().places
    return sum(places.get(char, places["?"])[1] for char in text)


def shortened(text: str, width: int) -> str:
    """Return a text cut in the middle, so that it is at most `width` pixels wide."""
    if text_width(text) <= width:
        return text
    keep = len(text)
    while keep > 2 and text_width(text[: (keep + 1) // 2] + "…" + text[-(keep // 2) :]) > width:
        keep -= 1
    return text[: (keep + 1) // 2] + "…" + text[-(keep // 2) :]


class Canvas:
    """A white picture of `width` by `height` pixels, to be shown at half that size. It has at most 256 colours."""

    def __init__(self, width: int, height: int) -> None:
        import numpy as np

        self._colors: dict[Color, int] = {WHITE: 0}
        self.pixels: npt.NDArray[np.uint8] = np.zeros((height, width), np.uint8)

    def box(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """Fill a rectangle."""
        rows, columns = (
            slice(max(round(top), 0), max(round(bottom), 0)),
            slice(max(round(left), 0), max(round(right), 0)),
        )
        self.pixels[rows, columns] = self._index(color)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        color: Color = INK,
        align: Literal["left", "center", "right"] = "left",
        *,
        upward: bool = False,
    ) -> None:
        """Write a line of text on one colour, its middle at height `y`; `upward` turns it around its middle."""
        import numpy as np

        if not text:
            return
        shade = _shade(text)
        if upward:
            shade = np.rot90(shade)
        height, width = shade.shape
        left = round(x - {"left": 0.0, "center": width / 2, "right": width}[align])
        top = round(y - height / 2)
        under = self.pixels[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
        if not under.size:
            return
        above, before = max(-top, 0), max(-left, 0)
        shade = shade[above : above + under.shape[0], before : before + under.shape[1]]
        ground = next(known for known, index in self._colors.items() if index == under[0, 0])
        ramp = [self._index(each) for each in _ramp(ground, color)]
        under[:] = np.where(shade > 0, np.array(ramp, np.uint8)[shade], under)

    def line(self, x: npt.ArrayLike, y: npt.ArrayLike, color: Color, width: int = 3) -> None:
        """Draw straight pieces through points."""
        import numpy as np

        across, down = np.asarray(x, float), np.asarray(y, float)
        if len(across) < 2:
            return
        dx, dy = np.diff(across), np.diff(down)
        counts = np.maximum(np.abs(dx), np.abs(dy)).astype(np.intp) + 1
        piece = np.repeat(np.arange(len(dx)), counts)
        part = (np.arange(len(piece)) - np.repeat(np.cumsum(counts) - counts, counts)) / np.repeat(counts, counts)
        columns = np.round(np.append(across[piece] + part * dx[piece], across[-1])).astype(np.intp)
        rows = np.round(np.append(down[piece] + part * dy[piece], down[-1])).astype(np.intp)
        index = self._index(color)
        for by in range(-(width // 2), width - width // 2):
            for aside in range(-(width // 2), width - width // 2):
                inside_rows = np.clip(rows + by, 0, self.pixels.shape[0] - 1)
                self.pixels[inside_rows, np.clip(columns + aside, 0, self.pixels.shape[1] - 1)] = index

    def copy(self) -> Canvas:
        """Return a picture of its own that looks the same."""
        height, width = self.pixels.shape
        other = Canvas(width, height)
        other._colors, other.pixels = dict(self._colors), self.pixels.copy()
        return other

    def png(self) -> bytes:
        """Return the picture as a PNG."""
        import numpy as np

        height, width = self.pixels.shape
        # Each row as what differs from the one above it: mostly nothing, which packs fast and small.
        rows = np.empty((height, width + 1), np.uint8)
        rows[:, 0] = 2
        rows[0, 1:] = self.pixels[0]
        np.subtract(self.pixels[1:], self.pixels[:-1], out=rows[1:, 1:])
        packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
        data = packer.compress(rows) + packer.flush()  # type: ignore[arg-type]
        header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)  # a byte a pixel, palette
        colors = b"".join(map(bytes, self._colors))
        chunks = ((b"IHDR", header), (b"PLTE", colors), (b"IDAT", data), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )

    def _index(self, color: Color) -> int:
        """Return the number of a colour; of the nearest that there is, once there are 256."""
        found = self._colors.get(color)
        if found is not None:
            return found
        if len(self._colors) == 256:
            known = min(self._colors, key=lambda other: sum(abs(a - b) for a, b in zip(color, other, strict=True)))
            return self._colors[known]
        return self._colors.setdefault(color, len(self._colors))


def between(low: Color, high: Color, part: float) -> Color:
    """Return the colour that lies `part` of the way from one to another."""
    red, green, blue = (round(one + (other - one) * part) for one, other in zip(low, high, strict=True))
    return red, green, blue
