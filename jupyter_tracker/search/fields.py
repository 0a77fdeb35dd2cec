"""Every field that a search may name: one table per noun. The tables of `docs/search.md` are made from these.

To add a field: a row here, and one in `store/sql/places.py`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_tracker.entities.experiment import LifecycleStage
from jupyter_tracker.entities.registry import LOGGED_MODEL_STATUSES, STAGES
from jupyter_tracker.entities.run import RUN_STATUSES

TEXT = "text"
NUMBER = "number"
TIME = "time"  # ms UTC; a filter may also write a date, or `now - 7d`
DURATION = "duration"  # ms; a filter may also write `2h`
LABEL = "label"  # text that may look like a number: params and tags

# What the values of an entity are.
_KIND = {"metric": NUMBER, "param": LABEL, "tag": LABEL}

DATASET_KEYS = ("name", "digest", "context")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field of the noun itself.

    `aliases` are other spellings of it; `values` the only ones that it can have, which say what it is `about`.
    """

    name: str
    kind: str = TEXT
    aliases: tuple[str, ...] = ()
    about: str = ""
    values: tuple[str, ...] = ()


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
        """Return what a field holds: ``text``, ``number``, ``time``, ``duration`` or ``label``."""
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


_STATUS = Attribute("status", aliases=("Status",), values=tuple(sorted(RUN_STATUSES)))
_LIFECYCLE_STAGE = Attribute("lifecycle_stage", values=(LifecycleStage.ACTIVE, LifecycleStage.DELETED))

RUNS = _scope(
    "run",
    (
        Attribute("run_id", about="32 hex digits"),
        Attribute("run_name", aliases=("run name", "Run name", "Run Name"), about="the name"),
        _STATUS,
        Attribute("user_id", aliases=("user", "User"), about="who started it"),
        Attribute("artifact_uri", about="where its files are"),
        Attribute("experiment_id", about="the experiment it belongs to"),
        _LIFECYCLE_STAGE,
        Attribute("start_time", TIME, aliases=("created", "Created"), about="when it began"),
        Attribute("end_time", TIME, about="when it ended; missing while it runs"),
        Attribute("duration", DURATION, about="`end_time` less `start_time`; missing while it runs"),
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
        Attribute("experiment_id", about="its number, as text"),
        Attribute("name", about="the name"),
        _LIFECYCLE_STAGE,
        Attribute("creation_time", TIME, about="when it was made"),
        Attribute("last_update_time", TIME, about="when it was last changed"),
    ),
    _ATTRIBUTES,
    _TAGS,
)

REGISTERED_MODELS = _scope(
    "registered model",
    (
        Attribute("name", about="the name"),
        Attribute("creation_timestamp", TIME, about="when it was made"),
        Attribute("last_updated_timestamp", TIME, aliases=("timestamp",), about="when it was last changed"),
    ),
    _ATTRIBUTES,
    _TAGS,
)

MODEL_VERSIONS = _scope(
    "model version",
    (
        Attribute("name", about="name of the registered model"),
        Attribute("version_number", NUMBER, aliases=("version",), about="1, 2, 3, …"),
        Attribute("run_id", about="the run it came from"),
        Attribute("source_path", aliases=("source",), about="the source as it was given"),
        Attribute("current_stage", aliases=("stage",), values=STAGES),
        Attribute("creation_timestamp", TIME, about="when it was made"),
        Attribute("last_updated_timestamp", TIME, aliases=("timestamp",), about="when it was last changed"),
    ),
    _ATTRIBUTES,
    _TAGS,
)

LOGGED_MODELS = _scope(
    "logged model",
    (
        Attribute("name", about="the name"),
        Attribute("model_id", about="`m-` and 32 hex digits"),
        Attribute("model_type", about="as it was given"),
        Attribute("status", values=LOGGED_MODEL_STATUSES),
        Attribute("source_run_id", about="the run that made it"),
        Attribute("experiment_id", about="the experiment it belongs to"),
        _LIFECYCLE_STAGE,
        Attribute("creation_timestamp", TIME, aliases=("creation_time",), about="when it was made"),
        Attribute("last_updated_timestamp", TIME, aliases=("last_updated_time",), about="when it was last changed"),
    ),
    _ATTRIBUTES,
    _METRICS,
    _PARAMS,
    _TAGS,
)

SCOPES = (RUNS, EXPERIMENTS, REGISTERED_MODELS, MODEL_VERSIONS, LOGGED_MODELS)
