"""Logged models: models by their own id, `m-` and 32 hex digits."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tracker.artifact_store import ArtifactStore, artifact_store
from jupyter_tracker.entities import FileInfo, LoggedModel, PagedList
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.tracking.operations.artifacts import path_of
from jupyter_tracker.tracking.operations.base import StoreClient


class LoggedModelOperations(StoreClient):
    """What the client does with logged models."""

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Create a PENDING logged model; write its files, then call `finalize_logged_model`."""
        return self._writes.create_logged_model(
            str(experiment_id), name, source_run_id, _texts(tags), _texts(params), model_type
        )

    def initialize_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Create a PENDING logged model: `create_logged_model` under the name of MLflow's fluent API."""
        return self.create_logged_model(experiment_id, name, source_run_id, tags, params, model_type)

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model; ResourceDoesNotExistError for an unknown id."""
        return self._reads.get_logged_model(model_id)

    def finalize_logged_model(self, model_id: str, status: str) -> LoggedModel:
        """Set the status to READY or FAILED and return the model."""
        return self._writes.finalize_logged_model(model_id, str(status))

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[Mapping[str, Any]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[Mapping[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Return one page of the logged models that match; its `token` asks for the next page.

        `datasets` names the data sets (by `dataset_name` and `dataset_digest`) whose metrics count; a model without
        a metric on one of them is left out.
        """
        ids = [str(experiment_id) for experiment_id in experiment_ids]
        check_words("LOGGED_MODELS", filter_string, page_token)
        found = self._reads.search_logged_models(ids, filter_string, max_results or 100, order_by, page_token)
        if not datasets:
            return found
        return PagedList([model for model in found if _is_measured_on(model, datasets)], found.token)

    def log_model_artifact(
        self, model_id: str, local_path: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Copy a file into the folder `artifact_path` of a logged model's files."""
        self._model_files(model_id).log_file(path_of(local_path), artifact_path or "")

    def log_model_artifacts(
        self, model_id: str, local_dir: str | os.PathLike[str], artifact_path: str | None = None
    ) -> None:
        """Copy what a folder holds into the folder `artifact_path` of a logged model's files."""
        self._model_files(model_id).log_dir(path_of(local_dir), artifact_path or "")

    def list_logged_model_artifacts(self, model_id: str, path: str | None = None) -> list[FileInfo]:
        """Return what the folder `path` of a logged model holds, by path; empty where there is none."""
        return self._model_files(model_id).list(path or "")

    def _model_files(self, model_id: str) -> ArtifactStore:
        return artifact_store(self._reads.get_logged_model(model_id).artifact_location)

    def delete_logged_model(self, model_id: str) -> None:
        """Put a logged model into the trash."""
        self._writes.delete_logged_model(model_id)

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, Any]) -> None:
        """Set labels of a logged model."""
        self._writes.set_logged_model_tags(model_id, _texts(tags))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a label of a logged model."""
        self._writes.delete_logged_model_tag(model_id, key)

    def log_model_params(self, model_id: str, params: Mapping[str, Any]) -> None:
        """Add params to a logged model; they cannot be changed later."""
        self._writes.log_logged_model_params(model_id, _texts(params))


def _texts(mapping: Mapping[str, Any] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (mapping or {}).items()}


def _is_measured_on(model: LoggedModel, datasets: Sequence[Mapping[str, Any]]) -> bool:
    for metric in model.metrics:
        for dataset in datasets:
            same_name = metric.dataset_name == dataset.get("dataset_name")
            if same_name and dataset.get("dataset_digest") in {None, metric.dataset_digest}:
                return True
    return False
