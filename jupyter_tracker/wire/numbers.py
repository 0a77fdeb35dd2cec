"""Numbers as JSON carries them: JSON has no NaN and no infinities, so these travel as text."""

from __future__ import annotations

import math
from typing import Final, Literal, TypeAlias

from jupyter_tracker.errors import InvalidParameterError

JsonNumber: TypeAlias = "float | Literal['NaN', 'Infinity', '-Infinity']"
"""A number as JSON carries it: NaN and the infinities travel as text."""

_TEXTS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def number_to_json(value: float) -> JsonNumber:
    """Return a float as it is, and NaN, ∞ and -∞ as ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def number_from_json(value: object) -> float:
    """Return the float that a JSON value stands for; InvalidParameterError where it is none."""
    if isinstance(value, str) and value in _TEXTS:
        return _TEXTS[value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise InvalidParameterError(
        f'{value!r} is not a number: a JSON number, "NaN", "Infinity" or "-Infinity" is expected.'
    )
