"""What has happened to registered models: events, each with a digest over itself and all before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

# The digest before the first event.
GENESIS = "0" * 64
EMPTY_HEAD = f"0:{GENESIS}"

NOTEBOOK, JOB, COMMAND, API = "NOTEBOOK", "JOB", "COMMAND", "API"


class Action:
    """What an event says was done: the store's operations, an import, and the present that a history begins with."""

    BEGIN = "begin_history"
    CREATE_MODEL = "create_registered_model"
    RENAME_MODEL = "rename_registered_model"
    UPDATE_MODEL = "update_registered_model"
    DELETE_MODEL = "delete_registered_model"
    SET_MODEL_TAG = "set_registered_model_tag"
    DELETE_MODEL_TAG = "delete_registered_model_tag"
    SET_ALIAS = "set_registered_model_alias"
    DELETE_ALIAS = "delete_registered_model_alias"
    CREATE_VERSION = "create_model_version"
    IMPORT_VERSION = "import_model_version"
    UPDATE_VERSION = "update_model_version"
    DELETE_VERSION = "delete_model_version"
    TRANSITION = "transition_model_version_stage"
    SET_VERSION_TAG = "set_model_version_tag"
    DELETE_VERSION_TAG = "delete_model_version_tag"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who changes something, from where, and why.

    Attributes
    ----------
    user : str
        Name of the user.
    verified : bool
        Whether a server has authenticated the user; a name of the operating system is anybody's to choose.
    source_type : str
        ``NOTEBOOK``, ``JOB`` (continuous integration), ``COMMAND`` (the command line) or ``API``.
    source_name : str
        The notebook's path, the job's address, the command or the script.
    cell : str or None
        The notebook's cell.
    comment : str or None
        Why.
    """

    user: str
    verified: bool = False
    source_type: str = API
    source_name: str = ""
    cell: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is done to a registered model; `key` is a tag's or an alias's name.

    `before` and `after` are a stage, a version that an alias points at, a value, a description or a name.
    """

    action: str
    name: str
    version: str | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class RegistryEvent:
    """One event of the registry's history: a change and its provenance.

    `number` counts from 1 without gaps, `timestamp` is in ms UTC, `digest` is `digest_of` this event and the digest
    of the one before.
    """

    number: int
    timestamp: int
    action: str
    name: str
    version: str | None
    key: str | None
    before: str | None
    after: str | None
    run_id: str | None
    user: str
    verified: bool
    source_type: str
    source_name: str
    cell: str | None
    comment: str | None
    digest: str = ""


def digest_of(event: RegistryEvent, previous: str) -> str:
    """Return the SHA-256 over an event, without its own digest, and the digest of the event before, in hex digits."""
    parts = [getattr(event, name) for name in RegistryEvent.__slots__ if name != "digest"]
    # Whole numbers for the flag, as every database gives it back.
    parts = [int(part) if isinstance(part, bool) else part for part in parts]
    text = json.dumps([previous, *parts], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def head_of(event: RegistryEvent) -> str:
    """Return the head of a history that ends with this event."""
    return f"{event.number}:{event.digest}"


_WORDS = {
    Action.BEGIN: "the history begins",
    Action.CREATE_MODEL: "model created",
    Action.RENAME_MODEL: "renamed from {before}",
    Action.UPDATE_MODEL: "description changed",
    Action.DELETE_MODEL: "model deleted",
    Action.SET_MODEL_TAG: "tag {key} set to {after}",
    Action.DELETE_MODEL_TAG: "tag {key} removed",
    Action.SET_ALIAS: "alias {key} moved from {before} to version {version}",
    Action.DELETE_ALIAS: "alias {key} removed from version {before}",
    Action.CREATE_VERSION: "version {version} registered",
    Action.IMPORT_VERSION: "version {version} imported",
    Action.UPDATE_VERSION: "description of version {version} changed",
    Action.DELETE_VERSION: "version {version} deleted",
    Action.TRANSITION: "version {version} moved from {before} to {after}",
    Action.SET_VERSION_TAG: "tag {key} of version {version} set to {after}",
    Action.DELETE_VERSION_TAG: "tag {key} of version {version} removed",
}
_LONGEST = 60


def summary_of(event: RegistryEvent) -> str:
    """Return what an event says was done, in a few words."""
    values = {name: _short(getattr(event, name)) for name in ("key", "before", "after", "version")}
    if event.action == Action.SET_ALIAS and event.before is None:
        return f"alias {values['key']} set to version {values['version']}"
    return _WORDS.get(event.action, event.action).format(**values)


def origin_of(event: RegistryEvent) -> str:
    """Return from where an event came, in a few words: of a file on somebody's machine its name alone."""
    name = event.source_name
    if name.startswith(("/", "\\")) or name[1:3] == ":\\":
        name = name.replace("\\", "/").rpartition("/")[2]
    return f"{name}, cell {event.cell}" if event.cell else name


def _short(text: str | None) -> str:
    line = " ".join((text or "nothing").split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
