"""The stores on databases: a write path, and one line for every operation of the noun files.

The noun files, and SQLAlchemy with them, are imported at the first call of one of their functions. To a type
checker they are plain modules, so each line is checked against the contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.store.sql.access import Noun, SqlAccess, SqliteAccess

if TYPE_CHECKING:
    from jupyter_tracker.store.sql import (
        corrections,
        experiments,
        histories,
        importing,
        inputs,
        logged_model_metrics,
        logged_models,
        measured_points,
        model_versions,
        names,
        promoting,
        registry,
        registry_import,
        run_browsing,
        runs,
        trashed,
    )
    from jupyter_tracker.store.sql import registry_events as history
else:
    experiments = Noun("experiments")
    runs = Noun("runs")
    run_browsing = Noun("run_browsing")
    inputs = Noun("inputs")
    logged_models = Noun("logged_models")
    logged_model_metrics = Noun("logged_model_metrics")
    measured_points = Noun("measured_points")
    histories = Noun("histories")
    registry = Noun("registry")
    model_versions = Noun("model_versions")
    corrections = Noun("corrections")
    trashed = Noun("trashed")
    names = Noun("names")
    importing = Noun("importing")
    registry_import = Noun("registry_import")
    history = Noun("registry_events")
    promoting = Noun("promoting")


class Nouns(SqlAccess):
    """The operations of the noun files, for a store that brings the write path. See `store.base.Store` for each."""

    search_experiments = experiments.search_experiments
    rename_experiment = experiments.rename_experiment
    delete_experiment = experiments.delete_experiment
    restore_experiment = experiments.restore_experiment
    set_experiment_tag = experiments.set_experiment_tag
    delete_experiment_tag = experiments.delete_experiment_tag

    delete_run = runs.delete_run
    restore_run = runs.restore_run
    delete_tag = runs.delete_tag
    search_runs = runs.search_runs
    search_run_columns = runs.search_run_columns
    count_runs = runs.count_runs
    logged_keys = runs.logged_keys
    search_run_rows = run_browsing.search_run_rows
    search_run_keys = run_browsing.search_run_keys
    search_run_order = run_browsing.search_run_order
    run_rows = run_browsing.run_rows
    search_run_values = run_browsing.search_run_values
    search_run_groups = run_browsing.search_run_groups

    log_inputs = inputs.log_inputs
    log_outputs = inputs.log_outputs

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log all of it; the points that name a logged model or a data set are series of theirs too."""
        of_models = [metric for metric in metrics if metric.model_id]
        if of_models:
            logged_model_metrics.check_known(self, of_models)
        super().log_batch(run_id, metrics, params, tags)
        if of_models:
            # Safe to repeat, so a process that is killed just here may log the batch again.
            logged_model_metrics.log_model_metrics(self, run_id, of_models)
        measured = [metric for metric in metrics if metric.model_id or metric.dataset_name or metric.dataset_digest]
        if measured:
            measured_points.log_measured_points(self, run_id, measured)

    measured_series = measured_points.measured_series
    measured_points_of = measured_points.measured_points_of
    measured_points = measured_points.measured_points
    short_histories = histories.short_histories

    def log_batch_soon(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        """Log it to the journal; points of logged models and data sets are not journalled: they are logged at once."""
        if any(metric.model_id or metric.dataset_name or metric.dataset_digest for metric in metrics):
            self.log_batch(run_id, metrics, params, tags)
        else:
            super().log_batch_soon(run_id, metrics, params, tags)

    create_logged_model = logged_models.create_logged_model
    get_logged_model = logged_models.get_logged_model
    finalize_logged_model = logged_models.finalize_logged_model
    search_logged_models = logged_models.search_logged_models
    delete_logged_model = logged_models.delete_logged_model
    set_logged_model_tags = logged_models.set_logged_model_tags
    delete_logged_model_tag = logged_models.delete_logged_model_tag
    log_logged_model_params = logged_models.log_logged_model_params

    create_registered_model = registry.create_registered_model
    get_registered_model = registry.get_registered_model
    search_registered_models = registry.search_registered_models
    update_registered_model = registry.update_registered_model
    rename_registered_model = registry.rename_registered_model
    delete_registered_model = registry.delete_registered_model
    set_registered_model_tag = registry.set_registered_model_tag
    delete_registered_model_tag = registry.delete_registered_model_tag
    get_latest_versions = registry.get_latest_versions
    set_registered_model_alias = registry.set_registered_model_alias
    delete_registered_model_alias = registry.delete_registered_model_alias
    get_model_version_by_alias = registry.get_model_version_by_alias

    create_model_version = model_versions.create_model_version
    get_model_version = model_versions.get_model_version
    search_model_versions = model_versions.search_model_versions
    update_model_version = model_versions.update_model_version
    transition_model_version_stage = model_versions.transition_model_version_stage
    delete_model_version = model_versions.delete_model_version
    get_model_version_download_uri = model_versions.get_model_version_download_uri
    set_model_version_tag = model_versions.set_model_version_tag
    delete_model_version_tag = model_versions.delete_model_version_tag

    promote_candidate = promoting.promote_candidate
    registry_events = history.registry_events
    registry_head = history.registry_head

    truncate_metric = corrections.truncate_metric
    update_param = corrections.update_param
    free_experiment_name = names.free_experiment_name
    trash = trashed.trash
    purge = trashed.purge
    known_runs = trashed.known_runs
    import_experiments = importing.import_experiments
    import_runs = importing.import_runs
    import_logged_models = importing.import_logged_models
    import_registered_models = registry_import.import_registered_models


class SqlStore(Nouns, SqliteAccess):
    """A store in one SQLite file, made by `open_sqlite`. Its operations are described in `store.base.Store`."""

    log_inputs = SqliteAccess.log_inputs
