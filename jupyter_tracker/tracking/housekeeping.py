"""Emptying the trash of the store in use."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from jupyter_tracker.artifact_store import ArtifactStore, artifact_store
from jupyter_tracker.artifact_store.local import LocalArtifactStore
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.errors import TrackerError
from jupyter_tracker.progress import Progress
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.upkeep import Trashed
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.durations import milliseconds
from jupyter_tracker.tracking.orphans import orphans, shared_with, size_of
from jupyter_tracker.transfer.report import size_text

# The rows go first, then the files: what a kill between the two leaves behind is an orphan of the next time.
_AT_ONCE = 500


@dataclass
class GcReport:
    """What `gc` removed, or would.

    Attributes
    ----------
    freed_bytes : int
        Files, and the metrics in the database. The database file itself keeps its size and uses the room again.
    orphans : int
        Files and folders that belonged to nothing.
    kept : list of str
        What is in the trash and was not removed, and why.
    """

    runs: int = 0
    experiments: int = 0
    logged_models: int = 0
    orphans: int = 0
    freed_bytes: int = 0
    dry_run: bool = False
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = [
            (self.runs, "run"),
            (self.experiments, "experiment"),
            (self.logged_models, "logged model"),
            (self.orphans, "orphaned file or folder"),
        ]
        parts = [f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in counts if count or what == "run"]
        parts[-1] = parts[-1].replace("orphaned file or folders", "orphaned files or folders")
        verb = "Would remove" if self.dry_run else "Removed"
        lines = [f"{verb} {', '.join(parts)}: {size_text(self.freed_bytes)}."]
        return "\n".join([*lines, *(["Kept:"] if self.kept else []), *(f"  {line}" for line in self.kept)])


def gc(older_than: str | timedelta | None = None, dry_run: bool = False) -> GcReport:
    """Remove for good what is in the trash: runs, experiments and logged models, with metrics and files.

    Files that belong to nothing go too: folders of runs that the store does not have, what was left half written.
    What a registered model version or a living run still needs is kept, and reported.

    Parameters
    ----------
    older_than : str or datetime.timedelta, optional
        Only what was deleted so long ago, such as ``"30d"``, ``"12h"``; all where left out.
    dry_run : bool
        Remove nothing, and say what would be.

    Returns
    -------
    GcReport
        Counts, bytes freed, and what was kept and why.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> with tracker.start_run() as run:
    ...     tracker.log_metric("f1", 0.5)
    >>> tracker.delete_run(run.info.run_id)
    >>> tracker.gc(dry_run=True).runs
    1
    >>> tracker.gc(older_than="30d").runs
    0
    >>> tracker.gc().runs
    1
    """
    return collect(active.store(create=False), milliseconds(older_than), dry_run=dry_run)


def collect(store: Store, age_ms: int = 0, *, dry_run: bool = False) -> GcReport:
    """Empty the trash of a store; see `gc`."""
    report = GcReport(dry_run=dry_run)
    entries = store.trash(now_ms() - age_ms + 1)
    report.kept = [f"{entry.kind} {entry.name} ({entry.id}): {_reason(entry)}" for entry in entries if _stays(entry)]
    going = [entry for entry in entries if not _stays(entry)]
    progress = Progress("removing", len(going))
    try:
        for start in range(0, len(going), _AT_ONCE):
            some = going[start : start + _AT_ONCE]
            for entry in some if dry_run else store.purge(some):
                _remove(entry, report)
                progress.step()
        _remove_orphans(store, report)
    finally:
        progress.close()
    return report


def _stays(entry: Trashed) -> bool:
    return entry.needed_by is not None or (_folder(entry) is None and _remote(entry) is None)


def _reason(entry: Trashed) -> str:
    if entry.needed_by is not None:
        return f"needed by {entry.needed_by}"
    return f"its files at {entry.artifact_uri} cannot be reached from here"


def _folder(entry: Trashed) -> Path | None:
    """Return the local folder of an entry's files, an empty path where it has none of its own; None for remote ones."""
    if entry.artifact_uri is None or (entry.kind == "experiment" and urlsplit(entry.artifact_uri).scheme != "file"):
        return Path()
    with contextlib.suppress(TrackerError):
        place = artifact_store(entry.artifact_uri)
        if isinstance(place, LocalArtifactStore):
            return place.root
    return None


def _remote(entry: Trashed) -> ArtifactStore | None:
    """Return the place of an entry's files where it is not local: a bucket, a server; None where it cannot be used."""
    uri = entry.artifact_uri or ""
    own = f"/{entry.id}/artifacts"
    with contextlib.suppress(TrackerError):
        return artifact_store(uri.removesuffix("/artifacts") if uri.endswith(own) else uri)
    return None


def _remove(entry: Trashed, report: GcReport) -> None:
    counts = {"run": "runs", "experiment": "experiments", "model": "logged_models"}
    setattr(report, counts[entry.kind], getattr(report, counts[entry.kind]) + 1)
    report.freed_bytes += entry.size_bytes
    folder = _folder(entry)
    if entry.artifact_uri is None:
        return
    if folder is None:
        _remove_remote(entry, report)
        return
    if entry.kind != "experiment":
        report.freed_bytes += size_of(folder)
    if report.dry_run:
        return
    # `<run id>/artifacts`: the folder above is the run's own. An experiment's goes only if nothing is in it.
    own: Sequence[Path] = [folder / "models", folder] if entry.kind == "experiment" else [folder.parent]
    if entry.kind != "experiment":
        LocalArtifactStore(folder).delete()
    for empty in own:
        with contextlib.suppress(OSError):
            empty.rmdir()


def _remove_remote(entry: Trashed, report: GcReport) -> None:
    place = _remote(entry)
    if place is None or report.dry_run:
        return
    try:
        place.delete()
    except TrackerError as error:
        report.kept.append(f"files of {entry.kind} {entry.name} ({entry.id}): {error}")


def _remove_orphans(store: Store, report: GcReport) -> None:
    other = shared_with(store)
    if other is not None:
        report.kept.append(f"orphaned files: not looked for, since {other.name} is another store in the same folder")
    for orphan in orphans(store):
        report.orphans += 1
        report.freed_bytes += orphan.size_bytes
        if not report.dry_run:
            orphan.remove()
