"""From a server's answers to entities, and places of artifacts to what can be asked for from here.

A server that hands files on calls their places ``mlflow-artifacts:/…``; here they become the address below which it
does so, and go back as what they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from jupyter_tracker.entities import (
    Experiment,
    LoggedModel,
    Metric,
    ModelVersion,
    PagedList,
    Param,
    RegisteredModel,
    Run,
    RunData,
    RunInfo,
    RunTag,
)
from jupyter_tracker.wire.experiments import experiment_from_json
from jupyter_tracker.wire.files import proxied_path
from jupyter_tracker.wire.logged import metrics_of
from jupyter_tracker.wire.logged_models import logged_model_from_json
from jupyter_tracker.wire.reading import Fields
from jupyter_tracker.wire.registry import model_version_from_json, registered_model_from_json
from jupyter_tracker.wire.runs import run_from_json, run_info_from_json

T = TypeVar("T")

OF_MODEL: Final = re.compile(r"models:/(m-[0-9a-f]{32})")
_FILES: Final = "/api/2.0/mlflow-artifacts/artifacts"


class Answers:
    """Reads answers; mixed into the store, whose address it needs."""

    uri: str

    def _real(self, uri: str) -> str:
        """Return where from here the files are that a server calls so."""
        path = proxied_path(uri)
        return uri if path is None else f"{self.uri}{_FILES}/{path}".rstrip("/")

    def _shown(self, uri: str | None) -> str | None:
        """Return what the server calls a place; the inverse of `_real`."""
        base = f"{self.uri}{_FILES}"
        if uri is None or not (uri == base or uri.startswith(f"{base}/")):
            return uri
        return f"mlflow-artifacts:/{uri[len(base) :].lstrip('/')}"

    def shown_place(self, uri: str | None) -> str | None:
        """Return what the server calls a place."""
        return self._shown(uri)

    def _page(self, answer: Fields, name: str, read: Callable[[Fields], T]) -> PagedList[T]:
        return PagedList([read(item) for item in answer.objects(name)], answer.optional("next_page_token") or None)

    def _experiment(self, answer: Fields) -> Experiment:
        return self._of_experiment(answer.nested("experiment"))

    def _of_experiment(self, fields: Fields) -> Experiment:
        found = experiment_from_json(fields)
        return replace(found, artifact_location=self._real(found.artifact_location))

    def _run(self, answer: Fields) -> Run:
        return self._of_run(answer.nested("run"))

    def _of_run(self, fields: Fields) -> Run:
        found = run_from_json(fields)
        data = found.data
        # MLflow's server gives them in any order.
        by_key = RunData(
            sorted(data.latest_metrics, key=lambda metric: metric.key),
            [Param(*item) for item in sorted(data.params.items())],
            [RunTag(*item) for item in sorted(data.tags.items())],
        )
        return replace(found, info=self._placed(found.info), data=by_key)

    def _info(self, answer: Fields) -> RunInfo:
        return self._placed(run_info_from_json(answer.nested("run_info")))

    def _placed(self, info: RunInfo) -> RunInfo:
        return info if info.artifact_uri is None else replace(info, artifact_uri=self._real(info.artifact_uri))

    @staticmethod
    def _metrics(answer: Fields) -> list[Metric]:
        return metrics_of(answer, "metrics")

    def _model(self, answer: Fields) -> LoggedModel:
        return self._of_model(answer.nested("model"))

    def _of_model(self, fields: Fields) -> LoggedModel:
        found = logged_model_from_json(fields)
        return replace(found, artifact_location=self._real(found.artifact_location))

    def _version(self, answer: Fields) -> ModelVersion:
        return self._of_version(answer.nested("model_version"))

    def _of_version(self, fields: Fields) -> ModelVersion:
        return self._placed_version(model_version_from_json(fields))

    def _placed_version(self, version: ModelVersion) -> ModelVersion:
        if not version.source:
            return version
        # MLflow's server keeps of which logged model it is in the source only.
        named = OF_MODEL.fullmatch(version.source) if version.model_id is None else None
        model_id = version.model_id if named is None else named[1]
        return replace(version, source=self._real(version.source), model_id=model_id)

    def _registered(self, answer: Fields) -> RegisteredModel:
        return self._of_registered(answer.nested("registered_model"))

    def _of_registered(self, fields: Fields) -> RegisteredModel:
        found = registered_model_from_json(fields)
        return replace(found, latest_versions=[self._placed_version(version) for version in found.latest_versions])
