"""What a session has measured, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks import machine
from benchmarks.peers import load
from benchmarks.session import Answer, Session
from benchmarks.spans import median
from benchmarks.workloads.base import Figure, Workload


def header(session: Session, versions: dict[str, str], missing: Sequence[str]) -> str:
    """Say where and with what was measured."""
    lines = [f"{name}: {value}" for name, value in machine.description().items()]
    lines.append("peers: " + ", ".join(f"{name} {versions[name]}" for name in session.peers if versions[name] != "-"))
    if missing:
        lines.append(f"not installed: {', '.join(missing)} (see benchmarks/peers.txt and --peer-python)")
    lines.append(f"rounds: {session.rounds}, size: {session.size}")
    return "\n".join(f"- {line}" for line in lines)


def state_line(state: dict[str, Any]) -> str:
    """Say how busy the machine was; a median far above the best, or a load near its cores, is a bad moment."""
    load_average = "?" if state["load"] is None else f"{state['load']:.1f}"
    return (
        f"load {load_average}; calibration loop {state['calibration_best_ms']:.1f} ms at best, "
        f"{state['calibration_median_ms']:.1f} median; fsync {state['fsync_ms']:.2f} ms"
    )


def workload_tables(session: Session, workload: Workload) -> str:
    """Return one table per variant: medians over the rounds, the best round, the ratio to us."""
    parts = [f"## {workload.name}: {workload.title}", "", state_line(session.states[-1])]
    for variant in workload.variants:
        peers = [peer for peer in session.peers if (workload.name, variant, peer) in session.answers]
        if not peers:
            continue
        answers = {peer: session.answers[workload.name, variant, peer] for peer in peers}
        fields = [
            name for name in workload.columns if any(name in answer for some in answers.values() for answer in some)
        ]
        main = workload.main if workload.main in fields else fields[0]
        head = ["peer", "class", *fields, f"best round ({main})", "ours is better by"]
        ours = middle(answers.get("ours", []), main)
        rows = [
            [
                peer,
                load(peer).durability,
                *(number(middle(answers[peer], name)) for name in fields),
                number(best(answers[peer], main, workload)),
                _ratio(ours, middle(answers[peer], main), workload),
            ]
            for peer in peers
        ]
        parts += ["", f"### {variant}", "", table(head, rows)]
    return "\n".join(parts)


def figures_table(session: Session, declared: Iterable[Workload]) -> str:
    """Return what was promised, what was measured, and whether it is met."""
    rows = []
    for workload in declared:
        for figure in workload.figures:
            answers = session.answers.get((workload.name, figure.variant, "ours"), [])
            value = middle(answers, figure.field)
            if value is None and not answers:
                continue
            sign = "≥" if figure.at_least else "≤"
            rows.append(
                [
                    f"{workload.name} {figure.variant}",
                    figure.label,
                    f"{sign} {number(figure.limit)}",
                    number(value),
                    number(_best_of(answers, figure)),
                    verdict(figure, value, _best_of(answers, figure)),
                ]
            )
    return table(["workload", "figure", "target", "median", "best round", ""], rows)


def notes(texts: dict[str, str]) -> str:
    """Return the texts that came with answers, each under its name."""
    return "\n\n".join(f"{name}\n\n```\n{text}\n```" for name, text in texts.items())


def verdict(figure: Figure, value: float | None, best_value: float | None) -> str:
    """Say whether a figure is met, or was in the best round, when the machine was least disturbed."""
    if value is not None and figure.is_met(value):
        return "met"
    return "met in the best round" if best_value is not None and figure.is_met(best_value) else "NOT MET"


def _best_of(answers: Sequence[Answer], figure: Figure) -> float | None:
    values = _values(answers, figure.field)
    return (max if figure.at_least else min)(values) if values else None


def best(answers: Sequence[Answer], name: str, workload: Workload) -> float | None:
    """Return a field of the least disturbed round."""
    values = _values(answers, name)
    more = workload.more_is_better and name == workload.main
    return (max if more else min)(values) if values else None


def middle(answers: Sequence[Answer], name: str) -> float | None:
    """Return the median of a field over the rounds; None where no round has it."""
    values = _values(answers, name)
    return median(values) if values else None


def _values(answers: Sequence[Answer], name: str) -> list[float]:
    return [answer[name] for answer in answers if answer.get(name) is not None]


def _ratio(ours: float | None, theirs: float | None, workload: Workload) -> str:
    if not ours or not theirs:
        return "-"
    return f"{ours / theirs if workload.more_is_better else theirs / ours:,.3g} x"


def number(value: float | None) -> str:
    """Return a number with four digits that count, thousands apart."""
    if value is None:
        return "-"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with its columns in line."""
    widths = [max(len(row[index]) for row in [head, *rows]) for index in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )
