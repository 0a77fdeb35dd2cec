"""Judge a run or a version by a policy, and move it where the policy says so: one function behind every promotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from jupyter_tracker.entities import ModelVersion, Run
from jupyter_tracker.errors import InvalidStateError, ResourceConflictError
from jupyter_tracker.promotion import evidence
from jupyter_tracker.promotion.history import head_or_none
from jupyter_tracker.promotion.policy import Policy
from jupyter_tracker.promotion.rules import RuleResult, Verdict, judge
from jupyter_tracker.store.acting import acting
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.registry import is_candidate
from jupyter_tracker.wire.numbers import number_to_json

Outcome = Literal["promoted", "already", "would promote", "refused", "cannot tell"]
_STATUS: dict[str, int] = {"promoted": 0, "already": 0, "would promote": 0, "refused": 1, "cannot tell": 2}
# Each time somebody else was faster, and it is judged anew against the winner.
_ATTEMPTS = 10
_NO_HISTORY = (
    "the server at {} is not jupyter_tracker's, or is an older one. It keeps no history of the registry, and cannot "
    "make a move depend on nobody else having moved a version at the same moment."
)


@dataclass(frozen=True)
class Promotion:
    """What came of a promotion.

    Attributes
    ----------
    outcome : str
        ``promoted``; ``already`` where its version is in the stage and nothing was done; ``would promote`` of a dry
        run; ``refused``; ``cannot tell``.
    model, stage : str
        The registered model and the stage.
    run_id : str or None
        The run.
    version : str or None
        Its version; None where none was made.
    incumbent : str or None
        The version that was in the stage; of several the highest, with which it is compared.
    results : tuple of RuleResult
        What each rule says.
    head : str
        The head of the registry's history afterwards; empty where the server keeps none.
    note : str
        What the store lacks for it, in a sentence; empty where it lacks nothing.
    archived : tuple of str
        The versions that it took the place of.
    """

    outcome: Outcome
    model: str
    stage: str
    run_id: str | None
    version: str | None
    incumbent: str | None
    results: tuple[RuleResult, ...]
    head: str
    note: str = ""
    archived: tuple[str, ...] = ()

    @property
    def promoted(self) -> bool:
        """Whether its version is in the stage now."""
        return self.outcome in {"promoted", "already"}

    @property
    def exit_status(self) -> int:
        """Of a command: 0 promoted, 1 refused, 2 cannot tell."""
        return _STATUS[self.outcome]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as JSON has it."""
        results = [
            {"rule": one.rule, "outcome": one.outcome, "text": one.text, "numbers": _numbers(one)}
            for one in self.results
        ]
        named = {name: getattr(self, name) for name in ("outcome", "model", "stage", "run_id", "version", "incumbent")}
        return {**named, "archived": list(self.archived), "rules": results, "head": self.head, "note": self.note}

    def __str__(self) -> str:
        note = [f"Note: {self.note}"] if self.note else []
        return "\n".join([self.headline, *(f"  {_MARKS[one.outcome]} {one.text}" for one in self.results), *note])

    @property
    def headline(self) -> str:
        """What came of it, in a sentence."""
        what = f"version {self.version} of {self.model}" if self.version else f"run {str(self.run_id)[:8]}"
        gone, many = ", ".join(self.archived), len(self.archived) > 1
        instead = f"; version{'s' * many} {gone} {'are' if many else 'is'} archived" if gone else ""
        of_model = "" if self.version else f" of {self.model}"
        return {
            "promoted": f"Promoted {what} to {self.stage}{instead}.",
            "already": f"V{what[1:]} is in {self.stage} already." if self.version else "",
            "would promote": f"Would promote {what} to {self.stage}{of_model}.",
            "refused": f"Refused {what} for {self.stage}{of_model}.",
            "cannot tell": f"Cannot tell whether {what} is good enough for {self.stage}{of_model}.",
        }[self.outcome]

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(str(self))

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{_MARKS[one.outcome]}</td><td>{escape(one.rule)}</td>"
            f"<td style='text-align:left'>{escape(one.text)}</td></tr>"
            for one in self.results
        )
        head = f"<p><b>{escape(self.headline)}</b></p>"
        heads = "<tr><th></th><th>rule</th><th style='text-align:left'>verdict</th></tr>"
        table = f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table>"
        note = f"<p>Note: {escape(self.note)}</p>" if self.note else ""
        chain = f"<p><small>history head <code>{escape(self.head)}</code></small></p>" if self.head else ""
        return f"<div class='jp-tracker-promotion'>{head}{table if rows else ''}{note}{chain}</div>"


_MARKS = {"passed": "✓", "failed": "✗", "unknown": "?", "warning": "!"}


def promote_run(
    store: Store,
    run: Run,
    model: str,
    policy: Policy,
    *,
    path: str | None = None,
    dry_run: bool = False,
    comment: str | None = None,
) -> Promotion:
    """Judge a run's model, and where the policy says so make it a version and move it to the stage.

    All of it is one transaction; if somebody else moves a version there at the same moment, it is judged anew.

    Parameters
    ----------
    store : Store
        Where the run and the registry are.
    run : Run
        The new model's run.
    model : str
        The registered model, made at need.
    policy : Policy
        The rules.
    path : str, optional
        Which of the run's models.
    dry_run : bool
        Judge only.
    comment : str, optional
        Why, for the history.

    Raises
    ------
    InvalidStateError
        The run has no model, or several and no path says which.
    """
    found = evidence.run_model(store, run, path)
    subject = evidence.of_run(store, run, policy, found)
    for _ in range(_ATTEMPTS):
        there = evidence.in_stage(store, model, policy.to)
        mine = next((version for version in there if is_candidate(version, found.candidate)), None)
        if mine is not None:
            return _promotion(store, "already", model, policy, run.info.run_id, mine.version, there, ())
        verdict = judge(policy, subject, evidence.of_version(store, there[0], policy) if there else None)
        if verdict.decision != "promote" or dry_run:
            outcome = _without_moving(verdict)
            return _promotion(store, outcome, model, policy, run.info.run_id, None, there, verdict.results)
        try:
            with acting(comment=comment or _reason(verdict)):
                expected = [version.version for version in there]
                version = store.promote_candidate(model, found.candidate, policy.to, expected)
        except ResourceConflictError:
            continue
        return _promotion(store, "promoted", model, policy, run.info.run_id, version.version, there, verdict.results)
    raise InvalidStateError(f"Others move versions of {model} to {policy.to} all the time. Try again.")


def judge_version(store: Store, version: ModelVersion, policy: Policy) -> Promotion:
    """Return what a policy says about a version that is registered already; nothing is moved."""
    there = evidence.in_stage(store, version.name, policy.to)
    if any(other.version == version.version for other in there):
        return _promotion(store, "already", version.name, policy, version.run_id, version.version, there, ())
    old = evidence.of_version(store, there[0], policy) if there else None
    verdict = judge(policy, evidence.of_version(store, version, policy), old)
    outcome = _without_moving(verdict)
    return _promotion(store, outcome, version.name, policy, version.run_id, version.version, there, verdict.results)


def _numbers(result: RuleResult) -> dict[str, Any]:
    # A required metric may be NaN or infinite.
    return {key: None if value is None else number_to_json(value) for key, value in result.numbers.items()}


def _without_moving(verdict: Verdict) -> Outcome:
    outcomes: dict[str, Outcome] = {"promote": "would promote", "refuse": "refused", "cannot tell": "cannot tell"}
    return outcomes[verdict.decision]


def _reason(verdict: Verdict) -> str:
    return " ".join(result.text for result in verdict.results)


def _promotion(
    store: Store,
    outcome: Outcome,
    model: str,
    policy: Policy,
    run_id: str | None,
    version: str | None,
    there: list[ModelVersion],
    results: tuple[RuleResult, ...],
) -> Promotion:
    others = [each.version for each in there if each.version != version]
    incumbent = others[0] if others else None
    head = head_or_none(store)
    note = _NO_HISTORY.format(store.uri) if head is None else ""
    archived = tuple(others) if outcome == "promoted" else ()
    return Promotion(outcome, model, policy.to, run_id, version, incumbent, results, head or "", note, archived)
