"""Any store that can be opened as a source: a tracking server, MLflow's or ours, or a store of ours in a file.

What a server does not tell is not brought along: deleted logged models, and when a run was deleted.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from jupyter_tracker.artifact_store import ArtifactStore, LocalArtifactStore, artifact_store
from jupyter_tracker.entities import Experiment, ModelVersion, PagedList, Run, ViewType
from jupyter_tracker.entities.page import every_page
from jupyter_tracker.errors import ResourceDoesNotExistError, TrackerError
from jupyter_tracker.store.base import Store
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.upkeep import RegistryRecord, VersionRecord
from jupyter_tracker.transfer.source import SourceFile, SourceFiles, SourceModel, SourceRun

_PAGE: Final = 1000
_EXPERIMENTS_AT_ONCE: Final = 100
_POINTS_AT_ONCE: Final = 65_536


class TrackedStore:
    """A `Source` of what a store holds.

    Parameters
    ----------
    store : Store
        The store.
    run_ids : sequence of str, optional
        These runs only, with the experiments; all where left out.
    largest_is_infinite : bool
        It keeps the infinities as the largest finite numbers, as MLflow's server does.
    """

    def __init__(
        self, store: Store, run_ids: Sequence[str] | None = None, *, largest_is_infinite: bool = False
    ) -> None:
        self.name = store.uri
        self._store, self._run_ids = store, run_ids
        self._largest_is_infinite = largest_is_infinite

    def experiments(self) -> Sequence[Experiment]:
        """Return every experiment."""
        return list(every_page(lambda token: self._store.search_experiments(ViewType.ALL, _PAGE, None, None, token)))

    def run_ids(self) -> Sequence[str]:
        """Return the id of every run, the oldest first of each hundred experiments."""
        if self._run_ids is not None:
            return self._run_ids
        return [run.info.run_id for some in self._homes() for run in every_page(partial(self._page_of_runs, some))]

    def _homes(self) -> Iterator[list[str]]:
        ids = [experiment.experiment_id for experiment in self.experiments()]
        return (ids[start : start + _EXPERIMENTS_AT_ONCE] for start in range(0, len(ids), _EXPERIMENTS_AT_ONCE))

    def _page_of_runs(self, homes: Sequence[str], token: str | None) -> PagedList[Run]:
        order = ["attributes.start_time ASC"]
        return self._store.search_runs(homes, "", ViewType.ALL, _PAGE, order, token)

    def run(self, run_id: str) -> SourceRun:
        """Return one run."""
        run = self._store.get_run(run_id)
        return SourceRun(run, partial(self._points, run), _files(run.info.artifact_uri))

    def _points(self, run: Run) -> Iterator[Points]:
        for key in sorted(run.data.metrics):
            series = self._store.metric_series(run.info.run_id, key)
            values = series.value
            if self._largest_is_infinite:
                values = values.copy()
                values[abs(values) == sys.float_info.max] *= math.inf
            for start in range(0, len(series), _POINTS_AT_ONCE):
                part = slice(start, start + _POINTS_AT_ONCE)
                yield Points(key, series.step[part], series.timestamp[part], values[part])

    def models(self) -> Sequence[SourceModel]:
        """Return every logged model that is not deleted; none where the server is MLflow 2's, which has none."""
        try:
            return [
                SourceModel(model, _files(model.artifact_location))
                for some in self._homes()
                for model in every_page(partial(self._page_of_models, some))
                if self._run_ids is None or model.source_run_id in self._run_ids
            ]
        except ResourceDoesNotExistError as error:
            if error.error_code != "ENDPOINT_NOT_FOUND":
                raise
            return []

    def _page_of_models(self, homes: Sequence[str], token: str | None) -> PagedList[Any]:
        return self._store.search_logged_models(homes, None, _PAGE, None, token)

    def registered_models(self) -> Sequence[RegistryRecord]:
        """Return every registered model."""
        versions: dict[str, list[VersionRecord]] = {}
        for version in every_page(lambda token: self._store.search_model_versions(None, _PAGE, None, token)):
            versions.setdefault(version.name, []).append(self._version(version))
        found = every_page(lambda token: self._store.search_registered_models(None, _PAGE, None, token))
        # One by one: a search of MLflow's server leaves things out.
        models = [self._store.get_registered_model(model.name) for model in found]
        return [RegistryRecord(replace(model, latest_versions=[]), versions.get(model.name, [])) for model in models]

    def _version(self, version: ModelVersion) -> VersionRecord:
        # A store on a server says where from here the files are; the source is kept as the server calls it.
        shown: Callable[[str | None], str | None] = getattr(self._store, "shown_place", lambda uri: uri)
        return VersionRecord(replace(version, source=shown(version.source)), version.source)


def _files(uri: str | None) -> SourceFiles:
    if not uri:
        return SourceFiles()
    try:
        place = artifact_store(uri)
    except TrackerError as error:
        return SourceFiles(uri=uri, missing=f"its files stay at {uri}: {error}")
    if isinstance(place, LocalArtifactStore) and not place.root.parent.parent.is_dir():
        return SourceFiles(uri=uri, missing=f"its files, if it has any, stay at {uri}: there is no such folder here")
    return SourceFiles(partial(_listed, place, ""), uri)


def _listed(place: ArtifactStore, folder: str) -> Iterator[SourceFile]:
    for file in place.list(folder):
        if file.is_dir:
            yield from _listed(place, file.path)
        else:
            yield SourceFile(file.path, file.file_size or 0, partial(place.open, file.path))
