"""All files of a run: those in its own place, and the models that it has logged, each as a folder of its name."""

from __future__ import annotations

from jupyter_tracker.artifact_store import ArtifactStore, artifact_store
from jupyter_tracker.artifact_store.overlay import OverlayArtifactStore
from jupyter_tracker.entities import LoggedModel, Run
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.store.base import Store

# A label of a logged model: its path among the run's files, where that is not its name.
PATH_TAG = "jupyter_tracker.artifactPath"


def run_files(store: Store, run: Run) -> ArtifactStore:
    """Return the place of a run's files; of two models of one name the newer one is found.

    Raises
    ------
    ResourceDoesNotExistError
        The run has no place for files.
    """
    if not run.info.artifact_uri:
        raise ResourceDoesNotExistError(f"Run {run.info.run_id} has no place for artifacts.")
    own = artifact_store(run.info.artifact_uri)
    models = {path: artifact_store(model.artifact_location) for path, model in run_models(store, run).items()}
    return OverlayArtifactStore(own, models) if models else own


def run_models(store: Store, run: Run) -> dict[str, LoggedModel]:
    """Return the models that a run has logged and that are still there, by their path among its files."""
    logged = []
    for output in run.outputs.model_outputs:
        try:
            logged.append(store.get_logged_model(output.model_id))
        except ResourceDoesNotExistError:  # deleted since
            continue
    logged.sort(key=lambda model: model.creation_timestamp)
    return {model.tags.get(PATH_TAG, model.name): model for model in logged}
