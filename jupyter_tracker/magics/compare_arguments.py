"""What a user writes behind `%compare`, read into options. Pure: no IPython, no store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tracker.magics.arguments import Token, _Line, _split_flag
from jupyter_tracker.magics.curve_arguments import is_filter
from jupyter_tracker.views.comparison import MAX_RUNS

NEWEST: Final = 10
COMPARE_SPEC: Final[dict[str, str]] = {
    "--baseline": "the run that the others are measured against: --baseline rf-baseline",
    "--minimize": "metrics whose small values are better: --minimize calibration,drop",
    "--maximize": "metrics whose large values are better",
    "--experiment": "experiment to look in, by name or id",
    "--max": f"how many runs to compare at most ({NEWEST})",
}


@dataclass(frozen=True, slots=True)
class CompareArguments:
    """What `%compare` was asked for: runs by id or name, or else a filter that chooses them."""

    runs: tuple[str, ...] = ()
    filter: str = ""
    baseline: str | None = None
    minimize: tuple[str, ...] = ()
    maximize: tuple[str, ...] = ()
    experiment: str | None = None
    limit: int = NEWEST


def parse_compare(text: str) -> CompareArguments:
    """Return what the text behind `%compare` asks for; MagicArgumentError where it cannot be read."""
    line = _Line("%compare", text)
    found: dict[str, tuple[str, Token]] = {}
    words: list[Token] = []
    for token in line.tokens():
        if not token.raw.startswith("--"):
            words.append(token)
            continue
        name, value = _split_flag(line, token, COMPARE_SPEC)
        if name in found:
            raise line.error(f"{name} is given twice.", token)
        found[name] = (line.value_after(token) if value is None else value, token)
    if line.errors:
        raise line.errors[0]
    filters = is_filter(words)
    if words and not filters and "--experiment" in found:
        raise line.error("--experiment is for a filter; runs are found by their name or id alone.", words[0])
    if len(words) == 1 and not filters:
        raise line.error("One run alone has nothing to be compared with: name two or more, or a filter.", words[0])
    return CompareArguments(
        runs=() if filters else tuple(word.text for word in words),
        filter=" ".join(word.raw for word in words) if filters else "",
        baseline=found["--baseline"][0] if "--baseline" in found else None,
        minimize=_keys(found, "--minimize"),
        maximize=_keys(found, "--maximize"),
        experiment=found["--experiment"][0] if "--experiment" in found else None,
        limit=_limit(line, found),
    )


def _keys(found: dict[str, tuple[str, Token]], name: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in found[name][0].split(",") if key.strip()) if name in found else ()


def _limit(line: _Line, found: dict[str, tuple[str, Token]]) -> int:
    value, token = found.get("--max", (str(NEWEST), Token("", "", 0)))
    if not value.isdecimal() or not 1 < int(value) <= MAX_RUNS:
        raise line.error(f"--max takes a whole number from 2 to {MAX_RUNS}, not {value!r}.", token)
    return int(value)
