"""What a new version must be to take a stage: a policy, from the keys of a YAML file or from arguments."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal, get_args

from jupyter_tracker.entities.registry import STAGES
from jupyter_tracker.errors import InvalidParameterError

FILE: Final = "promotion.yaml"
PRODUCTION: Final = "Production"
First = Literal["promote", "refuse"]
Kind = Literal["bootstrap", "permutation"]
_MOST_RESAMPLES = 1_000_000


@dataclass(frozen=True)
class Bounds:
    """What a required metric may be; None for no bound."""

    min: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class StatisticalTest:
    """Whether the difference must be more than chance.

    Attributes
    ----------
    kind : {"bootstrap", "permutation"}
        A confidence interval of the mean difference, or a test that exchanges new and old.
    confidence : float
        Between 0.5 and 1: 0.95 for "with 95 % confidence".
    scores : str or None
        Path, among a run's files, of one score per example; None compares repeats, which are child runs.
    resamples : int
        How often samples are drawn anew.
    seed : int
        Of the random numbers, so that the same data give the same verdict.
    """

    kind: Kind = "bootstrap"
    confidence: float = 0.95
    scores: str | None = None
    resamples: int = 10_000
    seed: int = 0


@dataclass(frozen=True)
class Policy:
    """What a new version must be; the default is that it is better by more than 0.

    Attributes
    ----------
    metric : str
        The metric that decides.
    threshold : float
        By how much the new one must be better than the version in the stage; more than that, not just that.
    relative : bool
        `threshold` is a share of the old one's value: 0.02 for 2 %.
    lower_is_better : bool
        Small values are good ones.
    to : str
        The stage.
    first_version : {"promote", "refuse"}
        What happens where no version is in the stage.
    required_metrics : mapping of str to Bounds
        Metrics that must be there, and within bounds.
    signature : bool
        Whoever calls the old model must be able to call the new one.
    tags : mapping of str to str or None
        Tags of the run that must be there; with this value unless None.
    min_repeats : int
        So many finished child runs with this metric, such as one for each seed.
    test : StatisticalTest or None
        Whether the difference must be more than chance.
    finished : bool
        The run must have ended as FINISHED; otherwise one that has not is a warning in the verdict.
    model, experiment : str or None
        The registered model, and where the newest finished run is meant where none is named; for scripts in CI.
    """

    metric: str
    threshold: float = 0.0
    relative: bool = False
    lower_is_better: bool = False
    to: str = PRODUCTION
    first_version: First = "promote"
    required_metrics: Mapping[str, Bounds] = field(default_factory=dict)
    signature: bool = False
    tags: Mapping[str, str | None] = field(default_factory=dict)
    min_repeats: int = 0
    test: StatisticalTest | None = None
    model: str | None = None
    experiment: str | None = None
    finished: bool = False

    def __post_init__(self) -> None:
        _check(bool(self.metric.strip()), "metric", self.metric, "the name of a metric")
        _check(self.threshold >= 0 and math.isfinite(self.threshold), "threshold", self.threshold, "0 or more")
        stage = {known.lower(): known for known in STAGES}.get(str(self.to).lower())
        _check(stage in {"Staging", PRODUCTION}, "to", self.to, "Staging or Production")
        object.__setattr__(self, "to", stage)
        _check(self.first_version in get_args(First), "first_version", self.first_version, "promote or refuse")
        _check(self.min_repeats >= 0, "min_repeats", self.min_repeats, "0 or more")
        if self.test is not None:
            _check(self.test.kind in get_args(Kind), "test.kind", self.test.kind, "bootstrap or permutation")
            _check(0.5 <= self.test.confidence < 1, "test.confidence", self.test.confidence, "from 0.5 to below 1")
            _check(self.test.seed >= 0, "test.seed", self.test.seed, "0 or more")
            _check(
                100 <= self.test.resamples <= _MOST_RESAMPLES, "test.resamples", self.test.resamples, "100 to a million"
            )

    def but(self, **changes: Any) -> Policy:
        """Return this policy with other values; None leaves one as it is."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})


def policy_of(entries: object, what: str = "The policy", **overrides: Any) -> Policy:
    """Return the policy that the keys of a file describe; `overrides` win unless None.

    Raises
    ------
    InvalidParameterError
        A key is unknown or a value cannot be used; the message names the file, the key and what is expected.
    """
    if entries is not None and not isinstance(entries, Mapping):
        raise InvalidParameterError(f"{what} holds {type(entries).__name__}, not keys such as `metric: f1`.")
    given = dict(entries or {})
    _check_keys(given, [each.name for each in fields(Policy)], what)
    given |= {name: value for name, value in overrides.items() if value is not None}
    if given.get("metric") is None:
        raise InvalidParameterError(f"{what} names no metric: write `metric: f1`, or give --metric.")
    readers = {
        "required_metrics": _required, "tags": _tags, "test": _test, "signature": _signature,
        "threshold": _number, "min_repeats": _whole, "relative": _yes, "lower_is_better": _yes, "finished": _yes,
    }  # fmt: skip
    values: dict[str, Any] = {}
    try:
        for name, value in given.items():
            try:
                values[name] = readers.get(name, _text)(value)
            except (TypeError, ValueError, OverflowError) as error:
                raise InvalidParameterError(f"{name}: {value!r} cannot be used: {error}.") from None
        return Policy(**values)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"{what}: {error.message}") from None


def _check(good: bool, name: str, value: object, expected: str) -> None:
    if not good:
        raise InvalidParameterError(f"{name}: {value!r} cannot be used: {expected} is expected.")


def _check_keys(given: Mapping[Any, object], known: Sequence[str], what: str) -> None:
    for key in given:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has: {', '.join(known)}."
            raise InvalidParameterError(f"{what} has an unknown key {key!r}: {hint}")


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("text is expected")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number is expected")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a whole number is expected")
    return value


def _yes(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false is expected")
    return value


def _signature(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value != "compatible":
        raise ValueError("`compatible` is expected")
    return True


def _required(value: object) -> dict[str, Bounds]:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, Sequence):
        return {str(name): Bounds() for name in value}
    if not isinstance(value, Mapping):
        raise TypeError("names of metrics, or `recall: {min: 0.8}`, are expected")
    return {str(name): bound if isinstance(bound, Bounds) else _bounds(bound) for name, bound in value.items()}


def _bounds(value: object) -> Bounds:
    if value is None:
        return Bounds()
    if not isinstance(value, Mapping) or not set(value) <= {"min", "max"}:
        raise TypeError("{min: 0.8} or {max: 50} is expected")
    return Bounds(**{name: _number(bound) for name, bound in value.items()})


def _tags(value: object) -> dict[str, str | None]:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, Sequence):
        return {str(key): None for key in value}
    if not isinstance(value, Mapping):
        raise TypeError("names of tags, or `data: october`, are expected")
    return {str(key): None if text is None else str(text) for key, text in value.items()}


def _test(value: object) -> StatisticalTest | None:
    if value is None or isinstance(value, StatisticalTest):
        return value
    if isinstance(value, str):
        value = {"kind": value}
    if not isinstance(value, Mapping):
        raise TypeError("{kind: bootstrap, confidence: 0.95} is expected")
    _check_keys(value, [each.name for each in fields(StatisticalTest)], "test")
    readers: dict[str, Callable[[object], Any]] = {"confidence": _number, "resamples": _whole, "seed": _whole}
    values: dict[str, Any] = {str(name): readers.get(str(name), _text)(inner) for name, inner in value.items()}
    return StatisticalTest(**values)
