"""A registered model as a board: a column per stage, a card per version, and what has happened to it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from jupyter_tracker.entities import ModelVersion, Run
from jupyter_tracker.entities.registry import STAGES
from jupyter_tracker.entities.registry_event import RegistryEvent, origin_of, summary_of
from jupyter_tracker.errors import ResourceDoesNotExistError, TrackerError
from jupyter_tracker.search.writing import write_text
from jupyter_tracker.store.base import Store
from jupyter_tracker.views.common import cut
from jupyter_tracker.views.metric_goals import metric_goal
from jupyter_tracker.views.model_signature import signature_line
from jupyter_tracker.views.rounding import rounded

Stage: TypeAlias = Literal["None", "Staging", "Production", "Archived"]

CARDS: Final = 30
"""Versions that a column shows, the newest first."""
EVENTS: Final = 60
_MODELS: Final = 1000
_METRICS: Final = 8
_COLUMNS: Final = 6
_TAGS: Final = 100
_SYSTEM: Final = ("mlflow.", "jupyter_tracker.")
_READY: Final = "READY"


@dataclass(frozen=True)
class BoardMetric:
    """A metric of a version, and what it has more or less than the one in production."""

    key: str
    text: str
    delta: str | None
    is_better: bool | None
    """Whether the difference is good; null where nobody knows."""


@dataclass(frozen=True)
class BoardTag:
    """A tag of a version or of the model; a long value is cut."""

    key: str
    value: str


@dataclass(frozen=True)
class BoardMove:
    """A stage that a version could be moved to, or why not."""

    stage: Stage
    refusal: str | None
    """Why it cannot be moved there; null where it can."""


@dataclass(frozen=True)
class BoardCard:
    """One version."""

    version: str
    stage: Stage
    description: str
    aliases: list[str]
    tags: list[BoardTag]
    creation_time_ms: int
    run_id: str | None
    run_name: str | None
    """Null where the run is not in this store."""
    metrics: list[BoardMetric]
    metrics_total: int
    signature: str | None
    """What goes in and comes out, in one line."""
    source: str
    """The notebook or script that the run came from."""
    cell: str
    datasets: list[str]
    moves: list[BoardMove]


@dataclass(frozen=True)
class BoardColumn:
    """The versions in one stage, the highest first; `total` counts those that are not shown, too."""

    stage: Stage
    cards: list[BoardCard]
    total: int


@dataclass(frozen=True)
class BoardEvent:
    """Something that has happened to the model."""

    number: int
    timestamp_ms: int
    text: str
    user: str
    verified: bool
    origin: str
    comment: str


@dataclass(frozen=True)
class RegistryBoardView:
    """A registered model; `model` is null where there is none yet."""

    store_id: str
    models: list[str]
    model: str | None
    description: str
    tags: list[BoardTag]
    columns: list[BoardColumn]
    incumbent: str | None
    """The version in production that the others are measured against."""
    events: list[BoardEvent]
    """The newest first."""
    events_total: int
    head: str


class BoardReads:
    """What a board reads for each of its cards, of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def run(self, run_id: str) -> Run | None:
        """Return a run, None where it is not in the store."""
        try:
            return self.store.get_run(run_id)
        except ResourceDoesNotExistError:
            return None

    def location(self, version: ModelVersion) -> str:
        """Return where a version's files are."""
        return self.store.get_model_version_download_uri(version.name, version.version)


def registered_names(store: Store) -> list[str]:
    """Return the names of the registered models, sorted."""
    return sorted(model.name for model in store.search_registered_models(max_results=_MODELS))


def registry_board_view(
    store: Store,
    model: str | None,
    events: Sequence[RegistryEvent] = (),
    head: str = "",
    reads: BoardReads | None = None,
) -> RegistryBoardView:
    """Return a registered model as a board.

    Parameters
    ----------
    store : Store
        The registry.
    model : str or None
        Its name; the one that was changed last for None.
    events : sequence of RegistryEvent
        Its history, the oldest first.
    head : str
        The head of the registry's history; empty where the store keeps none.
    reads : BoardReads, optional
        How runs and places of files are read; each time from the store where left out.

    Raises
    ------
    ResourceDoesNotExistError
        There is no such model.
    """
    reads = reads or BoardReads(store)
    name = model or newest_model(store)
    registered = None if name is None else store.get_registered_model(name)
    found = [] if registered is None else _versions(store, registered.name)
    shown = _shown(found)
    # The runs of what is shown: a live board asks again and again, and old versions are many.
    runs = {run_id: reads.run(run_id) for run_id in {version.run_id for version in shown} if run_id}
    # The newest in production is always among them.
    incumbent = next((version for version in found if version.current_stage == "Production"), None)
    base = runs.get(incumbent.run_id or "") if incumbent is not None else None
    cards = [_card(reads, version, runs.get(version.run_id or ""), base) for version in shown]
    return RegistryBoardView(
        store_id=store.store_id,
        models=registered_names(store),
        model=name,
        description="" if registered is None else cut(registered.description or ""),
        tags=[] if registered is None else _tags(registered.tags),
        columns=[_column(stage, found, cards) for stage in _STAGE.values()],
        incumbent=None if incumbent is None else incumbent.version,
        events=[_event(event) for event in reversed(events[-EVENTS:])],
        events_total=len(events),
        head=head,
    )


def newest_model(store: Store) -> str | None:
    """Return the name of the registered model that was changed last, None where there is none."""
    newest = store.search_registered_models(max_results=1, order_by=["last_updated_timestamp DESC"])
    return newest[0].name if newest else None


def refusal_of(version: ModelVersion, stage: str) -> str | None:
    """Return why a version cannot be moved to a stage, None where it can."""
    if version.current_stage == stage:
        return "It is there already."
    if version.status != _READY:
        return f"Its status is {version.status}: only {_READY} versions can be moved."
    return None


def _versions(store: Store, name: str) -> list[ModelVersion]:
    found = store.search_model_versions(f"name = {write_text(name)}")
    return sorted(found, key=lambda version: int(version.version), reverse=True)


def _shown(versions: Sequence[ModelVersion]) -> list[ModelVersion]:
    shown = []
    for stage in STAGES:
        shown += [version for version in versions if version.current_stage == stage][:CARDS]
    return shown


def _column(stage: Stage, versions: Sequence[ModelVersion], cards: Sequence[BoardCard]) -> BoardColumn:
    total = sum(version.current_stage == stage for version in versions)
    return BoardColumn(stage, [card for card in cards if card.stage == stage], total)


def _card(reads: BoardReads, version: ModelVersion, run: Run | None, base: Run | None) -> BoardCard:
    tags = {} if run is None else run.data.tags
    metrics = {} if run is None else run.data.metrics
    compared = {} if base is None or (run is not None and run.info.run_id == base.info.run_id) else base.data.metrics
    # What both have comes first: that is what somebody compares.
    keys = sorted(metrics, key=lambda key: (key not in compared, key))
    stage: Stage = _STAGE[version.current_stage]
    inputs = [] if run is None else run.inputs.dataset_inputs
    return BoardCard(
        version=version.version,
        stage=stage,
        description=cut(version.description or ""),
        aliases=version.aliases,
        tags=_tags(version.tags),
        creation_time_ms=version.creation_timestamp,
        run_id=version.run_id,
        run_name=None if run is None else run.info.run_name,
        metrics=[_metric(key, metrics[key], compared.get(key)) for key in keys[:_METRICS]],
        metrics_total=len(metrics),
        signature=_signature(reads, version),
        source=cut(tags.get("mlflow.source.name", "")),
        cell=tags.get("jupyter_tracker.cell.id", ""),
        datasets=[cut(one.dataset.name) for one in inputs[:_COLUMNS]],
        moves=[BoardMove(_STAGE[stage], refusal_of(version, stage)) for stage in STAGES],
    )


_STAGE: Final[dict[str, Stage]] = {
    "None": "None", "Staging": "Staging", "Production": "Production", "Archived": "Archived",
}  # fmt: skip


def _tags(tags: Mapping[str, str]) -> list[BoardTag]:
    shown = sorted((key, value) for key, value in tags.items() if not key.startswith(_SYSTEM))
    return [BoardTag(key, cut(value)) for key, value in shown[:_TAGS]]


def _metric(key: str, value: float, base: float | None) -> BoardMetric:
    if base is None or not math.isfinite(value - base):
        return BoardMetric(key, rounded(value), None, None)
    difference = value - base
    goal = metric_goal(key)
    is_better = None if goal == "none" or not difference else (difference > 0) == (goal == "max")
    delta = f"{'+' if difference > 0 else ''}{rounded(difference)}" if difference else "="
    return BoardMetric(key, rounded(value), delta, is_better)


def _signature(reads: BoardReads, version: ModelVersion) -> str | None:
    try:
        return signature_line(reads.location(version))
    except TrackerError:
        return None


def _event(event: RegistryEvent) -> BoardEvent:
    return BoardEvent(
        number=event.number,
        timestamp_ms=event.timestamp,
        text=cut(summary_of(event)),
        user=event.user,
        verified=event.verified,
        origin=cut(origin_of(event)),
        comment=cut(event.comment or ""),
    )
