"""Experiments, by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tracker.entities import Experiment, PagedList, ViewType
from jupyter_tracker.tracking import naming
from jupyter_tracker.tracking.filter_words import check_words
from jupyter_tracker.tracking.operations.base import StoreClient


class ExperimentOperations(StoreClient):
    """What the client does with experiments."""

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None
    ) -> str:
        """Create an experiment and return its id; ResourceAlreadyExistsError where an active one has the name."""
        labels = {key: str(value) for key, value in (tags or {}).items()}
        return naming.create_experiment(self._writes, name, artifact_location, labels)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """Return an experiment, deleted ones included; ResourceDoesNotExistError for an unknown id."""
        return self._reads.get_experiment(str(experiment_id))

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """Return the experiment of this name, deleted ones included, or None."""
        return self._reads.get_experiment_by_name(name)

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int | None = 1000,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        """Return one page of the experiments that match; its `token` asks for the next page."""
        check_words("EXPERIMENTS", filter_string, page_token)
        return self._reads.search_experiments(view_type, max_results or 1000, filter_string, order_by, page_token)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Give an active experiment another name; ResourceAlreadyExistsError where an active one has it."""
        naming.rename_experiment(self._writes, str(experiment_id), new_name)

    def delete_experiment(self, experiment_id: str) -> None:
        """Put an experiment and its runs into the trash."""
        self._writes.delete_experiment(str(experiment_id))

    def restore_experiment(self, experiment_id: str) -> None:
        """Take an experiment out of the trash, with the runs that went there with it.

        ResourceAlreadyExistsError where another experiment has its name by now; the message says the way out.
        """
        self._writes.restore_experiment(str(experiment_id))

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        """Set a label of an active experiment."""
        self._writes.set_experiment_tag(str(experiment_id), key, str(value))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        """Remove a label; ResourceDoesNotExistError where there is none."""
        self._writes.delete_experiment_tag(str(experiment_id), key)
