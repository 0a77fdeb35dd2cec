"""What a run has reached, beside another one: for a page of continuous integration, as Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_tracker.entities import Run
from jupyter_tracker.views.metric_goals import metric_goal
from jupyter_tracker.views.rounding import rounded

_MAX_ROWS = 200
_MAX_VALUE = 120
_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>|#~"} | {"\n": " ", "\r": " "})


@dataclass(frozen=True)
class ReportRow:
    """A metric or a param of both runs; `change` says in which direction, `is_better` whether that is good."""

    key: str
    new: str | None
    old: str | None
    change: str = ""
    is_better: bool | None = None


@dataclass(frozen=True)
class RunReportView:
    """A run beside another one, or alone where `against` is None.

    Attributes
    ----------
    title : str
        Name and short id of the run.
    against : str or None
        The other one, as it was named.
    metrics : list of ReportRow
        Every metric of both, by name.
    params : list of ReportRow
        The params that differ; all of them where there is no other run.
    """

    title: str
    run_id: str
    status: str
    against: str | None
    metrics: list[ReportRow]
    params: list[ReportRow]
    note: str | None = None


def run_report_view(
    run: Run, other: Run | None = None, against: str | None = None, note: str | None = None
) -> RunReportView:
    """Return a report of a run, beside `other` where that is given."""
    metrics = run.data.metrics
    theirs = {} if other is None else other.data.metrics
    rows = [_metric_row(key, metrics.get(key), theirs.get(key)) for key in sorted({*metrics, *theirs})]
    return RunReportView(
        title=f"{run.info.run_name} ({run.info.run_id[:8]})",
        run_id=run.info.run_id,
        status=run.info.status,
        against=against,
        metrics=rows[:_MAX_ROWS],
        params=_params(run.data.params, None if other is None else other.data.params)[:_MAX_ROWS],
        note=note,
    )


def _metric_row(key: str, new: float | None, old: float | None) -> ReportRow:
    mine, other = (None if value is None else rounded(value) for value in (new, old))
    if new is None or old is None or not math.isfinite(new - old):
        return ReportRow(key, mine, other)
    difference = new - old
    share = f" ({difference / abs(old):+.1%})" if old else ""
    change = f"{'+' if difference > 0 else ''}{rounded(difference)}{share}" if difference else "="
    goal = metric_goal(key)
    is_better = None if goal == "none" or not difference else (difference > 0) == (goal == "max")
    return ReportRow(key, mine, other, change, is_better)


def _params(new: Mapping[str, str], old: Mapping[str, str] | None) -> list[ReportRow]:
    keys = sorted({*new, *(old or {})})
    rows = [ReportRow(key, new.get(key), (old or {}).get(key)) for key in keys]
    return rows if old is None else [row for row in rows if row.new != row.old]


def run_report_markdown(view: RunReportView, verdict: Sequence[str] = ()) -> str:
    """Return a report as Markdown that GitHub and GitLab show alike; `verdict` are lines to put first.

    Whatever comes from runs is escaped, so that a name cannot change the page.
    """
    lines = [f"## Run {_escaped(view.title)}", ""]
    if verdict:
        lines += [f"**{_escaped(verdict[0])}**", "", *(f"- {_escaped(line)}" for line in verdict[1:]), ""]
    if view.note:
        lines += [_escaped(view.note), ""]
    lines += _table("Metric", view.metrics, view.against)
    if view.params:
        lines += ["", "<details><summary>Params" + (" that differ" if view.against else "") + "</summary>", ""]
        lines += [*_table("Param", view.params, view.against), "", "</details>"]
    return "\n".join([*lines, "", f"Run `{view.run_id}`, {view.status}."])


def _table(what: str, rows: Sequence[ReportRow], against: str | None) -> list[str]:
    if not rows:
        return [f"No {what.lower()}s."]
    compared = against is not None
    changes = compared and any(row.change for row in rows)
    heads = [what, "this run", *([_escaped(against or "")] if compared else []), *(["change"] if changes else [])]
    lines = [f"| {' | '.join(heads)} |", "|" + "|".join([" --- ", *([" ---: "] * (len(heads) - 1))]) + "|"]
    for row in rows:
        mark = {True: " ✓", False: " ✗", None: ""}[row.is_better]
        cells = [row.key, row.new, *([row.old] if compared else []), *([row.change + mark] if changes else [])]
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return lines


def _cell(text: str | None) -> str:
    if text is None:
        return "-"
    return _escaped(text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…")


def _escaped(text: str) -> str:
    return text.translate(_SPECIAL)
