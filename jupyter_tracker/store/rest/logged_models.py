"""Logged models on a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tracker.entities import LoggedModel, LoggedModelStatus, PagedList, limits
from jupyter_tracker.errors import InvalidParameterError, TrackerError
from jupyter_tracker.search import fields as fields_of
from jupyter_tracker.store.rest.asking import asked, asked_models_order
from jupyter_tracker.store.rest.path import REFUSED, RestPath
from jupyter_tracker.wire.logged import entries_to_json
from jupyter_tracker.wire.logged_models import status_to_json


class RestLoggedModels(RestPath):
    """What the contract says of logged models."""

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Create a PENDING logged model under a new id."""
        if name is not None:
            limits.check_logged_model_name(name)
        limits.check_entries(tags or {}, "Tag", limits.MAX_TAG_VALUE)
        limits.check_entries(params or {}, "Param", limits.MAX_PARAM_VALUE)
        fields = {
            "experiment_id": str(experiment_id),
            "name": name,
            "source_run_id": source_run_id,
            "model_type": model_type,
            "tags": entries_to_json(tags or {}),
            "params": entries_to_json(params or {}),
        }
        return self._model(self._ask("POST", "logged-models", fields, repeatable=False))

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model."""
        return self._model(self._ask("GET", _path(model_id), {}))

    def finalize_logged_model(self, model_id: str, status: str, status_message: str | None = None) -> LoggedModel:
        """Set its status to READY or FAILED and return it."""
        if status not in {LoggedModelStatus.READY, LoggedModelStatus.FAILED}:
            raise InvalidParameterError(f"Invalid model status {status!r}: READY or FAILED is expected.")
        fields = {"model_id": model_id, "status": status_to_json(status), "status_message": status_message}
        return self._model(self._ask("PATCH", _path(model_id), fields))

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[Mapping[str, object]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Return those that match; `order_by` has MLflow's dictionaries."""
        fields = {"experiment_ids": [str(experiment_id) for experiment_id in experiment_ids]}
        limits.check_max_results(max_results)
        search = asked(fields_of.LOGGED_MODELS, filter_string, asked_models_order(order_by))

        def page(more: Mapping[str, Any]) -> PagedList[LoggedModel]:
            # The clauses leave out of which data set a metric is.
            order = [dict(entry) for entry in order_by] if order_by and more["order_by"] else None
            answer = self._ask("POST", "logged-models/search", {**fields, **more, "order_by": order})
            return self._page(answer, "models", self._of_model)

        return self._searched(search, page, max_results, page_token)

    def delete_logged_model(self, model_id: str) -> None:
        """Put a logged model into the trash."""
        self._ask("DELETE", _path(model_id), {}, repeatable=False)

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        """Set labels of a logged model."""
        limits.check_entries(tags, "Tag", limits.MAX_TAG_VALUE)
        self._ask("PATCH", f"{_path(model_id)}/tags", {"model_id": model_id, "tags": entries_to_json(tags)})

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a label of a logged model."""
        self._ask("DELETE", f"{_path(model_id)}/tags/{_quoted(key)}", {}, repeatable=False)

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        """Add params to a logged model; they are immutable."""
        limits.check_entries(params, "Param", limits.MAX_PARAM_VALUE)
        try:
            self._put_params(model_id, params)
        except TrackerError as error:
            if error.error_code != REFUSED:
                raise
            self._put_new_params(model_id, params)

    def _put_params(self, model_id: str, params: Mapping[str, str]) -> None:
        self._ask("POST", f"{_path(model_id)}/params", {"model_id": model_id, "params": entries_to_json(params)})

    def _put_new_params(self, model_id: str, params: Mapping[str, str]) -> None:
        """Add those that the model lacks, once MLflow's server has refused all: it has some of them."""
        known = self.get_logged_model(model_id).params
        other = [key for key, value in params.items() if known.get(key, value) != value]
        if other:
            raise InvalidParameterError(
                f"Changing param values is not allowed: {', '.join(sorted(other))} of logged model {model_id} have "
                "other values already. Nothing was logged."
            )
        new = {key: value for key, value in params.items() if key not in known}
        if new:
            self._put_params(model_id, new)


def _path(model_id: str) -> str:
    return f"logged-models/{_quoted(model_id)}"


def _quoted(part: str) -> str:
    from urllib.parse import quote

    return quote(part, safe="")
