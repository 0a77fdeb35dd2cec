"""Which way a metric is better, guessed from its name."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

MetricGoal: TypeAlias = Literal["min", "max", "none"]
"""Whether small or large values are better; `none` where neither is."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SMALL: Final = re.compile(
    r"loss(es)?|logloss|hinge|err(or)?s?|r?ms(l)?e|mae|s?mape|residuals?|deviance|divergence|kl|nll|perplexity|ppl|bp[bc]"
    r"|(cross)?entropy|[wct]er|eer|fpr|fnr|fid|kid|lpips|brier|[em]ce|[ab]ic|inertia|distance|regret|costs?|risk|penalty"
    r"|gap|drift|violations?|miss(es)?|false|latency|time|duration|runtime|s|secs?|seconds?|ms|mem|memory|bytes|[mg]b|size"
)
# They describe the training, and are neither good nor bad.
_NEITHER: Final = re.compile(
    r"epochs?|steps?|iter(ations?)?|batch|lr|learning|momentum|seed|grad(ient)?|norm|count|n|samples|rows|params|support"
)
# What is made large although a word of its name says otherwise: `neg_mean_squared_error`.
_TURNED: Final = re.compile(r"neg(ative)?|reduction|improvement|per")


def metric_goal(key: str) -> MetricGoal:
    """Return which way a metric is better: ``min`` for `val_loss` or `rmse`, ``max`` for `f1`, ``none`` for `epoch`.

    A guess by the words of the name, and by them alone; the machine's own metrics (``system/…``) have no better.
    """
    if re.match(r"system[/.]", key):
        return "none"
    words = [word.lower() for word in _WORD.findall(key)]
    if any(map(_SMALL.fullmatch, words)):
        return "max" if any(map(_TURNED.fullmatch, words)) else "min"
    return "none" if any(map(_NEITHER.fullmatch, words)) else "max"
