"""Working without the server: a store on this machine that stands for it, and its sending later.

>>> from jupyter_tracker.tracking import offline
>>> offline.file_of("http://tracking-server:5000").name
'tracker.db'
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_tracker import settings
from jupyter_tracker.entities import RunTag, ViewType
from jupyter_tracker.entities.page import every_page
from jupyter_tracker.errors import InvalidParameterError, TrackerError
from jupyter_tracker.wire.credentials import is_server, public_address

if TYPE_CHECKING:
    from jupyter_tracker.entities import Run
    from jupyter_tracker.store.base import Store
    from jupyter_tracker.transfer.report import ImportReport

SENT_TAG: Final = "jupyter_tracker.sent"
"""On a run of such a store: as what it was sent. One that has changed since is sent again."""
_FOLDER: Final = "offline"
_SERVER: Final = "server.txt"
_PAGE: Final = 1000


def file_of(url: str) -> Path:
    """Return the database that stands for a server on this machine; it need not exist.

    Raises
    ------
    InvalidParameterError
        It is no address of a tracking server.
    """
    if not is_server(url):
        raise InvalidParameterError(
            f"offline=True is for a tracking server, http://host:port, and not for {url!r}: that is on this machine."
        )
    address = public_address(url)
    folder = settings.user_data_folder() / hashlib.blake2b(address.encode(), digest_size=16).hexdigest() / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _SERVER).write_text(address, encoding="utf-8")
    return folder / "tracker.db"


def server_of(path: Path | None) -> str | None:
    """Return the address of the server that a database stands for, None where it is no such."""
    if path is None or path.parent.name != _FOLDER:
        return None
    try:
        return (path.parent / _SERVER).read_text(encoding="utf-8")
    except OSError:
        return None


def send(local: Store, server: Store) -> tuple[ImportReport, int]:
    """Send the runs of a store that stands for a server; return what was new there, and how many runs still go on."""
    from jupyter_tracker.transfer.receiving import receive
    from jupyter_tracker.transfer.tracked import TrackedStore

    pending, going_on = _pending(local)
    known = server.known_runs([run.info.run_id for run in pending])
    new = [run.info.run_id for run in pending if run.info.run_id not in known]
    try:
        report = receive(server, TrackedStore(local, new))
    except TrackerError as error:
        if error.error_code != "NOT_IMPLEMENTED":
            raise
        report = _replayed(local, server, [run.info.run_id for run in pending])
    else:
        _top_up(local, server, sorted(known), report)
    for run in pending:
        local.set_tag(run.info.run_id, RunTag(SENT_TAG, _state(run)))
    return report, going_on


def _pending(local: Store) -> tuple[list[Run], int]:
    """Return the runs that have not been sent as they are, and how many are left out since they go on."""
    homes = [experiment.experiment_id for experiment in local.search_experiments(ViewType.ALL, 50_000)]
    order = ["attributes.start_time ASC"]
    runs = every_page(lambda token: local.search_runs(homes, "", ViewType.ACTIVE_ONLY, _PAGE, order, token))
    found = [run for run in runs if run.data.tags.get(SENT_TAG) != _state(run)]
    ended = [run for run in found if run.info.status != "RUNNING"]
    return ended, len(found) - len(ended)


def _state(run: Run) -> str:
    return f"{run.info.status} {run.info.end_time}"


def _top_up(local: Store, server: Store, run_ids: list[str], report: ImportReport) -> None:
    from jupyter_tracker.transfer.replaying import replay
    from jupyter_tracker.transfer.tracked import TrackedStore

    source = TrackedStore(local, run_ids)
    for run_id in run_ids:
        replay(server, source.run(run_id), run_id, report)
        report.runs_present += 1


def _replayed(local: Store, server: Store, run_ids: list[str]) -> ImportReport:
    """Log runs once more on a server that gives them ids of its own."""
    from jupyter_tracker.progress import followed
    from jupyter_tracker.transfer.replaying import replay, twin_of
    from jupyter_tracker.transfer.report import ImportReport
    from jupyter_tracker.transfer.tracked import TrackedStore

    source, report = TrackedStore(local, run_ids), ImportReport(local.uri)
    names = {experiment.experiment_id: experiment.name for experiment in source.experiments()}
    for run_id in followed(run_ids, "sending runs", len(run_ids)):
        entry = source.run(run_id)
        twin, is_new = twin_of(server, entry, names[entry.run.info.experiment_id])
        replay(server, entry, twin, report)
        report.runs += is_new
        report.runs_present += not is_new
    if run_ids:
        report.notes.append(
            f"the runs have new ids on {server.uri}, which gives its own; the old ones are in the tag "
            "jupyter_tracker.offline_run_id"
        )
    models = len(source.models()) + len(source.registered_models())
    if models:
        report.notes.append(
            f"{models} logged or registered models stay in {local.uri}: that server cannot take them in"
        )
    return report
