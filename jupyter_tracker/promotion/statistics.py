"""Whether one sample is better than another by more than a margin: bootstrap and permutation, by SciPy."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import numpy as np

from jupyter_tracker.errors import InvalidStateError
from jupyter_tracker.promotion.policy import StatisticalTest

Answer = Literal["better", "worse", "not distinguishable"]
# Values that are drawn at once: SciPy would hold all resamples together, 16 GB for 100,000 examples.
_VALUES_AT_ONCE = 4_000_000
# BCa leaves out each value in turn, which takes quadratic time; of so many values its correction is nothing.
_MOST_BCA = 5_000


@dataclass(frozen=True)
class Comparison:
    """What a test says about new minus old, large values being good.

    Attributes
    ----------
    answer : {"better", "worse", "not distinguishable"}
        Better than the margin, not better than it, or neither with this confidence.
    difference : float
        Mean of the new sample minus that of the old one.
    bound : float or None
        Of a bootstrap: with this confidence the difference is above it.
    upper : float or None
        Likewise, the difference is below it.
    p_value : float or None
        Of a permutation test: how often chance alone gives such a difference, if it were just the margin.
    paired : bool
        Whether value and value belong together.
    count : int
        Pairs, or values of the smaller sample.
    """

    answer: Answer
    difference: float
    bound: float | None = None
    upper: float | None = None
    p_value: float | None = None
    paired: bool = True
    count: int = 0


def compare(
    new: Sequence[float], old: Sequence[float], margin: float, test: StatisticalTest, *, paired: bool
) -> Comparison:
    """Return whether `new` is better than `old` by more than `margin`.

    Parameters
    ----------
    new, old : sequence of float
        At least two finite values each; as many as the other's where they are `paired`.
    margin : float
        What the difference of the means must exceed.
    test : StatisticalTest
        Which test, and with what confidence: each of "better" and "worse" errs at most that seldom.

    Raises
    ------
    InvalidStateError
        SciPy is not installed.
    """
    first, second = np.asarray(new, np.float64), np.asarray(old, np.float64)
    if paired:
        first, second = first - second, np.zeros_like(first)
    run = _bootstrap if test.kind == "bootstrap" else _permutation
    return run(first, second, margin, test, paired)


def _bootstrap(new: Any, old: Any, margin: float, test: StatisticalTest, paired: bool) -> Comparison:
    difference = float(new.mean() - old.mean())
    samples = (new,) if paired else (new, old)
    if all(np.ptp(sample) == 0 for sample in samples):
        lower = upper = difference  # nothing varies, so there is nothing to draw anew
    else:
        lower = _limit(samples, "greater", test)
        upper = _limit(samples, "less", test)
    answer: Answer = "better" if lower > margin else "worse" if upper < margin else "not distinguishable"
    return Comparison(answer, difference, lower, upper, None, paired, min(len(new), len(old)))


def _limit(samples: tuple[Any, ...], alternative: str, test: StatisticalTest) -> float:
    stats = _scipy_stats()
    statistic = _mean if len(samples) == 1 else _mean_difference
    options = {"confidence_level": test.confidence, "alternative": alternative, "n_resamples": test.resamples}
    few = max(map(len, samples)) <= _MOST_BCA
    limit = float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that BCa failed, and so do its numbers
        for method in ("BCa", "percentile") if few else ("percentile",):
            more = {"batch": _batch(samples), **_random(stats.bootstrap, test.seed)}
            found = stats.bootstrap(samples, statistic, vectorized=True, method=method, **options, **more)
            limits = found.confidence_interval
            limit = float(limits.low if alternative == "greater" else limits.high)
            if np.isfinite(limit):
                break
    return limit


def _permutation(new: Any, old: Any, margin: float, test: StatisticalTest, paired: bool) -> Comparison:
    difference = float(new.mean() - old.mean())
    above, below = (_p_value(new - margin, old, side, test, paired) for side in ("greater", "less"))
    allowed = 1 - test.confidence
    answer: Answer = "better" if above <= allowed else "worse" if below <= allowed else "not distinguishable"
    return Comparison(answer, difference, None, None, above, paired, min(len(new), len(old)))


def _p_value(new: Any, old: Any, alternative: str, test: StatisticalTest, paired: bool) -> float:
    stats = _scipy_stats()
    # Of pairs, exchanging new and old turns the sign of their difference.
    samples, statistic, kind = ((new,), _mean, "samples") if paired else ((new, old), _mean_difference, "independent")
    found = stats.permutation_test(
        samples, statistic, permutation_type=kind, vectorized=True, n_resamples=test.resamples,
        batch=max(1, _batch(samples) // 8), alternative=alternative, **_random(stats.permutation_test, test.seed),
    )  # fmt: skip
    return float(found.pvalue)


def _batch(samples: Sequence[Any]) -> int:
    """Return how many resamples are drawn at once."""
    return max(1, _VALUES_AT_ONCE // sum(map(len, samples)))


def _mean(sample: Any, axis: int = -1) -> Any:
    return np.mean(sample, axis=axis)


def _mean_difference(new: Any, old: Any, axis: int = -1) -> Any:
    return np.mean(new, axis=axis) - np.mean(old, axis=axis)


def _random(function: Callable[..., Any], seed: int) -> dict[str, Any]:
    # SciPy 1.15 has renamed it.
    name = "rng" if "rng" in inspect.signature(function).parameters else "random_state"
    return {name: np.random.default_rng(seed)}


def _scipy_stats() -> Any:
    try:
        return import_module("scipy.stats")
    except ImportError as error:
        raise InvalidStateError(
            "The policy's test needs SciPy, which is not installed: "
            "pip install 'jupyter-experiment-tracker[promotion]'."
        ) from error
