"""Logging a run once more, to a server that has a part of it or cannot take whole runs in.

Identical points, params and tags are one, so that this may be repeated after an interruption.
"""

from __future__ import annotations

from typing import Final

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import ViewType
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.transfer.report import ImportReport
from jupyter_tracker.transfer.source import SourceRun

OFFLINE_TAG: Final = "jupyter_tracker.offline_run_id"
"""The id that a run had before it was logged once more, on a server that gives ids of its own."""
_LARGEST_PIECE: Final = 10_000


def replay(store: Store, entry: SourceRun, run_id: str, report: ImportReport) -> None:
    """Log all that a run has to the run of this id."""
    run = entry.run
    writer = store.writer(run_id)
    writer.log_params(run.data.params)
    writer.set_tags(run.data.tags)
    for points in entry.metrics():
        for start in range(0, len(points.steps), _LARGEST_PIECE):
            part = slice(start, start + _LARGEST_PIECE)
            writer.log_series(points.key, points.values[part], points.steps[part], points.timestamps[part])
    writer.flush()
    if run.inputs.dataset_inputs:
        store.log_inputs(run_id, run.inputs.dataset_inputs)
    place = artifact_store(store.get_run(run_id).info.artifact_uri or "")
    for file in entry.files.listed():
        with file.open() as stream:
            place.write_stream(file.path, stream)
        report.files += 1
        report.files_bytes += file.size
    store.update_run(run_id, run.info.status, run.info.end_time)


def twin_of(store: Store, entry: SourceRun, experiment_name: str) -> tuple[str, bool]:
    """Return the id of the run that stands for one where ids are not kept, and whether it was made now."""
    home = store.get_experiment_by_name(experiment_name)
    home_id = store.create_experiment(experiment_name) if home is None else home.experiment_id
    info = entry.run.info
    known = store.search_runs([home_id], f"tags.`{OFFLINE_TAG}` = {write_text(info.run_id)}", ViewType.ALL, 1)
    if known:
        return known[0].info.run_id, False
    tags = {**entry.run.data.tags, OFFLINE_TAG: info.run_id}
    return store.create_run(home_id, info.user_id, info.start_time, tags, info.run_name).info.run_id, True
