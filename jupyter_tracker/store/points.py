"""Points of a metric on their way into a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    # Few points are plain sequences, so that a script's first metric imports no NumPy.
    Integers = Sequence[int] | npt.NDArray[np.int64]
    Floats = Sequence[float] | npt.NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Points of one metric on their way into the store, in the order they were logged.

    Columns are any sequence or NumPy array of equal length: steps and timestamps (ms UTC) as integers,
    values as floats.
    """

    key: str
    steps: Integers
    timestamps: Integers
    values: Floats
