"""`promote` and `report`: what continuous integration does with a new run."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from jupyter_tracker.commands.common import as_json, declare, open_store
from jupyter_tracker.errors import InvalidParameterError, TrackerError

if TYPE_CHECKING:
    from jupyter_tracker.entities import Run
    from jupyter_tracker.store.base import Store

CANNOT_TELL = 2
_RUN = "id, start of an id, or name; that of JUPYTER_TRACKER_RUN_ID where left out"
_PROMOTE_EXAMPLES = """\
examples:
  {prog} promote --model churn-classifier --run-id 1a2b3c4d --metric f1 --threshold 0.02
  {prog} promote --policy promotion.yaml --run-id 1a2b3c4d --dry-run
  {prog} promote --threshold 0.02      (all else by promotion.yaml and JUPYTER_TRACKER_RUN_ID)

Exit status 0: promoted, or in the stage already; 1: refused; 2: cannot tell (no such run, no such metric).
"""
_REPORT_EXAMPLES = """\
examples:
  {prog} report 1a2b3c4d
  {prog} report 1a2b3c4d --against models:/churn-classifier/Production >> "$GITHUB_STEP_SUMMARY"
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the commands."""
    summary = "make a run's model the version in a stage, if it is better than the one there"
    parser = declare(commands, "promote", summary, _PROMOTE_EXAMPLES, prog)
    parser.add_argument("--model", metavar="NAME", help="the registered model; made at need")
    parser.add_argument("--run-id", metavar="RUN", help=_RUN)
    parser.add_argument("--metric", metavar="KEY", help="the metric that decides")
    parser.add_argument("--threshold", type=float, metavar="X", help="by more than this it must be better (0)")
    parser.add_argument("--relative", action="store_true", default=None, help="the threshold is a share: 0.02 for 2 %%")
    parser.add_argument("--lower-is-better", action="store_true", default=None, help="small values are good")
    parser.add_argument("--to", metavar="STAGE", help="Production where left out, or Staging")
    parser.add_argument(
        "--policy", metavar="FILE", help="promotion.yaml here or in the project, if no --metric is given"
    )
    parser.add_argument("--artifact-path", metavar="PATH", help="which of the run's models, where it has several")
    parser.add_argument("--comment", metavar="TEXT", help="why, for the history")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and do nothing")
    parser.set_defaults(run=_promote)

    parser = declare(commands, "report", "show what a run has reached, beside another", _REPORT_EXAMPLES, prog)
    parser.add_argument("name", metavar="RUN", nargs="?", help=_RUN)
    parser.add_argument("--against", metavar="URI|RUN", help="models:/name/Production, or a run")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown", help="%(default)s")
    parser.set_defaults(run=_report)


def _promote(arguments: argparse.Namespace) -> tuple[str, int]:
    from jupyter_tracker.tracking.promoting import promote

    try:
        found = promote(
            arguments.run_id,
            arguments.model,
            arguments.metric,
            arguments.threshold,
            to=arguments.to,
            policy=arguments.policy,
            relative=arguments.relative,
            lower_is_better=arguments.lower_is_better,
            artifact_path=arguments.artifact_path,
            dry_run=arguments.dry_run,
            comment=arguments.comment,
            store=open_store(arguments.store),
        )
    except TrackerError as error:
        facts = {"outcome": "cannot tell", "error": error.message}
        return as_json(facts) if arguments.json else f"Cannot tell: {error.message}", CANNOT_TELL
    if arguments.json:
        return as_json(found.to_dict()), found.exit_status
    head = f"\nhistory head {found.head}" if found.head else ""
    return f"{found}{head}", found.exit_status


def _report(arguments: argparse.Namespace) -> str:
    from jupyter_tracker import settings
    from jupyter_tracker.views.lookup import find_run
    from jupyter_tracker.views.run_report import run_report_markdown, run_report_view

    store = open_store(arguments.store)
    if arguments.name is not None and not arguments.name.strip():
        raise InvalidParameterError(
            "The run's id is empty. Name a run, or leave it out: JUPYTER_TRACKER_RUN_ID counts."
        )
    name = arguments.name or settings.text("JUPYTER_TRACKER_RUN_ID").strip()
    if not name:
        raise InvalidParameterError("Which run? Name one, or set JUPYTER_TRACKER_RUN_ID.")
    run = find_run(store, name)
    other, note = None, None
    if arguments.against is not None:
        other, note = _other(store, arguments.against)
    against = None if other is None else arguments.against
    view = run_report_view(run, other, against, note)
    if arguments.json or arguments.format == "json":
        return as_json(dataclasses.asdict(view))
    return run_report_markdown(view)


def _other(store: Store, name: str) -> tuple[Run | None, str | None]:
    """Return the run that a report compares with; none, and why, where nothing is in a stage yet."""
    from jupyter_tracker.views.lookup import find_run
    from jupyter_tracker.views.model_versions import version_of_uri

    if not name.startswith("models:/"):
        return find_run(store, name), None
    try:
        version = version_of_uri(store, name)
    except TrackerError as error:
        # The first run of a project has nothing to be compared with, and that is no error.
        return None, f"Nothing to compare with: {error.message}"
    if not version.run_id:
        return None, f"Nothing to compare with: {name} is version {version.version}, which names no run."
    return store.get_run(version.run_id), None
