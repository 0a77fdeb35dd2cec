"""A model becomes a logged model: an entity of its own, made by a run, with its files beside the run's."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_tracker.artifact_store import LocalArtifactStore, artifact_store
from jupyter_tracker.artifact_store.local import TEMPORARY
from jupyter_tracker.entities import LoggedModel, LoggedModelOutput, ModelVersion
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.flavors import saving, trust
from jupyter_tracker.flavors.model_info import ModelInfo
from jupyter_tracker.flavors.options import LogOptions, SaveOptions, check
from jupyter_tracker.flavors.registering import register
from jupyter_tracker.flavors.registry import Written
from jupyter_tracker.mlmodel.mlmodel import Model
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.tracking.logged_models import remember
from jupyter_tracker.tracking.runs import current_or_new
from jupyter_tracker.tracking.stack import STACK
from jupyter_tracker.views.run_files import PATH_TAG

DEFAULT_NAME = "model"
_NOT_IN_NAMES = re.compile(r"[/:.%\"']+")


@dataclass(frozen=True)
class _Target:
    """Where a model goes: the store, and the run that made it, if any."""

    store: Store
    experiment_id: str
    run_id: str


def log(
    write: Callable[[Path], Written],
    predict: Callable[[], Callable[..., Any]] | None,
    artifact_path: str | None,
    options: Mapping[str, Any],
) -> ModelInfo:
    """Write a model, log it to a run as an output, and return what is known about it. See `saving.save`.

    Where something fails, the logged model is kept as FAILED, with the reason, and the error goes on.
    """
    check(options, LogOptions, "log_model")
    path = _path(options.get("name"), artifact_path)
    target = _target(options.get("run_id"))
    saved = {key: value for key, value in options.items() if key in SaveOptions.__annotations__}
    logged = _created(target, path, options)
    try:
        model = _filled(target, logged, write, predict, saved)
        target.store.log_outputs(target.run_id, [LoggedModelOutput(logged.model_id, int(options.get("step") or 0))])
        logged = target.store.finalize_logged_model(logged.model_id, "READY")
        remember(target.store, logged.model_id)
    except BaseException as error:
        with contextlib.suppress(Exception):
            target.store.finalize_logged_model(logged.model_id, "FAILED", f"{type(error).__name__}: {error}"[:500])
        raise
    version = None
    if options.get("registered_model_name"):
        version = register(target.store, logged, str(options["registered_model_name"]))
    return info_of(model, logged.model_uri, logged, version)


def info_of(
    model: Model, uri: str, logged: LoggedModel | None = None, version: ModelVersion | None = None
) -> ModelInfo:
    """Return what an MLmodel file, and the store, know about a model."""
    more: dict[str, Any] = {}
    if logged is not None:
        more = {
            "name": logged.name,
            "params": logged.params,
            "tags": logged.tags,
            "creation_timestamp": logged.creation_timestamp,
        }
    return ModelInfo(
        model_uri=uri,
        model_uuid=model.model_uuid,
        flavors=model.flavors,
        utc_time_created=model.utc_time_created,
        artifact_path=model.artifact_path,
        run_id=model.run_id,
        model_id=model.model_id,
        signature=model.signature,
        saved_input_example_info=model.saved_input_example_info,
        metadata=model.metadata,
        mlflow_version=model.mlflow_version,
        model_size_bytes=model.model_size_bytes,
        registered_model_version=None if version is None else int(version.version),
        **more,
    )


def _path(name: str | None, artifact_path: str | None) -> str:
    """Return the model's path among the run's files."""
    if name is not None and artifact_path is not None and name != artifact_path:
        raise InvalidParameterError("Give either name or artifact_path (they are the same), not both.")
    path = name if name is not None else artifact_path
    if path is None:
        return DEFAULT_NAME
    if not str(path).strip("/"):
        raise InvalidParameterError(f"A model's name must be text that is not empty, not {path!r}.")
    return path.strip("/")


def _target(run_id: str | None) -> _Target:
    entry = current_or_new() if run_id is None else STACK.find(run_id)
    if entry is not None:
        return _Target(entry.store, entry.run.info.experiment_id, entry.run_id)
    store = active.store()
    return _Target(store, store.get_run(str(run_id)).info.experiment_id, str(run_id))


def _created(target: _Target, path: str, options: Mapping[str, Any]) -> LoggedModel:
    if options.get("model_id"):
        return target.store.get_logged_model(str(options["model_id"]))
    tags = {key: str(value) for key, value in (options.get("tags") or {}).items()}
    name = _NOT_IN_NAMES.sub("-", path).strip("-") or DEFAULT_NAME
    if name != path:
        # MLflow 3 refuses such a name; MLflow 2 wrote into a folder of it, and code that was written then goes on.
        tags[PATH_TAG] = path
    params = {key: str(value) for key, value in (options.get("params") or {}).items()}
    # The run may still be in its journal alone, and the model refers to it.
    target.store.flush()
    return target.store.create_logged_model(
        target.experiment_id, name, target.run_id, tags, params, options.get("model_type")
    )


def _filled(
    target: _Target,
    logged: LoggedModel,
    write: Callable[[Path], Written],
    predict: Callable[[], Callable[..., Any]] | None,
    options: Mapping[str, Any],
) -> Model:
    """Write the files: aside, then renamed into place where that is a local folder, else sent there."""
    model = saving.given_model(options)
    model.artifact_path, model.run_id, model.model_id = logged.artifact_location, target.run_id, logged.model_id
    backend = artifact_store(logged.artifact_location)
    place = backend.root if isinstance(backend, LocalArtifactStore) else None
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=place and place.parent, ignore_cleanup_errors=True) as aside:
        folder = Path(aside) / "model"
        folder.mkdir()
        saving.fill(folder, write, predict, options, model)
        trust.remember(trust.folder_digest(folder))
        if place is not None and not place.exists():
            folder.rename(place)
        else:
            backend.log_dir(folder)
    return model
