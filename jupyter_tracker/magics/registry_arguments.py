"""What a user writes behind `%registry` and `%promote`, read into options. Pure: no IPython, no store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from jupyter_tracker.magics.arguments import Token, _Line, _split_flag

PROMOTE_SPEC: Final[dict[str, str]] = {
    "--model": "the registered model, made at need: --model churn-classifier",
    "--metric": "the metric that decides: --metric f1",
    "--threshold": "by more than this it must be better: --threshold 0.02",
    "--to": "Production where left out, or Staging",
    "--policy": "a YAML file; promotion.yaml where neither this nor --metric is given",
    "--artifact-path": "which of the run's models, where it has several",
    "--comment": 'why, for the history: --comment "the data of October"',
    "--relative": "the threshold is a share: 0.02 for 2 %",
    "--lower-is-better": "small values are good",
    "--dry-run": "say what would happen, and do nothing",
}
_SWITCHES: Final = ("--relative", "--lower-is-better", "--dry-run")


@dataclass(frozen=True, slots=True)
class PromoteArguments:
    """What `%promote` was asked for: a run by id or name, and arguments of `promote` by name."""

    run: str | None
    options: dict[str, Any]


def parse_promote(text: str) -> PromoteArguments:
    """Return what the text behind `%promote` asks for; MagicArgumentError where it cannot be read."""
    line = _Line("%promote", text)
    runs: list[Token] = []
    found: dict[str, Any] = {}
    for token in line.tokens():
        if not token.raw.startswith("--"):
            runs.append(token)
            continue
        flag, value = _split_flag(line, token, PROMOTE_SPEC)
        name = flag[2:].replace("-", "_")
        if name in found:
            raise line.error(f"{flag} is given twice.", token)
        if flag in _SWITCHES:
            if value is not None:
                raise line.error(f"{flag} takes no value.", token)
            found[name] = True
            continue
        found[name] = line.value_after(token) if value is None else value
        if name == "threshold":
            found[name] = _number(line, token, found[name])
    if line.errors:
        raise line.errors[0]
    if len(runs) > 1:
        raise line.error("One run is expected; quote a name that has spaces.", runs[1])
    return PromoteArguments(runs[0].text if runs else None, found)


def parse_registry(text: str) -> str | None:
    """Return the registered model that the text behind `%registry` names, None for none."""
    line = _Line("%registry", text)
    words = list(line.tokens())
    if line.errors:
        raise line.errors[0]
    if words and words[0].raw.startswith("--"):
        raise line.error("%registry has no options: it takes the name of a registered model.", words[0])
    if len(words) > 1:
        raise line.error("One registered model is expected; quote a name that has spaces.", words[1])
    return words[0].text if words else None


def _number(line: _Line, token: Token, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise line.error(f"{token.text.partition('=')[0]} takes a number, not {text!r}.", token) from None
