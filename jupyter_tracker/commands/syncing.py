"""`jupyter tracker sync`: what was logged while a store was away is brought in."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from jupyter_tracker.commands.common import as_json, declare, open_store
from jupyter_tracker.errors import TrackerError
from jupyter_tracker.tracking import offline
from jupyter_tracker.wire.credentials import is_server

if TYPE_CHECKING:
    from jupyter_tracker.store.base import Store
    from jupyter_tracker.transfer.report import ImportReport

_EXAMPLES = """\
examples:
  {prog} sync
  {prog} sync --store http://tracking.example.org:5000

Sent is what a server that was away did not get, and what was logged with set_tracking_uri(…, offline=True).
May be repeated and interrupted: nothing is there twice.
"""


def add_to(commands: Any, prog: str) -> None:
    """Declare the command."""
    parser = declare(commands, "sync", "send what was logged while a server was away", _EXAMPLES, prog)
    parser.set_defaults(run=_sync)


def _sync(arguments: argparse.Namespace) -> str:
    from jupyter_tracker.store.journal.leftovers import journalled_runs
    from jupyter_tracker.store.write_path import WritePath
    from jupyter_tracker.tracking.location import current_location, location_of

    where = current_location() if arguments.store is None else location_of(arguments.store)
    store = open_store(offline.server_of(where.path) or arguments.store)
    if not isinstance(store, WritePath):
        raise TrackerError(f"{store.uri} keeps nothing back.")
    before = {run_id for run_id, _ in journalled_runs(store.journal_dir)}
    store.sync_journals()
    left = {run_id for run_id, _ in journalled_runs(store.journal_dir)}
    report, going_on = _send_offline(store)
    if arguments.json:
        more = {} if report is None else {"offline": dataclasses.asdict(report), "going_on": going_on}
        return as_json({"store": store.uri, "sent": sorted(before - left), "left": sorted(left), **more})
    told = [] if report is None or report.is_empty else [report.told("Sent", f"to {store.uri}")]
    if before:
        sent = len(before - left)
        is_new = f"{sent} run{' was' if sent == 1 else 's were'} brought into {store.uri}."
        told.insert(0, is_new + (f" {len(left)} are still being logged to." if left else ""))
    if not told:
        told.append(f"Nothing waits here: {store.uri} has everything.")
    if going_on:
        told.append(f"{going_on} runs are still going on here, and are sent when they have ended.")
    return "\n".join(told)


def _send_offline(store: Store) -> tuple[ImportReport | None, int]:
    """Send what was logged without the server; None where that is nothing."""
    path = offline.file_of(store.uri) if is_server(store.uri) else None
    if path is None or not path.exists():
        return None, 0
    from jupyter_tracker.tracking.active import store_at

    return offline.send(store_at(f"sqlite:///{path}"), store)
