"""`registry`: what has happened to registered models, their state at a moment, and whether the history is whole."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
from typing import Any

from jupyter_tracker.commands.common import CannotTellError, as_json, declare, open_store
from jupyter_tracker.errors import TrackerError

_EXAMPLES = """\
examples:
  {prog} registry history churn
  {prog} registry at churn 2026-11-03
  {prog} registry verify --expect 17:3f2a…    (a head that `promote` or `verify` has printed)
"""
_ADVICE = (
    "Somebody has written to the database around the registry. Compare it with a backup, see who may write to it, and "
    "do not trust what the history says from the first of these on."
)
_MAX_TEXT = 40


def add_to(commands: Any, prog: str) -> None:
    """Declare the commands."""
    summary = "show what has happened to registered models, and check that it was all kept"
    parser = commands.add_parser("registry", help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.set_defaults(run=lambda _: parser.format_help().rstrip())
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", dest="registry_command")
    history = declare(inner, "history", "list what has happened, the oldest first", _EXAMPLES, prog)
    history.add_argument("name", nargs="?", metavar="MODEL", help="a registered model; every one where left out")
    history.set_defaults(run=_history)
    at = declare(inner, "at", "show which version was in which stage at a moment", _EXAMPLES, prog)
    at.add_argument("name", metavar="MODEL", help="a registered model")
    at.add_argument("when", metavar="WHEN", help="2026-11-03 (its end) or 2026-11-03T12:00, in local time")
    at.set_defaults(run=_at)
    summary = "check the history; exit status 1 where it is not whole, 2 where it cannot be read"
    verify = declare(inner, "verify", summary, _EXAMPLES, prog)
    verify.add_argument("--expect", metavar="HEAD", help="a head that was noted earlier")
    verify.set_defaults(run=_verify)


def _history(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.entities.registry_event import origin_of, summary_of
    from jupyter_tracker.promotion import history as events
    from jupyter_tracker.views.text import aligned

    found = events.history(open_store(arguments.store), arguments.name)
    if arguments.json:
        return as_json([dataclasses.asdict(event) for event in found])
    rows = [["#", "when", "model", "what", "who", "from", "why"]]
    for event in found:
        who = event.user + ("" if event.verified or not event.user else " (unverified)")
        cells = [event.name, summary_of(event), who, f"{event.source_type} {origin_of(event)}", event.comment or ""]
        rows.append([str(event.number), _time(event.timestamp), *map(_short, cells)])
    return "\n".join(aligned(rows, limit=None)) if found else "Nothing has happened yet."


def _at(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.promotion import history as events
    from jupyter_tracker.views.text import aligned

    state = events.at(open_store(arguments.store), arguments.name, arguments.when)
    if arguments.json:
        return as_json(dataclasses.asdict(state))
    if state.name is None:
        return f"{_time(state.when)}: there was no model {arguments.name!r}."
    pointing: dict[str, list[str]] = {}
    for alias, version in state.aliases.items():
        pointing.setdefault(version, []).append(f"@{alias}")
    rows = [["version", "stage", "aliases", "run"]]
    for version in sorted(state.stages, key=int, reverse=True):
        aliases = " ".join(sorted(pointing.get(version, ())))
        rows.append([version, state.stages[version], aliases, state.run_ids.get(version, "")])
    return "\n".join([f"{state.name}, {_time(state.when)}", *aligned(rows, limit=None)])


def _verify(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.promotion import history as events

    try:
        store = open_store(arguments.store)
        found = events.verify(store, arguments.expect)
    except TrackerError as error:  # 1 would say that somebody has changed the history
        raise CannotTellError(error.message) from error
    facts = {"store": store.uri, "head": found.head, "events": found.count, "problems": list(found.problems)}
    if not found.is_whole:
        if arguments.json:
            print(as_json(facts))
            raise TrackerError("The history of the registry is not whole.")
        raise TrackerError("\n".join(["The history of the registry is not whole:", *found.problems, _ADVICE]))
    if arguments.json:
        return as_json(facts)
    return f"The history of {store.uri} is whole: {found.count:,} events.\nhead {found.head}"


def _time(moment_ms: int) -> str:
    try:
        return dt.datetime.fromtimestamp(moment_ms / 1000, dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError):
        return str(moment_ms)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TEXT else f"{line[: _MAX_TEXT - 1]}…"
