"""Registered models and their versions on a server."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from jupyter_tracker.entities import ModelVersion, PagedList, RegisteredModel, limits
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.search import fields as fields_of
from jupyter_tracker.store.rest.answers import OF_MODEL
from jupyter_tracker.store.rest.asking import asked
from jupyter_tracker.store.rest.ours import RestOurs
from jupyter_tracker.wire.logged import entries_to_json

_OF_RUN = re.compile(r"runs:/([0-9a-f]{32})/(.+)", re.DOTALL)


class RestRegistry(RestOurs):
    """What the contract says of the registry, as far as MLflow's protocol has words for it."""

    def create_registered_model(
        self, name: str, tags: Mapping[str, str] | None = None, description: str | None = None
    ) -> RegisteredModel:
        """Create a registered model without versions."""
        limits.check_model_name(name)
        fields = {"name": name, "tags": entries_to_json(tags or {}), "description": description}
        return self._registered(self._change("POST", "registered-models/create", fields, repeatable=False))

    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a registered model with the latest version of each stage."""
        return self._registered(self._ask("GET", "registered-models/get", {"name": name}))

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Return the registered models that match, by name."""
        limits.check_max_results(max_results, 1000)

        def page(fields: Mapping[str, Any]) -> PagedList[RegisteredModel]:
            answer = self._ask("GET", "registered-models/search", fields)
            return self._page(answer, "registered_models", self._of_registered)

        search = asked(fields_of.REGISTERED_MODELS, filter_string, order_by)
        return self._searched(search, page, max_results, page_token)

    def update_registered_model(self, name: str, description: str | None) -> RegisteredModel:
        """Change the description."""
        fields = {"name": name, "description": description}
        return self._registered(self._change("PATCH", "registered-models/update", fields))

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Rename a registered model with all its versions."""
        limits.check_model_name(new_name)
        fields = {"name": name, "new_name": new_name}
        return self._registered(self._change("POST", "registered-models/rename", fields, repeatable=False))

    def delete_registered_model(self, name: str) -> None:
        """Delete a registered model and all its versions for good."""
        self._change("DELETE", "registered-models/delete", {"name": name}, repeatable=False)

    def set_registered_model_tag(self, name: str, key: str, value: str) -> None:
        """Set a label."""
        self._change("POST", "registered-models/set-tag", {"name": name, "key": key, "value": value})

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a label; no error where there is none, as in MLflow."""
        self._change("DELETE", "registered-models/delete-tag", {"name": name, "key": key})

    def get_latest_versions(self, name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
        """Return the highest version of each of these stages, or of every stage."""
        fields = {"name": name, "stages": list(stages) if stages else None}
        answer = self._ask("POST", "registered-models/get-latest-versions", fields)
        return [self._of_version(version) for version in answer.objects("model_versions")]

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias at a version, moving it where it pointed elsewhere."""
        limits.check_alias(alias)
        self._change("POST", "registered-models/alias", {"name": name, "alias": alias, "version": number_of(version)})

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias; no error where there is none."""
        self._change("DELETE", "registered-models/alias", {"name": name, "alias": alias})

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Return the version that an alias points at; InvalidParameterError where there is no such alias."""
        return self._version(self._ask("GET", "registered-models/alias", {"name": name, "alias": alias}))

    # versions ------------------------------------------------------------------------------------

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
        # MLflow's server wants to be told what the source says.
        named = OF_MODEL.fullmatch(source or "")
        model_id = named[1] if model_id is None and named is not None else model_id
        fields = {
            "name": name,
            "source": self._shown(source),
            "run_id": run_id,
            "tags": entries_to_json(tags or {}),
            "run_link": run_link,
            "description": description,
            "model_id": model_id,
        }
        return self._version(self._change("POST", "model-versions/create", fields, repeatable=False))

    def get_model_version(self, name: str, version: str) -> ModelVersion:
        """Return one version."""
        return self._version(self._ask("GET", "model-versions/get", {"name": name, "version": number_of(version)}))

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Return the versions that match."""
        limits.check_max_results(max_results, 200_000)

        def page(fields: Mapping[str, Any]) -> PagedList[ModelVersion]:
            return self._page(self._ask("GET", "model-versions/search", fields), "model_versions", self._of_version)

        search = asked(fields_of.MODEL_VERSIONS, filter_string, order_by)
        return self._searched(search, page, max_results, page_token)

    def update_model_version(self, name: str, version: str, description: str | None) -> ModelVersion:
        """Change the description."""
        fields = {"name": name, "version": number_of(version), "description": description}
        return self._version(self._change("PATCH", "model-versions/update", fields))

    def delete_model_version(self, name: str, version: str) -> None:
        """Delete a version for good; its number is not used again while later ones exist."""
        self._change("DELETE", "model-versions/delete", {"name": name, "version": number_of(version)}, repeatable=False)

    def get_model_version_download_uri(self, name: str, version: str) -> str:
        """Return where the files of a version are."""
        fields = {"name": name, "version": number_of(version)}
        return self._files_at(self._ask("GET", "model-versions/get-download-uri", fields).text("artifact_uri"))

    def _files_at(self, uri: str) -> str:
        """Return where files are; MLflow's server may say only whose they are."""
        of_model, of_run = OF_MODEL.fullmatch(uri), _OF_RUN.fullmatch(uri)
        with suppress(ResourceDoesNotExistError):
            if of_model is not None:
                return self._model(self._ask("GET", f"logged-models/{of_model[1]}", {})).artifact_location
            if of_run is not None:
                return f"{self.get_run(of_run[1]).info.artifact_uri}/{of_run[2]}"
        return self._real(uri)

    def set_model_version_tag(self, name: str, version: str, key: str, value: str) -> None:
        """Set a label."""
        fields = {"name": name, "version": number_of(version), "key": key, "value": value}
        self._change("POST", "model-versions/set-tag", fields)

    def delete_model_version_tag(self, name: str, version: str, key: str) -> None:
        """Remove a label; no error where there is none."""
        self._change("DELETE", "model-versions/delete-tag", {"name": name, "version": number_of(version), "key": key})


def number_of(version: object) -> str:
    """Return a version's number as text; InvalidParameterError where it is none."""
    text = str(version)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidParameterError(f"Model version must be an integer, but {text[:60]!r} was given.")
    return text
