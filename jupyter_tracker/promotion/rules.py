"""The rules of a policy, each a pure function of what is known of the new model and of the one in the stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jupyter_tracker.mlmodel.signature import ModelSignature
from jupyter_tracker.promotion import signatures
from jupyter_tracker.promotion.policy import Policy

Outcome = Literal["passed", "failed", "unknown", "warning"]
Decision = Literal["promote", "refuse", "cannot tell"]
_FEW = 2
_FINISHED = "FINISHED"
_UNFINISHED = {
    "RUNNING": "has not ended: its metrics and its model may still change",
    "SCHEDULED": "has not begun: its metrics and its model may still change",
    "FAILED": "has failed: its metrics and its model may be those of a training that was not done",
    "KILLED": "was killed: its metrics and its model may be those of a training that was not done",
}


@dataclass(frozen=True)
class Sample:
    """Values of one metric: of repeats, or of examples. `ids` says which value belongs to which of another sample."""

    values: tuple[float, ...] = ()
    ids: tuple[str, ...] | None = None
    problem: str | None = None  # why there are none


@dataclass(frozen=True)
class Subject:
    """What is known of a model: the new one, or the one in the stage.

    `status` is that of its run, None where none is known; `repeats` are the metric's values of finished child runs,
    `scores` those of single examples, where a policy asks for them.
    """

    name: str
    run_id: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    signature: ModelSignature | None = None
    signature_problem: str | None = None  # why it is not known
    repeats: Sample = Sample()
    scores: Sample | None = None
    version: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class RuleResult:
    """What one rule says: its name, the outcome, why in a sentence, and the numbers that it went by.

    A ``warning`` refuses nothing.
    """

    rule: str
    outcome: Outcome
    text: str
    numbers: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What all rules of a policy say: ``cannot tell`` where one cannot and none refuses."""

    decision: Decision
    results: tuple[RuleResult, ...]

    @property
    def reasons(self) -> list[str]:
        """Why not, a sentence each; empty where it promotes."""
        wanted = {"refuse": "failed", "cannot tell": "unknown"}.get(self.decision)
        return [result.text for result in self.results if result.outcome == wanted]


def judge(policy: Policy, new: Subject, old: Subject | None) -> Verdict:
    """Return what the policy says about `new`; `old` is the version in the stage, None where there is none."""
    results = tuple(result for rule in RULES if (result := rule(policy, new, old)) is not None)
    outcomes = {result.outcome for result in results}
    # Without the metric nothing can be said, whatever else is wrong.
    if results[0].outcome == "unknown":
        return Verdict("cannot tell", results)
    decision: Decision = "refuse" if "failed" in outcomes else "cannot tell" if "unknown" in outcomes else "promote"
    return Verdict(decision, results)


def improvement(policy: Policy, new: Subject, old: Subject | None) -> RuleResult:
    """Return whether the metric is better by more than the threshold."""
    metric, rule = policy.metric, "improvement"
    value = _value(metric, new)
    if value is None or not math.isfinite(value):
        has = "has no metric" if value is None else f"has no usable value ({value}) of"
        known = ", ".join(sorted(new.metrics)[:8]) or "none"
        return RuleResult(rule, "unknown", f"{_capital(new.name)} {has} {metric!r}; its metrics: {known}.")
    if old is None:
        if policy.first_version == "refuse":
            text = f"Nothing is in {policy.to} to compare with, and the policy refuses that."
            return RuleResult(rule, "failed", text, {"new": value})
        return RuleResult(rule, "passed", f"Nothing is in {policy.to} yet: {metric} is {_text(value)}.", {"new": value})
    before = _value(metric, old)
    if before is None or not math.isfinite(before):
        has = "has no metric" if before is None else f"has no usable value ({before}) of"
        ways = "Log it to the run of that version, or decide by a metric that both have."
        text = f"{_capital(old.name)}, which is in {policy.to}, {has} {metric!r}. {ways}"
        return RuleResult(rule, "unknown", text, {"new": value})
    return _compared(policy, value, before, old.name)


def _compared(policy: Policy, value: float, before: float, old: str) -> RuleResult:
    gain = before - value if policy.lower_is_better else value - before
    numbers = {"new": value, "incumbent": before, "gain": gain, "threshold": policy.threshold}
    shown = f"{policy.metric}: {_text(value)}, and {_text(before)} of {old}"
    if policy.relative:
        if before == 0:
            return RuleResult(
                "improvement", "unknown", f"{shown}: nothing is relative to 0. Give an absolute threshold.", numbers
            )
        gain /= abs(before)
        numbers["relative_gain"] = gain
    # What differs from the threshold by the rounding of floats alone is not more than it.
    just = math.isclose(gain, policy.threshold, rel_tol=1e-9, abs_tol=1e-12)
    better = gain > policy.threshold and not just
    by = f"{gain:+.3%}" if policy.relative else f"{_text(gain, sign=True)}"
    needed = f"{policy.threshold:.3%}" if policy.relative else _text(policy.threshold)
    direction = "smaller" if policy.lower_is_better else "larger"
    more = "better by more than" if better else "not better by more than"
    text = f"{shown}: {by} ({direction} is better), {more} {needed}."
    return RuleResult("improvement", "passed" if better else "failed", text, numbers)


def finished(policy: Policy, new: Subject, _old: Subject | None) -> RuleResult | None:
    """Return whether the run has ended well; where the policy does not ask for it, a warning if it has not."""
    if new.status == _FINISHED:
        return RuleResult("finished", "passed", f"{_of_run(new)} has finished.") if policy.finished else None
    if new.status is None:
        text = f"Whether the run of {new.name} has finished is not known: it is not in this store."
        return RuleResult("finished", "unknown", text) if policy.finished else None
    text = f"{_of_run(new)} {_UNFINISHED.get(new.status, f'is {new.status}')}."
    return RuleResult("finished", "failed" if policy.finished else "warning", text)


def _of_run(subject: Subject) -> str:
    return _capital(subject.name) if subject.version is None else f"The run of {subject.name}"


def _capital(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"


def required_metrics(policy: Policy, new: Subject, _old: Subject | None) -> RuleResult | None:
    """Return whether the required metrics are there, and within their bounds."""
    if not policy.required_metrics:
        return None
    wrong, numbers = [], {}
    for key, bounds in policy.required_metrics.items():
        value = new.metrics.get(key)
        numbers[key] = value
        if value is None or math.isnan(value):
            wrong.append(f"{key} is missing")
        elif bounds.min is not None and value < bounds.min:
            wrong.append(f"{key} is {_text(value)}, below {_text(bounds.min)}")
        elif bounds.max is not None and value > bounds.max:
            wrong.append(f"{key} is {_text(value)}, above {_text(bounds.max)}")
    text = f"Required metrics: {', '.join(wrong)}." if wrong else f"Required metrics are there: {', '.join(numbers)}."
    return RuleResult("required_metrics", "failed" if wrong else "passed", text, numbers)


def signature(policy: Policy, new: Subject, old: Subject | None) -> RuleResult | None:
    """Return whether whoever calls the old model can call the new one."""
    if not policy.signature:
        return None
    rule = "signature"
    for one in (new, old):
        if one is not None and one.signature_problem is not None:
            text = f"The signature of {one.name} cannot be read: {one.signature_problem.rstrip('.')}."
            return RuleResult(rule, "unknown", text)
    if new.signature is None:
        return RuleResult(rule, "failed", f"{_capital(new.name)} has no signature.")
    if old is None or old.signature is None:
        return RuleResult(rule, "passed", "There is a signature, and none to be compatible with.")
    broken = signatures.differences(new.signature, old.signature)
    if broken:
        return RuleResult(rule, "failed", f"The signature is not compatible: {'; '.join(broken)}.")
    return RuleResult(rule, "passed", "The signature is compatible.")


def tags(policy: Policy, new: Subject, _old: Subject | None) -> RuleResult | None:
    """Return whether the tags are there."""
    if not policy.tags:
        return None
    wrong = []
    for key, value in policy.tags.items():
        if key not in new.tags:
            wrong.append(f"{key} is missing")
        elif value is not None and new.tags[key] != value:
            wrong.append(f"{key} is {new.tags[key]!r}, not {value!r}")
    text = f"Tags: {', '.join(wrong)}." if wrong else f"Tags are there: {', '.join(policy.tags)}."
    return RuleResult("tags", "failed" if wrong else "passed", text)


def repeats(policy: Policy, new: Subject, _old: Subject | None) -> RuleResult | None:
    """Return whether there are enough repeats."""
    if not policy.min_repeats:
        return None
    count = len(new.repeats.values)
    enough = count >= policy.min_repeats
    text = f"{count} finished repeats (child runs) have {policy.metric!r}; {policy.min_repeats} are needed."
    numbers = {"repeats": float(count), "needed": float(policy.min_repeats)}
    return RuleResult("min_repeats", "passed" if enough else "failed", text, numbers)


def significance(policy: Policy, new: Subject, old: Subject | None) -> RuleResult | None:
    """Return whether the difference is more than chance."""
    if policy.test is None:
        return None
    if old is None:
        return RuleResult("test", "passed", f"Nothing is in {policy.to} yet, so there is nothing to test against.")
    kind = "scores" if policy.test.scores else "repeats"
    samples = [subject.scores if policy.test.scores else subject.repeats for subject in (new, old)]
    first, second = (sample or Sample(problem="there are none") for sample in samples)
    for subject, sample in ((new, first), (old, second)):
        if len(sample.values) < _FEW:
            why = sample.problem or f"{len(sample.values)} of at least {_FEW}"
            return RuleResult("test", "unknown", f"The test needs {kind} of {subject.name}: {why}.")
    mine, theirs, paired = matched(first, second)
    if policy.test.scores and not paired:
        text = f"The test needs scores of the same examples: there are {len(mine)} and {len(theirs)}."
        return RuleResult("test", "unknown", text)
    return _tested(policy, mine, theirs, paired=paired)


def _tested(policy: Policy, new: Sequence[float], old: Sequence[float], *, paired: bool) -> RuleResult:
    from jupyter_tracker.promotion.statistics import compare  # it loads NumPy, and SciPy then

    assert policy.test is not None  # noqa: S101 - who calls has looked
    sign = -1.0 if policy.lower_is_better else 1.0
    mean = math.fsum(old) / len(old)
    margin = policy.threshold * abs(mean) if policy.relative else policy.threshold
    found = compare([sign * each for each in new], [sign * each for each in old], margin, policy.test, paired=paired)
    kind = "pairs" if paired else "values"
    by = f"{_text(found.difference, sign=True)} on average of {found.count} {kind}"
    confidence = f"{100 * policy.test.confidence:g} % confidence"
    if found.p_value is None:
        why = f"it is between {_text(found.bound)} and {_text(found.upper)}, each with {confidence}"
    else:
        why = f"p = {found.p_value:.4f}"
    said = {
        "better": f"better by more than {_text(margin)} with {confidence}",
        "worse": f"not better by more than {_text(margin)}, with {confidence}",
        "not distinguishable": f"not distinguishable from {_text(margin)} with {confidence}",
    }[found.answer]
    numbers = {
        "difference": found.difference, "margin": margin, "lower": found.bound, "upper": found.upper,
        "p_value": found.p_value, "count": float(found.count),
    }  # fmt: skip
    outcome: Outcome = "passed" if found.answer == "better" else "failed"
    return RuleResult("test", outcome, f"{policy.metric}: {by}; {said} ({why}).", numbers)


def matched(new: Sample, old: Sample) -> tuple[list[float], list[float], bool]:
    """Return the values of two samples, and whether they are pairs: by their ids, or by position where none has any."""
    if new.ids is not None and old.ids is not None:
        mine, theirs = dict(zip(new.ids, new.values, strict=True)), dict(zip(old.ids, old.values, strict=True))
        unique = len(mine) == len(new.ids) and len(theirs) == len(old.ids)
        if unique and mine.keys() == theirs.keys():
            return list(mine.values()), [theirs[key] for key in mine], True
        return list(new.values), list(old.values), False
    paired = new.ids is None and old.ids is None and len(new.values) == len(old.values)
    return list(new.values), list(old.values), paired


def _value(metric: str, subject: Subject) -> float | None:
    """Return the run's latest value; where only its repeats have the metric, their mean."""
    value = subject.metrics.get(metric)
    if value is None and subject.repeats.values:
        return math.fsum(subject.repeats.values) / len(subject.repeats.values)
    return value


def _text(value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return "?"
    return f"{value:+.6g}" if sign else f"{value:.6g}"


# The first must be the one about the metric: where it cannot tell, nothing can.
RULES: tuple[Callable[[Policy, Subject, Subject | None], RuleResult | None], ...] = (
    improvement, finished, required_metrics, signature, tags, repeats, significance,
)  # fmt: skip
