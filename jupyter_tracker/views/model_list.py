"""The registered models of a store, in short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tracker.entities import RegisteredModel
from jupyter_tracker.store.base import Store

MODELS: Final = 200


@dataclass(frozen=True)
class ModelEntry:
    """A registered model: the highest version in production, in staging, and of all; null where there is none."""

    name: str
    production: str | None
    staging: str | None
    latest: str | None


@dataclass(frozen=True)
class ModelListView:
    """The registered models that were changed last, those first."""

    store_id: str
    models: list[ModelEntry]


def model_list_view(store: Store) -> ModelListView:
    """Return the registered models of a store."""
    found = store.search_registered_models(max_results=MODELS, order_by=["last_updated_timestamp DESC"])
    return ModelListView(store.store_id, [_entry(model) for model in found])


def _entry(model: RegisteredModel) -> ModelEntry:
    by_stage = {version.current_stage: version.version for version in model.latest_versions}
    latest = max(by_stage.values(), key=int, default=None)
    return ModelEntry(model.name, by_stage.get("Production"), by_stage.get("Staging"), latest)
