"""The model registry: registered models, their versions, stages, aliases and labels."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tracker.entities import ModelVersion, PagedList, RegisteredModel
from jupyter_tracker.errors import InvalidParameterError, ResourceAlreadyExistsError
from jupyter_tracker.store.acting import acting
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.tracking.operations.base import StoreClient
from jupyter_tracker.views.model_versions import version_of_uri


class RegistryOperations(StoreClient):
    """What the client does with registered models. A version may be given as a number or as text."""

    # registered models ---------------------------------------------------------------------------

    def create_registered_model(
        self, name: str, tags: Mapping[str, Any] | None = None, description: str | None = None
    ) -> RegisteredModel:
        """Create a registered model without versions; ResourceAlreadyExistsError where the name is taken."""
        return self._writes.create_registered_model(name, _texts(tags), description)

    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a registered model with the latest version of each stage."""
        return self._reads.get_registered_model(name)

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Return one page of the registered models that match, by name."""
        return self._reads.search_registered_models(filter_string, max_results, order_by, page_token)

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Rename a registered model with all its versions."""
        return self._writes.rename_registered_model(name, new_name)

    def update_registered_model(self, name: str, description: str | None = None) -> RegisteredModel:
        """Change the description."""
        return self._writes.update_registered_model(name, description)

    def delete_registered_model(self, name: str) -> None:
        """Delete a registered model and all its versions for good."""
        self._writes.delete_registered_model(name)

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        """Set a label of a registered model."""
        self._writes.set_registered_model_tag(name, key, str(value))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a label of a registered model; no error where there is none."""
        self._writes.delete_registered_model_tag(name, key)

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Point an alias at a version, moving it where it pointed elsewhere."""
        self._writes.set_registered_model_alias(name, alias, str(version))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias; no error where there is none."""
        self._writes.delete_registered_model_alias(name, alias)

    # versions ------------------------------------------------------------------------------------

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int | None = None,  # noqa: ARG002 - the version is ready when this returns
        model_id: str | None = None,
    ) -> ModelVersion:
        """Create the next version of a registered model, made from the files at `source`, and return it."""
        return self._writes.create_model_version(name, source, run_id, _texts(tags), run_link, description, model_id)

    def copy_model_version(self, src_model_uri: str, dst_name: str) -> ModelVersion:
        """Make a version the next version of another registered model, created at need, and return the new one.

        Parameters
        ----------
        src_model_uri : str
            ``models:/name/version``, ``models:/name/stage``, ``models:/name/latest`` or ``models:/name@alias``.
        dst_name : str
            The registered model that gets the copy. It points at the same files.
        """
        source = version_of_uri(self._reads, src_model_uri)
        with contextlib.suppress(ResourceAlreadyExistsError):
            self._writes.create_registered_model(dst_name)
        return self._writes.create_model_version(
            dst_name,
            f"models:/{source.name}/{source.version}",
            source.run_id,
            source.tags,
            source.run_link,
            source.description,
            source.model_id,
        )

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        """Return one version."""
        return self._reads.get_model_version(name, str(version))

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Return the version that an alias points at; InvalidParameterError where there is no such alias."""
        return self._reads.get_model_version_by_alias(name, alias)

    def get_latest_versions(self, name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
        """Return the highest version in each of these stages, or in every stage."""
        return self._reads.get_latest_versions(name, stages)

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """Return where the files of a version are."""
        return self._reads.get_model_version_download_uri(name, str(version))

    def get_model_version_stages(self, name: str, version: str | int) -> list[str]:
        """Return the stages that a version may be in."""
        from jupyter_tracker.entities.registry import STAGES

        self.get_model_version(name, version)
        return list(STAGES)

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Return one page of the versions that match."""
        check_words("MODEL_VERSIONS", filter_string, page_token)
        return self._reads.search_model_versions(filter_string, max_results, order_by, page_token)

    def update_model_version(self, name: str, version: str | int, description: str | None = None) -> ModelVersion:
        """Change the description."""
        return self._writes.update_model_version(name, str(version), description)

    def transition_model_version_stage(
        self,
        name: str,
        version: str | int,
        stage: str,
        archive_existing_versions: bool = False,
        *,
        comment: str | None = None,
    ) -> ModelVersion:
        """Move a version to a stage, and archive the others in it where asked; return it. `comment` says why."""
        with acting(comment=comment):
            return self._writes.transition_model_version_stage(
                name, str(version), stage, archive_existing_versions=archive_existing_versions
            )

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Delete a version for good."""
        self._writes.delete_model_version(name, str(version))

    def set_model_version_tag(
        self, name: str, version: str | int | None = None, key: str | None = None, value: Any = None,
        stage: str | None = None,
    ) -> None:  # fmt: skip
        """Set a label of a version, or of the latest version of a stage."""
        self._writes.set_model_version_tag(name, self._version(name, version, stage), _key(key), str(value))

    def delete_model_version_tag(
        self, name: str, version: str | int | None = None, key: str | None = None, stage: str | None = None
    ) -> None:
        """Remove a label of a version, or of the latest version of a stage; no error where there is none."""
        self._writes.delete_model_version_tag(name, self._version(name, version, stage), _key(key))

    def _version(self, name: str, version: str | int | None, stage: str | None) -> str:
        if (version is None) == (stage is None):
            raise InvalidParameterError("Give either a version or a stage.")
        if version is not None:
            return str(version)
        found = self.get_latest_versions(name, [str(stage)])
        if not found:
            raise InvalidParameterError(f"Registered model {name!r} has no version in stage {stage!r}.")
        return found[0].version


def _texts(mapping: Mapping[str, Any] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (mapping or {}).items()}


def _key(key: str | None) -> str:
    if key is None:
        raise InvalidParameterError("Missing value for required parameter 'key'.")
    return key
