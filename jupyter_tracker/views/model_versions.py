"""Model versions by the URIs that name them: a number, a stage, ``latest`` or an alias."""

from __future__ import annotations

from urllib.parse import unquote

from jupyter_tracker.entities import ModelVersion
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.store.base import Store

_FORMS = "'models:/name/1', 'models:/name/Production', 'models:/name/latest' or 'models:/name@alias'"


def version_of_uri(store: Store, uri: str) -> ModelVersion:
    """Return the version that a URI names; see `version_and_path`."""
    version, path = version_and_path(store, uri)
    if path:
        raise InvalidParameterError(f"{uri!r} names a file of a version; use {_FORMS}.")
    return version


def version_and_path(store: Store, uri: str) -> tuple[ModelVersion, str]:
    """Return the version that a URI names, and the path behind it.

    Parameters
    ----------
    store : Store
        The registry.
    uri : str
        ``models:/name/3``, ``models:/name/Production`` (of several in the stage the highest), ``models:/name/latest``
        (the highest of all) or ``models:/name@champion``, each with ``/path`` behind it or not.

    Raises
    ------
    InvalidParameterError
        It is no such URI, there is no such alias, or no version is in the stage.
    ResourceDoesNotExistError
        There is no such model or version.
    """
    scheme, _, rest = uri.partition(":/")
    name, _, path = rest.strip("/").partition("/")
    if scheme != "models" or not name:
        raise InvalidParameterError(f"{uri!r} names no version; use {_FORMS}.")
    if "@" in name:
        name, _, alias = name.partition("@")
        return store.get_model_version_by_alias(unquote(name), unquote(alias)), path
    which, _, path = path.partition("/")
    if which.isdigit():
        return store.get_model_version(unquote(name), which), path
    if not which:
        raise InvalidParameterError(f"{uri!r} names no version; use {_FORMS}.")
    return _highest(store, unquote(name), unquote(which)), path


def _highest(store: Store, name: str, stage: str) -> ModelVersion:
    newest = store.get_latest_versions(name, None if stage.lower() == "latest" else [stage])
    if not newest:
        has = "no version yet" if stage.lower() == "latest" else f"no version in stage {stage}"
        raise InvalidParameterError(f"Registered model {name!r} has {has}.")
    return max(newest, key=lambda version: int(version.version))
