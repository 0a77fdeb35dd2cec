"""Where a server keeps artifacts, and what it calls those places to its clients.

A server that hands files on shows every location below its root as ``mlflow-artifacts:/…``: a client on any machine
asks the server for it. The store records where they really are, so that whoever opens the store itself finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jupyter_tracker.artifact_store.base import safe_path
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.wire.files import proxied_path

if TYPE_CHECKING:
    from jupyter_tracker.entities import Experiment, LoggedModel, ModelVersion, RegisteredModel, Run, RunInfo


@dataclass(frozen=True)
class Places:
    """The root of what a server hands on.

    Attributes
    ----------
    root : str or None
        URI of the folder or bucket below which files are served; None where none are.
    is_hidden : bool
        Clients are told ``mlflow-artifacts:/…`` instead of what lies below the root.
    """

    root: str | None = None
    is_hidden: bool = False

    def served(self, path: str, *, writes: bool = False) -> str:
        """Return the root, for a path below it that is to be read or written.

        ResourceDoesNotExistError where this server serves no files.
        """
        del path, writes  # here all may be used that is there
        if self.root is None:
            raise ResourceDoesNotExistError(
                "This server hands no artifacts on: it was started with --no-serve-artifacts.", "ENDPOINT_NOT_FOUND"
            )
        return self.root

    def shown(self, uri: str) -> str:
        """Return what a client is told of a location."""
        root = self.root
        if not self.is_hidden or root is None or not (uri == root or uri.startswith(f"{root}/")):
            return uri
        return f"mlflow-artifacts:/{uri[len(root) :].lstrip('/')}"

    def real(self, uri: str) -> str:
        """Return the location that a client means; InvalidParameterError where its path leads out of the root."""
        path = proxied_path(uri)
        if path is None or self.root is None:
            return uri
        path = safe_path(path)
        return f"{self.root}/{path}" if path else self.root

    def of_experiment(self, experiment: Experiment) -> Experiment:
        """Return an experiment as clients see it."""
        return replace(experiment, artifact_location=self.shown(experiment.artifact_location))

    def of_info(self, info: RunInfo) -> RunInfo:
        """Return a run's attributes as clients see them."""
        return replace(info, artifact_uri=self.shown(info.artifact_uri)) if info.artifact_uri else info

    def of_run(self, run: Run) -> Run:
        """Return a run as clients see it."""
        return replace(run, info=self.of_info(run.info)) if self.is_hidden else run

    def of_model(self, model: LoggedModel) -> LoggedModel:
        """Return a logged model as clients see it."""
        return replace(model, artifact_location=self.shown(model.artifact_location))

    def of_version(self, version: ModelVersion) -> ModelVersion:
        """Return a model version as clients see it."""
        return replace(version, source=self.shown(version.source)) if version.source else version

    def of_registered(self, model: RegisteredModel) -> RegisteredModel:
        """Return a registered model as clients see it."""
        return replace(model, latest_versions=[self.of_version(version) for version in model.latest_versions])
