"""Params and metrics of runs laid on an axis: by size where they are numbers, in order where they are texts."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from jupyter_tracker.entities import Run
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views.common import cut
from jupyter_tracker.views.rounding import number_in, rounded

AxisScale: TypeAlias = Literal["linear", "log", "category"]

_TICKS: Final = 5
_CATEGORIES: Final = 40
# From here on learning rates and the like are read better as powers of ten.
_LOG_RATIO: Final = 100


@dataclass(frozen=True)
class AxisTick:
    """A mark on an axis: where it is (0 to 1), and what stands beside it."""

    at: float
    text: str


@dataclass(frozen=True)
class ParamAxis:
    """One param or metric as an axis."""

    id: str
    """As in a filter: `params.lr`, `metrics.f1`."""
    label: str
    scale: AxisScale
    ticks: list[AxisTick]


@dataclass(frozen=True)
class _Laid:
    """The values of some runs on one axis, aligned with the runs."""

    axis: ParamAxis
    positions: list[float | None]
    texts: list[str]
    values: list[float | str | None]


def lay_out(name: str, runs: Sequence[Run]) -> _Laid:
    """Return where each run lies on the axis of a param or metric, 0 (below, left) to 1; None where it has no value.

    Numbers that span two powers of ten and are all above zero lie on a logarithmic axis. Texts lie side by side, in
    the order of the alphabet; infinities and NaN have no place.

    Parameters
    ----------
    name : str
        ``params.<key>`` or ``metrics.<key>``.
    runs : sequence of Run
        Whose values they are.
    """
    group, _, key = name.partition(".")
    if group not in {"params", "metrics"} or not key:
        raise InvalidParameterError(f"{name!r} is no axis: 'params.<key>' or 'metrics.<key>' is expected.")
    raw = [(run.data.params if group == "params" else run.data.metrics).get(key) for run in runs]
    numbers = [_as_number(value) for value in raw]
    if all(number is not None for number, value in zip(numbers, raw, strict=True) if value is not None):
        return _numeric(name, key, numbers)
    return _categories(name, key, ["" if value is None else str(value) for value in raw], raw)


def _as_number(value: float | str | None) -> float | None:
    return number_in(value) if isinstance(value, str) else value


def _numeric(name: str, key: str, numbers: Sequence[float | None]) -> _Laid:
    finite = [number for number in numbers if number is not None and math.isfinite(number)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    log = low > 0 and high / low >= _LOG_RATIO
    first, last = (math.log10(low), math.log10(high)) if log else (low / 2, high / 2)

    def position(number: float | None) -> float | None:
        if number is None or not math.isfinite(number):
            return None
        shown = math.log10(number) if log else number / 2
        return (shown - first) / (last - first) if last > first else 0.5

    ticks = _log_ticks(first, last) if log else _ticks(low, high)
    marks = [AxisTick(place, rounded(tick)) for tick in ticks if (place := position(tick)) is not None]
    return _Laid(
        ParamAxis(name, key, "log" if log else "linear", marks),
        [position(number) for number in numbers],
        ["" if number is None else rounded(number) for number in numbers],
        list(numbers),
    )


def _ticks(low: float, high: float) -> list[float]:
    """Return some five round numbers from `low` to `high`; the one number where they are the same."""
    span = high - low
    # Of the smallest numbers that there are, a fifth is nothing.
    if not sys.float_info.min <= span <= sys.float_info.max:
        return [low]
    step = 10 ** math.floor(math.log10(span / _TICKS))
    step = next((step * by for by in (1, 2, 5) if span / (step * by) <= _TICKS), step * 10)
    return [float(i * step) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _log_ticks(first: float, last: float) -> list[float]:
    powers = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
    every = max(1, math.ceil(len(powers) / (_TICKS + 1)))
    return [10.0**power for power in powers[::every]]


def _categories(name: str, key: str, texts: Sequence[str], raw: Sequence[float | str | None]) -> _Laid:
    known = sorted({text for text, value in zip(texts, raw, strict=True) if value is not None}, key=_by_number)
    places = {text: i / (len(known) - 1) if len(known) > 1 else 0.5 for i, text in enumerate(known)}
    every = math.ceil(len(known) / _CATEGORIES)
    return _Laid(
        ParamAxis(name, key, "category", [AxisTick(places[text], cut(text)) for text in known[::every]]),
        [None if value is None else places[text] for text, value in zip(texts, raw, strict=True)],
        [cut(text) for text in texts],
        [None if value is None else text for text, value in zip(texts, raw, strict=True)],
    )


def _by_number(text: str) -> tuple[bool, float, str]:
    number = _as_number(text)
    return number is None or math.isnan(number), number if number is not None and number == number else 0.0, text  # noqa: PLR0124 - NaN
