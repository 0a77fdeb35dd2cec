"""Policies in files: one that was named, or the one beside a project's store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_tracker.errors import InvalidParameterError, InvalidStateError, ResourceDoesNotExistError
from jupyter_tracker.mlmodel import text as yaml_text
from jupyter_tracker.promotion.policy import FILE, Policy, policy_of
from jupyter_tracker.store.base import Store

_SQLITE = "sqlite:///"
_STORE_FOLDER = ".jupyter_tracker"


def read_policy(path: Path, overrides: Mapping[str, Any] | None = None) -> Policy:
    """Return the policy in a YAML file; `overrides` that are not None win.

    Raises
    ------
    ResourceDoesNotExistError
        The file cannot be read.
    InvalidParameterError
        It is no policy; the message says why.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ResourceDoesNotExistError(f"The policy {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InvalidParameterError(f"The policy {path} is no text in UTF-8.") from error
    try:
        entries = yaml_text.parse(content, str(path))
    except InvalidStateError as error:
        raise InvalidParameterError(error.message) from error
    return policy_of(entries, str(path), **(overrides or {}))


def policy_beside(store: Store) -> Path | None:
    """Return the file ``promotion.yaml`` of the project that a store belongs to; None where there is none.

    A database on a server, and a store behind one, belong to no folder: the project is that of the working directory.
    """
    if not store.uri.startswith(_SQLITE):
        return _found_upward(Path.cwd())
    folder = Path(store.uri.removeprefix(_SQLITE)).parent
    path = (folder.parent if folder.name == _STORE_FOLDER else folder) / FILE
    return path if path.is_file() else None


def _found_upward(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if (folder / _STORE_FOLDER).is_dir() or (folder / ".git").exists():
            return None  # the project's own folder, and nothing above it
    return None


def policy_for(store: Store, model: str, stage: str) -> tuple[Policy, str] | None:
    """Return the policy that is about a model and a stage, and where it is; None where none is."""
    path = policy_beside(store)
    if path is None:
        return None
    policy = read_policy(path)
    if policy.to != stage or policy.model not in {None, model}:
        return None
    return policy, path.name
