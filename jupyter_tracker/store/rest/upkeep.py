"""Corrections, the trash and imports on a server of ours; any other says that it lacks them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from jupyter_tracker.entities import Experiment, Metric, limits
from jupyter_tracker.errors import TrackerError
from jupyter_tracker.store.rest.ours import NOT_IMPLEMENTED, OURS, RestOurs
from jupyter_tracker.store.rest.searching import RestSearching
from jupyter_tracker.store.upkeep import ModelRecord, RegistryRecord, RunRecord, Trashed, VersionRecord
from jupyter_tracker.store.upkeep_json import (
    lines_of_runs,
    model_record_to_json,
    registry_record_to_json,
    trashed_from_json,
    trashed_to_json,
)
from jupyter_tracker.wire.experiments import experiment_to_json
from jupyter_tracker.wire.reading import AnswerFields, Fields

_ENTRIES_AT_ONCE: Final = 10_000


class RestUpkeep(RestSearching, RestOurs):
    """What the contract says of upkeep."""

    # corrections ---------------------------------------------------------------------------------

    def truncate_metric(self, run_id: str, key: str | None, from_step: int) -> int:
        """Remove the points of a metric (of every metric: None) from a step on; return how many those were."""
        step = limits.check_step(from_step)
        fields = {"run_id": limits.check_run_id(run_id), "key": key, "from_step": step}
        answer = self._ask_ours("Cutting a metric back", "POST", "runs/truncate-metric", fields, repeatable=False)
        return answer.integer("removed")

    def update_param(self, run_id: str, key: str, value: str) -> None:
        """Give a param another value, or its first; the replaced values are kept in a tag."""
        fields = {"run_id": limits.check_run_id(run_id), "key": limits.check_key(key, "Param"), "value": str(value)}
        self._ask_ours("Correcting a param", "POST", "runs/update-param", fields)
        writer = self._writers.get(run_id)
        if writer is not None:  # it remembers params, so as to refuse other values at once
            writer.refresh_params()

    def measured_series(
        self,
        run_id: str,
        key: str,
        model_id: str | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
    ) -> list[Metric]:
        """Return the points of a metric that were logged with this model and data set, None standing for any."""
        fields = {
            "run_id": limits.check_run_id(run_id),
            "metric_key": key,
            "model_id": model_id,
            "dataset_name": dataset_name,
            "dataset_digest": dataset_digest,
        }
        what = "Reading the points of a model or a data set apart"
        return self._metrics(self._ask_ours(what, "GET", "metrics/measured", fields))

    def measured_points(self, run_id: str) -> list[Metric]:
        """Return all points of a run that name a logged model or a data set; a server of MLflow's tells of none."""
        try:
            answer = self._ask_ours("", "GET", "metrics/measured", {"run_id": limits.check_run_id(run_id)})
        except TrackerError as error:
            if error.error_code != NOT_IMPLEMENTED:
                raise
            return []
        return self._metrics(answer)

    # the trash -----------------------------------------------------------------------------------

    def free_experiment_name(self, name: str) -> str | None:
        """Take a name from the deleted experiment that has it; return that experiment's id, None for none."""
        answer = self._ask_ours(
            "Taking the name of a deleted experiment", "POST", "experiments/free-name", {"name": name}
        )
        return answer.optional("experiment_id")

    def trash(self, deleted_before: int | None = None) -> list[Trashed]:
        """Return what is in the trash, since before a moment (ms UTC): models first, experiments last."""
        answer = self._ask_ours("Listing the trash", "GET", "trash", {"deleted_before": deleted_before})
        found = [trashed_from_json(each) for each in answer.objects("entries")]
        return [replace(each, artifact_uri=each.artifact_uri and self._real(each.artifact_uri)) for each in found]

    def purge(self, entries: Sequence[Trashed]) -> list[Trashed]:
        """Remove these for good, and return those that were: what was restored or is needed by now stays."""
        removed: set[tuple[str, str]] = set()
        for start in range(0, len(entries), _ENTRIES_AT_ONCE):
            some = [trashed_to_json(each) for each in entries[start : start + _ENTRIES_AT_ONCE]]
            answer = self._ask_ours("Removing for good", "POST", "trash/purge", {"entries": some})
            removed.update((each.text("kind"), each.text("id")) for each in answer.objects("removed"))
        self.park_deleted()
        return [each for each in entries if (each.kind, each.id) in removed]

    def known_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Return which of these runs the server has, deleted ones included."""
        asked = list(run_ids)
        try:
            answer = self._ask_ours("", "POST", "runs/known", {"run_ids": asked}) if asked else Fields({})
        except TrackerError as error:
            if error.error_code != NOT_IMPLEMENTED:
                raise
            return super().known_runs(asked)
        return set(answer.texts("run_ids"))

    # whole runs ----------------------------------------------------------------------------------

    def import_experiments(self, experiments: Sequence[Experiment]) -> dict[str, Experiment]:
        """Bring experiments in; return what each became, by the id it came with."""
        fields = {"experiments": [experiment_to_json(each) for each in experiments]}
        answer = self._ask_ours("Importing experiments", "POST", "import/experiments", fields)
        return {each.text("id"): self._experiment(each) for each in answer.objects("experiments")}

    def import_runs(self, records: Sequence[RunRecord]) -> list[str]:
        """Bring whole runs in, in one transaction; return the ids of those that were not there yet."""
        shown = [replace(each, artifact_uri=self._shown(each.artifact_uri)) for each in records]
        with self._asking_ours("Importing runs"):
            answer = self.transport.put(f"{OURS}/import/runs", lambda: lines_of_runs(shown))
        return AnswerFields(answer).texts("run_ids")

    def import_logged_models(self, records: Sequence[ModelRecord]) -> list[str]:
        """Bring logged models in, in one transaction; return the ids of those that were not there yet."""
        shown = [replace(each, artifact_uri=self._shown(each.artifact_uri)) for each in records]
        fields = {"models": [model_record_to_json(each) for each in shown]}
        return self._ask_ours("Importing logged models", "POST", "import/logged-models", fields).texts("model_ids")

    def import_registered_models(self, records: Sequence[RegistryRecord]) -> list[str]:
        """Bring registered models in, in one transaction; return what could not be merged, for people."""
        shown = [
            replace(record, versions=[self._shown_version(each) for each in record.versions]) for record in records
        ]
        fields = {"models": [registry_record_to_json(each) for each in shown]}
        return self._ask_ours("Importing registered models", "POST", "import/registered-models", fields).texts(
            "conflicts"
        )

    def _shown_version(self, record: VersionRecord) -> VersionRecord:
        version = replace(record.version, source=self._shown(record.version.source))
        return VersionRecord(version, self._shown(record.location))
