"""The store contract, fourth part: registered models, their versions, and the history of both.

The rules of `store.base` hold here too. Whatever changes the registry appends an event to its history, in the same
transaction: who, from where and why say `store.acting`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_tracker.errors import ResourceConflictError

if TYPE_CHECKING:
    from jupyter_tracker.entities import ModelVersion, PagedList, RegisteredModel
    from jupyter_tracker.entities.registry_event import RegistryEvent


@dataclass(frozen=True)
class Candidate:
    """A model on its way into a stage: a version of it that is there is taken, else one is made.

    `source`, `run_id` and `model_id` are those of `create_model_version`; `tags` are for a version that is made.
    """

    source: str
    run_id: str | None = None
    model_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def is_candidate(version: ModelVersion, candidate: Candidate) -> bool:
    """Tell whether a version is of the candidate's very files."""
    if candidate.model_id is not None and version.model_id is not None:
        return version.model_id == candidate.model_id
    return version.source == candidate.source


@dataclass(frozen=True)
class Seen:
    """What somebody has seen before they decided on a move, which is made only if it is still so.

    Attributes
    ----------
    stage : str or None
        The version's stage; None: whichever it is.
    others : sequence of str or None
        The other versions in the stage that it goes to; None: whichever there are.
    """

    stage: str | None = None
    others: Sequence[str] | None = None


def check_seen(version: ModelVersion, stage: str, versions: Sequence[ModelVersion], seen: Seen) -> None:
    """Raise ResourceConflictError where a version, or who is in the stage that it goes to, is not as it was `seen`."""
    if seen.stage is not None and version.current_stage != seen.stage:
        now = version.current_stage
        raise ResourceConflictError(
            f"{version.name}: version {version.version} is in stage {now} by now, and not {seen.stage}."
        )
    if seen.others is not None:
        others = [other for other in versions if other.version != version.version]
        check_expected(version.name, stage, others, seen.others)


def check_expected(name: str, stage: str, versions: Sequence[ModelVersion], expected: Sequence[str]) -> None:
    """Raise ResourceConflictError where others of a model's versions are in a stage than `expected`."""
    there = [version.version for version in versions if version.current_stage == stage]
    if sorted(there) != sorted(expected):
        now, before = ", ".join(there) or "none", ", ".join(expected) or "none"
        raise ResourceConflictError(f"{name}: in stage {stage} is version {now} by now, and not {before}.")


class Registry(ABC):
    """What a store does with registered models."""

    @abstractmethod
    def create_registered_model(
        self, name: str, tags: Mapping[str, str] | None = None, description: str | None = None
    ) -> RegisteredModel:
        """Create a registered model without versions."""

    @abstractmethod
    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a registered model with the latest version of each stage."""

    @abstractmethod
    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Return the registered models that match, by name."""

    @abstractmethod
    def update_registered_model(self, name: str, description: str | None) -> RegisteredModel:
        """Change the description."""

    @abstractmethod
    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Rename a registered model with all its versions."""

    @abstractmethod
    def delete_registered_model(self, name: str) -> None:
        """Delete a registered model and all its versions for good."""

    @abstractmethod
    def set_registered_model_tag(self, name: str, key: str, value: str) -> None:
        """Set a label."""

    @abstractmethod
    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a label; no error where there is none, as in MLflow."""

    @abstractmethod
    def get_latest_versions(self, name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
        """Return the highest version of each of these stages, or of every stage."""

    @abstractmethod
    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Create the next version of a registered model. Two at the same moment get two numbers."""

    @abstractmethod
    def get_model_version(self, name: str, version: str) -> ModelVersion:
        """Return one version."""

    @abstractmethod
    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Return the versions that match."""

    @abstractmethod
    def update_model_version(self, name: str, version: str, description: str | None) -> ModelVersion:
        """Change the description."""

    @abstractmethod
    def transition_model_version_stage(
        self,
        name: str,
        version: str,
        stage: str,
        *,
        archive_existing_versions: bool = False,
        seen: Seen | None = None,
    ) -> ModelVersion:
        """Move a version to a stage, and in the same transaction archive the others in it where asked.

        `ResourceConflictError` where it is not as it was `seen`, which is looked up in that transaction, too.
        """

    @abstractmethod
    def delete_model_version(self, name: str, version: str) -> None:
        """Delete a version for good; its number is not used again while later ones exist."""

    @abstractmethod
    def get_model_version_download_uri(self, name: str, version: str) -> str:
        """Return where the files of a version are."""

    @abstractmethod
    def set_model_version_tag(self, name: str, version: str, key: str, value: str) -> None:
        """Set a label."""

    @abstractmethod
    def delete_model_version_tag(self, name: str, version: str, key: str) -> None:
        """Remove a label; no error where there is none."""

    @abstractmethod
    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias at a version, moving it where it pointed elsewhere."""

    @abstractmethod
    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias; no error where there is none."""

    @abstractmethod
    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Return the version that an alias points at; InvalidParameterError where there is no such alias."""

    # moving on, and what has happened --------------------------------------------------------------

    @abstractmethod
    def promote_candidate(self, name: str, candidate: Candidate, stage: str, expected: Sequence[str]) -> ModelVersion:
        """Move a candidate to a stage and archive who is in it, in one transaction; return its version.

        The registered model is created at need. `expected` are the versions that the caller has seen in the stage:
        `ResourceConflictError` where others are there by now, and nothing has changed.
        """

    @abstractmethod
    def registry_events(
        self, name: str | None = None, after: int = 0, max_results: int = 10_000
    ) -> list[RegistryEvent]:
        """Return events in their order, from number `after` + 1 on: all, or those that name a model.

        An event names a model by the name that it had then; a renaming names both.
        """

    @abstractmethod
    def registry_head(self) -> str:
        """Return how many events there are and the digest of the last one: ``<count>:<64 hex digits>``."""
