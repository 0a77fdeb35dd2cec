"""Logged models become versions of registered models."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from jupyter_tracker.entities import LoggedModel, ModelVersion, Run
from jupyter_tracker.errors import (
    InvalidParameterError,
    PermissionDeniedError,
    ResourceAlreadyExistsError,
    ResourceDoesNotExistError,
)
from jupyter_tracker.store.base import Store
from jupyter_tracker.tracking import active
from jupyter_tracker.views.model_versions import version_of_uri
from jupyter_tracker.views.run_files import run_files, run_models

VERSIONS_TAG = "mlflow.modelVersions"


def register_model(
    model_uri: str, name: str, await_registration_for: int | None = None, *, tags: Mapping[str, Any] | None = None
) -> ModelVersion:
    """Make a model the next version of a registered model, which is created at need, and return the version.

    Parameters
    ----------
    model_uri : str
        ``runs:/<run_id>/model``, ``models:/m-…``, ``models:/<name>/<version, stage or latest>``,
        ``models:/<name>@<alias>``, or a URI of a folder.
    name : str
        The registered model.
    await_registration_for : int, optional
        Accepted for MLflow's sake: the version is ready when this returns.
    tags : mapping, optional
        Labels of the version.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such run or model.

    Examples
    --------
    >>> import jupyter_tracker as tracker
    >>> from sklearn.linear_model import LinearRegression
    >>> with tracker.start_run() as run:
    ...     info = tracker.sklearn.log_model(LinearRegression().fit([[0.0], [1.0]], [0, 2]), "model")
    >>> tracker.register_model(f"runs:/{run.info.run_id}/model", "doubling").version
    '1'
    """
    del await_registration_for
    store = active.store()
    labels = {key: str(value) for key, value in (tags or {}).items()}
    scheme, _, rest = str(model_uri).partition(":/")
    rest = rest.strip("/")
    if scheme == "models" and rest.startswith("m-"):
        return register(store, store.get_logged_model(rest), name, labels)
    run = None
    if scheme == "runs":
        run_id, _, path = rest.partition("/")
        run = store.get_run(run_id)
        logged = run_models(store, run).get(path)
        if logged is not None:
            return register(store, logged, name, labels)
        _check_there(store, run, path)
    if scheme == "models":
        # A stage or an alias may point elsewhere tomorrow: the version's own number is its source.
        found = version_of_uri(store, str(model_uri))
        _create(store, name)
        source = f"models:/{found.name}/{found.version}"
        return store.create_model_version(name, source, found.run_id, labels, model_id=found.model_id)
    _create(store, name)
    return store.create_model_version(name, str(model_uri), None if run is None else run.info.run_id, tags=labels)


def register(store: Store, logged: LoggedModel, name: str, tags: Mapping[str, str] | None = None) -> ModelVersion:
    """Make a logged model the next version of a registered model, which is created at need."""
    _create(store, name)
    version = store.create_model_version(
        name, logged.model_uri, logged.source_run_id, tags=tags, model_id=logged.model_id
    )
    known = json.loads(logged.tags.get(VERSIONS_TAG, "[]"))
    entry = {"name": version.name, "version": int(version.version)}
    # The version is there: who may only read the logged model's experiment has done it all the same.
    with contextlib.suppress(PermissionDeniedError):
        store.set_logged_model_tags(logged.model_id, {VERSIONS_TAG: json.dumps([*known, entry])})
    return version


def _create(store: Store, name: str) -> None:
    with contextlib.suppress(ResourceAlreadyExistsError):
        store.create_registered_model(name)


def _check_there(store: Store, run: Run, path: str) -> None:
    if not path:
        raise InvalidParameterError("The URI of a run's model is runs:/<run_id>/<the model's name>.")
    if not run_files(store, run).list(path):
        there = ", ".join(sorted(run_models(store, run))) or "none"
        raise ResourceDoesNotExistError(
            f"Run {run.info.run_id} has no model {path!r}. The models that it has logged: {there}."
        )
