"""Registered models and their versions as MLflow's REST 2.0 has them."""

from __future__ import annotations

from typing import Any

from jupyter_tracker.entities import ModelVersion, RegisteredModel
from jupyter_tracker.wire.logged import entries_from_json, entries_to_json, without_empty
from jupyter_tracker.wire.reading import Fields

_VERSION_TEXTS = (
    "description",
    "user_id",
    "current_stage",
    "source",
    "run_id",
    "status",
    "status_message",
    "run_link",
    "model_id",
)


def model_version_to_json(version: ModelVersion) -> dict[str, Any]:
    """Return a model version; its number is a text."""
    return without_empty(
        {
            "name": version.name,
            "version": version.version,
            "creation_timestamp": version.creation_timestamp,
            "last_updated_timestamp": version.last_updated_timestamp,
            **{name: getattr(version, name) for name in _VERSION_TEXTS},
            "tags": entries_to_json(version.tags),
            "aliases": list(version.aliases),
        }
    )


def model_version_from_json(fields: Fields) -> ModelVersion:
    """Return the model version that an object holds."""
    texts = {name: fields.optional(name) for name in _VERSION_TEXTS}
    return ModelVersion(
        name=fields.text("name"),
        version=str(fields.integer("version")),
        creation_timestamp=fields.integer("creation_timestamp", 0),
        last_updated_timestamp=fields.integer("last_updated_timestamp", 0) or None,
        **{
            **texts,
            "current_stage": texts["current_stage"] or "None",
            "status": texts["status"] or "READY",
        },  # type: ignore[arg-type]
        tags=entries_from_json(fields.objects("tags")),
        aliases=fields.texts("aliases"),
    )


def registered_model_to_json(model: RegisteredModel) -> dict[str, Any]:
    """Return a registered model."""
    return without_empty(
        {
            "name": model.name,
            "creation_timestamp": model.creation_timestamp,
            "last_updated_timestamp": model.last_updated_timestamp,
            "description": model.description,
            "latest_versions": [model_version_to_json(version) for version in model.latest_versions],
            "tags": entries_to_json(model.tags),
            "aliases": [{"alias": alias, "version": version} for alias, version in model.aliases.items()],
        }
    )


def registered_model_from_json(fields: Fields) -> RegisteredModel:
    """Return the registered model that an object holds."""
    return RegisteredModel(
        name=fields.text("name"),
        creation_timestamp=fields.integer("creation_timestamp", 0) or None,
        last_updated_timestamp=fields.integer("last_updated_timestamp", 0) or None,
        description=fields.optional("description"),
        latest_versions=[model_version_from_json(version) for version in fields.objects("latest_versions")],
        tags=entries_from_json(fields.objects("tags")),
        aliases={item.text("alias"): str(item.integer("version")) for item in fields.objects("aliases")},
    )
