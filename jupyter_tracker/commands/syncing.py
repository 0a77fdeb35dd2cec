"""`jupyter tracker sync`: what was logged while a store was away is brought in."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_tracker.commands.common import as_json, declare, open_store
from jupyter_tracker.errors import TrackerError

_EXAMPLES = """\
examples:
  {prog} sync
  {prog} sync --store http://tracking.example.org:5000
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the command."""
    parser = declare(commands, "sync", "send what was logged while a server was away", _EXAMPLES, prog)
    parser.set_defaults(run=_sync)


def _sync(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.store.journal.leftovers import journalled_runs
    from jupyter_tracker.store.write_path import WritePath

    store = open_store(arguments.store)
    if not isinstance(store, WritePath):
        raise TrackerError(f"{store.uri} keeps nothing back.")
    before = {run_id for run_id, _ in journalled_runs(store.journal_dir)}
    store.sync_journals()
    left = {run_id for run_id, _ in journalled_runs(store.journal_dir)}
    if arguments.json:
        return as_json({"store": store.uri, "sent": sorted(before - left), "left": sorted(left)})
    told = f"{len(before - left)} runs were brought into {store.uri}." if before else f"{store.uri} has everything."
    return told + (f" {len(left)} are still being logged to." if left else "")
