"""Every field that a search may name: one table per noun.

To add a field: a row here, and one in `store/sql/filters.py`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TEXT = "text"
NUMBER = "number"

# Entities whose values are text, and those whose values are numbers.
_KIND = {"metric": NUMBER, "param": TEXT, "tag": TEXT}

DATASET_KEYS = ("name", "digest", "context")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field of the noun itself; `aliases` are other spellings of it."""

    name: str
    kind: str = TEXT
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scope:
    """What one kind of search may name.

    `entities` maps every spelling of a prefix (``metrics``, ``metric``) to its entity.
    """

    noun: str
    attributes: Mapping[str, Attribute]
    entities: Mapping[str, str]

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute of this name or alias, or None."""
        return self.attributes.get(name)

    def kind(self, entity: str, key: str) -> str:
        """Return whether a field holds ``text`` or a ``number``."""
        if entity == "attribute":
            return self.attributes[key].kind
        return _KIND.get(entity, TEXT)

    def names(self) -> list[str]:
        """Return the attributes' own names, for messages."""
        return sorted({attribute.name for attribute in self.attributes.values()})


_ATTRIBUTES = {"attribute": "attribute", "attributes": "attribute", "attr": "attribute"}
_METRICS = {"metric": "metric", "metrics": "metric"}
_PARAMS = {"param": "param", "params": "param", "parameter": "param", "parameters": "param"}
_TAGS = {"tag": "tag", "tags": "tag"}
_DATASETS = {"dataset": "dataset", "datasets": "dataset"}


def _scope(noun: str, attributes: tuple[Attribute, ...], *entities: Mapping[str, str]) -> Scope:
    by_name = {name: attribute for attribute in attributes for name in (attribute.name, *attribute.aliases)}
    return Scope(noun, by_name, {spelling: entity for group in entities for spelling, entity in group.items()})


RUNS = _scope(
    "run",
    (
        Attribute("run_id"),
        Attribute("run_name", aliases=("run name", "Run name", "Run Name")),
        Attribute("status", aliases=("Status",)),
        Attribute("user_id", aliases=("user", "User")),
        Attribute("artifact_uri"),
        Attribute("experiment_id"),
        Attribute("lifecycle_stage"),
        Attribute("start_time", NUMBER, aliases=("created", "Created")),
        Attribute("end_time", NUMBER),
        Attribute("duration", NUMBER),
    ),
    _ATTRIBUTES,
    {"run": "attribute"},
    _METRICS,
    _PARAMS,
    _TAGS,
    _DATASETS,
)

EXPERIMENTS = _scope(
    "experiment",
    (
        Attribute("experiment_id"),
        Attribute("name"),
        Attribute("lifecycle_stage"),
        Attribute("creation_time", NUMBER),
        Attribute("last_update_time", NUMBER),
    ),
    _ATTRIBUTES,
    _TAGS,
)

REGISTERED_MODELS = _scope(
    "registered model",
    (
        Attribute("name"),
        Attribute("creation_timestamp", NUMBER),
        Attribute("last_updated_timestamp", NUMBER, aliases=("timestamp",)),
    ),
    _ATTRIBUTES,
    _TAGS,
)

MODEL_VERSIONS = _scope(
    "model version",
    (
        Attribute("name"),
        Attribute("version_number", NUMBER, aliases=("version",)),
        Attribute("run_id"),
        Attribute("source_path", aliases=("source",)),
        Attribute("current_stage", aliases=("stage",)),
        Attribute("creation_timestamp", NUMBER),
        Attribute("last_updated_timestamp", NUMBER, aliases=("timestamp",)),
    ),
    _ATTRIBUTES,
    _TAGS,
)

LOGGED_MODELS = _scope(
    "logged model",
    (
        Attribute("name"),
        Attribute("model_id"),
        Attribute("model_type"),
        Attribute("status"),
        Attribute("source_run_id"),
        Attribute("experiment_id"),
        Attribute("creation_timestamp", NUMBER, aliases=("creation_time",)),
        Attribute("last_updated_timestamp", NUMBER, aliases=("last_updated_time",)),
    ),
    _ATTRIBUTES,
    _METRICS,
    _PARAMS,
    _TAGS,
)

SCOPES = (RUNS, EXPERIMENTS, REGISTERED_MODELS, MODEL_VERSIONS, LOGGED_MODELS)
