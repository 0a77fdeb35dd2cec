"""A confusion matrix, curves and bars as PNG."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from jupyter_tracker.autologging.pictures.canvas import (
    BLUE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    WHITE,
    Canvas,
    between,
    shortened,
    text_width,
)

if TYPE_CHECKING:
    import numpy.typing as npt

_TITLE: Final = 34  # where its middle is
_MAX_LABEL: Final = 220
_CURVE: Final = (96, 64, 560)  # left, top and side of the square that curves are drawn in
MAX_CLASSES: Final = 40


def confusion_matrix_png(matrix: Any, labels: Sequence[str], title: str = "Confusion matrix") -> bytes:
    """Return counts as a coloured square, true labels down, predicted ones across; each row is coloured by itself.

    Parameters
    ----------
    matrix : array of int, shape (n, n)
        How often each true label (row) was predicted as each label (column); at most `MAX_CLASSES` of them.
    labels : sequence of str
        Their names.
    title : str
        What stands above.
    """
    count = len(labels)
    cell = max(34, min(110, 700 // max(count, 1)))
    names = [shortened(label, _MAX_LABEL) for label in labels]
    left = 64 + max(map(text_width, names))
    below = 24 + (max(map(text_width, names)) if _slanted(names, cell) else 24)
    side = cell * count
    canvas = Canvas(max(left + side + 40, text_width(title) + 80), 70 + side + below + 44)
    canvas.text(left, _TITLE, title)
    for row in range(count):
        total = max(int(matrix[row].sum()), 1)
        for column in range(count):
            share = int(matrix[row, column]) / total
            x, y = float(left + column * cell), float(70 + row * cell)
            canvas.box(
                x + 1, y + 1, x + cell - 1, y + cell - 1, between(WHITE, BLUE, 0.06 + 0.94 * round(share * 12) / 12)
            )
            number = str(matrix[row, column])
            if text_width(number) < cell - 4:
                canvas.text(x + cell / 2, y + cell / 2, number, WHITE if share > 0.45 else INK, "center")
        canvas.text(left - 12, 70 + row * cell + cell / 2, names[row], align="right")
    for column, name in enumerate(names):
        middle = left + column * cell + cell / 2
        if _slanted(names, cell):
            canvas.text(middle, 70 + side + 12 + text_width(name) / 2, name, align="center", upward=True)
        else:
            canvas.text(middle, 70 + side + 20, name, align="center")
    canvas.text(left + side / 2, 70 + side + below + 14, "predicted", MUTED, "center")
    canvas.text(22, 70 + side / 2, "true", MUTED, "center", upward=True)
    return canvas.png()


def curve_png(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    title: str,
    across: str,
    up: str,
    *,
    diagonal: bool = False,
) -> bytes:
    """Return a curve through fractions, both axes from 0 to 1; `diagonal` draws what guessing would give."""
    import numpy as np

    left, top, side = _CURVE
    canvas = _axes(across, up, diagonal=diagonal).copy()
    canvas.text(left, _TITLE, title)
    canvas.line(left + side * np.asarray(x, float), top + side * (1 - np.asarray(y, float)), ORANGE, 4)
    return canvas.png()


@functools.lru_cache(maxsize=8)
def _axes(across: str, up: str, *, diagonal: bool) -> Canvas:
    """Return what is the same in every such picture: the grid, the ticks and what they are."""
    import numpy as np

    left, top, side = _CURVE
    canvas = Canvas(left + side + 48, top + side + 92)
    for tick in range(6):
        at = tick / 5
        canvas.box(left, top + side * (1 - at) - 1, left + side, top + side * (1 - at) + 1, GRID)
        canvas.box(left + side * at - 1, top, left + side * at + 1, top + side, GRID)
        canvas.text(left - 12, top + side * (1 - at), f"{at:.1f}", MUTED, "right")
        canvas.text(left + side * at, top + side + 20, f"{at:.1f}", MUTED, "center")
    if diagonal:
        for dash in range(0, 28, 2):
            ends = np.array([dash / 28, (dash + 1) / 28])
            canvas.line(left + side * ends, top + side * (1 - ends), MUTED, 2)
    canvas.text(left + side / 2, top + side + 58, across, align="center")
    canvas.text(24, top + side / 2, up, align="center", upward=True)
    return canvas


def bars_png(names: Sequence[str], values: Sequence[float], title: str) -> bytes:
    """Return named numbers as bars, in the order given, those below zero to the left."""
    shown = [shortened(name, 360) for name in names]
    numbers = [f"{value:.4g}" for value in values]
    left = 40 + max([60, *map(text_width, shown)])
    width, row = 640, 36
    low, high = float(min([0.0, *values])), float(max([0.0, *values]))
    span = (high - low) or 1.0
    room = 20 + max([0, *map(text_width, numbers)])
    zero = left + (room if low < 0 else 0) + width * -low / span
    canvas = Canvas(round(left + width + room * (2 if low < 0 else 1) + 20), 70 + row * max(len(shown), 1) + 20)
    canvas.text(24, _TITLE, title)
    for i, (name, value) in enumerate(zip(shown, values, strict=True)):
        middle = 70 + row * i + row / 2
        end = zero + width * value / span
        canvas.text(left - 14, middle, name, align="right")
        canvas.box(
            min(zero, end), middle - 11, max(zero, end, min(zero, end) + 2), middle + 11, BLUE if value >= 0 else ORANGE
        )
        canvas.text(end + (8 if value >= 0 else -8), middle, numbers[i], MUTED, "left" if value >= 0 else "right")
    canvas.box(zero - 1, 66, zero + 1, 74 + row * len(shown), MUTED)
    return canvas.png()


def _slanted(names: Sequence[str], cell: int) -> bool:
    return any(text_width(name) > cell - 8 for name in names)
