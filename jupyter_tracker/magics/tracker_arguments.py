"""What a user writes behind `%tracker`, read into options. Pure: no IPython, no store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tracker.magics.arguments import Token, _Line, _split_flag
from jupyter_tracker.magics.curve_arguments import is_filter
from jupyter_tracker.views.dashboard import TABS

TRACKER_SPEC: Final[dict[str, str]] = {
    "--tab": f"what is open at first: {', '.join(TABS)}",
    "--experiment": "experiment to look in, by name or id",
}


@dataclass(frozen=True, slots=True)
class TrackerArguments:
    """What `%tracker` was asked for: an experiment by name or id, and a filter of its runs."""

    experiment: str | None = None
    filter: str = ""
    tab: str = "table"


def parse_tracker(text: str) -> TrackerArguments:
    """Return what the text behind `%tracker` asks for; MagicArgumentError where it cannot be read."""
    line = _Line("%tracker", text)
    found: dict[str, tuple[str, Token]] = {}
    words: list[Token] = []
    for token in line.tokens():
        if not token.raw.startswith("--"):
            words.append(token)
            continue
        name, value = _split_flag(line, token, TRACKER_SPEC)
        if name in found:
            raise line.error(f"{name} is given twice.", token)
        found[name] = (line.value_after(token) if value is None else value, token)
    if line.errors:
        raise line.errors[0]
    experiment = found["--experiment"][0] if "--experiment" in found else None
    if words and not is_filter(words):
        if experiment is not None or len(words) > 1:
            raise line.error("One experiment or a filter is expected; quote a name that has spaces.", words[-1])
        return TrackerArguments(words[0].text, "", _tab(line, found))
    return TrackerArguments(experiment, " ".join(word.raw for word in words), _tab(line, found))


def _tab(line: _Line, found: dict[str, tuple[str, Token]]) -> str:
    value, token = found.get("--tab", ("table", Token("", "", 0)))
    if value not in TABS:
        raise line.error(f"--tab takes {', '.join(TABS[:-1])} or {TABS[-1]}, not {value!r}.", token)
    return value
