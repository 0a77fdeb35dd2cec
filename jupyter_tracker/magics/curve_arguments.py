"""What a user writes behind `%curves`, read into options. Pure: no IPython, no store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from jupyter_tracker.magics.arguments import Token, _Line, _split_flag
from jupyter_tracker.views.common import CurveX
from jupyter_tracker.views.metric_curves import CurveOptions
from jupyter_tracker.views.sampling import LARGEST_WEIGHT

CURVES_SPEC: Final[dict[str, str]] = {
    "--metrics": "which metrics: --metrics f1,loss",
    "--x": "the axis: step, time or relative (time since each run's start)",
    "--smoothing": f"weight of the moving average, 0 to {LARGEST_WEIGHT}",
    "--log-x": "logarithmic axis from left to right",
    "--log-y": "logarithmic axis from bottom to top",
    "--group-by": "one line per value of a param or tag, the mean of its runs: --group-by params.lr",
    "--experiment": "experiment to look in, by name or id",
    "--max": f"how many runs to show at most ({CurveOptions.limit})",
}
_SWITCHES: Final = ("--log-x", "--log-y")
# A filter compares something; names and ids of runs do not.
_COMPARES: Final = re.compile(r"[<>=]|\s(?:i?like|in|is|and|or|not)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CurvesArguments:
    """What `%curves` was asked for: runs by id or name, or else a filter that chooses them."""

    runs: tuple[str, ...] = ()
    filter: str = ""
    metrics: tuple[str, ...] | None = None
    x: CurveX = "step"
    smoothing: float = 0.0
    log_x: bool = False
    log_y: bool = False
    group_by: str | None = None
    experiment: str | None = None
    limit: int = CurveOptions.limit


def parse_curves(text: str) -> CurvesArguments:
    """Return what the text behind `%curves` asks for; MagicArgumentError where it cannot be read."""
    line = _Line("%curves", text)
    found: dict[str, tuple[str, Token]] = {}
    words: list[Token] = []
    for token in line.tokens():
        if not token.raw.startswith("--"):
            words.append(token)
            continue
        name, value = _split_flag(line, token, CURVES_SPEC)
        if name in found:
            raise line.error(f"{name} is given twice.", token)
        if name in _SWITCHES and value is not None:
            raise line.error(f"{name} takes no value.", token)
        found[name] = ("" if name in _SWITCHES else value if value is not None else line.value_after(token), token)
    if line.errors:
        raise line.errors[0]
    filters = is_filter(words)
    if words and not filters and "--experiment" in found:
        raise line.error("--experiment is for a filter; runs are found by their name or id alone.", words[0])
    metrics = found.get("--metrics")
    return CurvesArguments(
        runs=() if filters else tuple(word.text for word in words),
        filter=" ".join(word.raw for word in words) if filters else "",
        metrics=None if metrics is None else tuple(key.strip() for key in metrics[0].split(",") if key.strip()),
        x=_axis(line, found),
        smoothing=_weight(line, found),
        log_x="--log-x" in found,
        log_y="--log-y" in found,
        group_by=_group(found),
        experiment=found["--experiment"][0] if "--experiment" in found else None,
        limit=_limit(line, found),
    )


def is_filter(words: Sequence[Token]) -> bool:
    """Tell whether words are a filter, and not names or ids of runs."""
    # With a space on both sides, so that a word at an end is one too.
    return _COMPARES.search(f" {' '.join(word.raw for word in words)} ") is not None


def _axis(line: _Line, found: dict[str, tuple[str, Token]]) -> CurveX:
    value, token = found.get("--x", ("step", Token("", "", 0)))
    if value not in {"step", "time", "relative"}:
        raise line.error(f"--x takes step, time or relative, not {value!r}.", token)
    return cast("CurveX", value)


def _weight(line: _Line, found: dict[str, tuple[str, Token]]) -> float:
    value, token = found.get("--smoothing", ("0", Token("", "", 0)))
    try:
        weight = float(value)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= LARGEST_WEIGHT:
        raise line.error(f"--smoothing takes a number from 0 to {LARGEST_WEIGHT}, not {value!r}.", token)
    return weight


def _group(found: dict[str, tuple[str, Token]]) -> str | None:
    if "--group-by" not in found:
        return None
    name = found["--group-by"][0]
    return name if name.startswith(("params.", "tags.")) else f"params.{name}"


def _limit(line: _Line, found: dict[str, tuple[str, Token]]) -> int:
    value, token = found.get("--max", (str(CurveOptions.limit), Token("", "", 0)))
    if not value.isdecimal() or int(value) < 1:
        raise line.error(f"--max takes a whole number of at least 1, not {value!r}.", token)
    return int(value)
