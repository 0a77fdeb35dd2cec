"""The fluent API in one list: what `import jupyter_tracker` offers, for the rest of the package to import.

To add a function: write it in the file of its noun, list it here and in `jupyter_tracker/__init__.py`.
"""

from __future__ import annotations

from jupyter_tracker.tracking.datasets import (
    log_input,
    log_inputs,
)
from jupyter_tracker.tracking.doctor import (
    doctor,
)
from jupyter_tracker.tracking.experiments import (
    create_experiment,
    delete_experiment,
    delete_experiment_tag,
    get_experiment,
    get_experiment_by_name,
    restore_experiment,
    search_experiments,
    set_experiment,
    set_experiment_tag,
    set_experiment_tags,
)
from jupyter_tracker.tracking.files import (
    get_artifact_uri,
    load_table,
    log_artifact,
    log_artifacts,
    log_dict,
    log_figure,
    log_image,
    log_table,
    log_text,
)
from jupyter_tracker.tracking.housekeeping import gc
from jupyter_tracker.tracking.logged_models import (
    delete_logged_model_tag,
    finalize_logged_model,
    initialize_logged_model,
    last_logged_model,
    log_model_params,
    log_outputs,
    set_logged_model_tags,
    set_model_version_tag,
)
from jupyter_tracker.tracking.model_search import (
    get_logged_model,
    search_logged_models,
    search_model_versions,
    search_registered_models,
)
from jupyter_tracker.tracking.moving import export_runs, import_mlflow, import_runs
from jupyter_tracker.tracking.promoting import promote
from jupyter_tracker.tracking.runs import ActiveRun, active_run, end_run, last_active_run, start_run
from jupyter_tracker.tracking.search import (
    delete_run,
    get_parent_run,
    get_run,
    metric_history,
    restore_run,
    search_runs,
)
from jupyter_tracker.tracking.system_metrics import (
    disable_system_metrics_logging,
    enable_system_metrics_logging,
    set_system_metrics_node_id,
    set_system_metrics_samples_before_logging,
    set_system_metrics_sampling_interval,
)
from jupyter_tracker.tracking.tracking_uri import (
    get_registry_uri,
    get_tracking_uri,
    is_tracking_uri_set,
    set_registry_uri,
    set_tracking_uri,
)
from jupyter_tracker.tracking.values import (
    delete_tag,
    flush_artifact_async_logging,
    flush_async_logging,
    log_metric,
    log_metric_series,
    log_metrics,
    log_param,
    log_params,
    set_tag,
    set_tags,
)

__all__ = [
    "ActiveRun",
    "active_run",
    "create_experiment",
    "delete_experiment",
    "delete_experiment_tag",
    "delete_logged_model_tag",
    "delete_run",
    "delete_tag",
    "disable_system_metrics_logging",
    "doctor",
    "enable_system_metrics_logging",
    "end_run",
    "export_runs",
    "finalize_logged_model",
    "flush_artifact_async_logging",
    "flush_async_logging",
    "gc",
    "get_artifact_uri",
    "get_experiment",
    "get_experiment_by_name",
    "get_logged_model",
    "get_parent_run",
    "get_registry_uri",
    "get_run",
    "get_tracking_uri",
    "import_mlflow",
    "import_runs",
    "initialize_logged_model",
    "is_tracking_uri_set",
    "last_active_run",
    "last_logged_model",
    "load_table",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_inputs",
    "log_metric",
    "log_metric_series",
    "log_metrics",
    "log_model_params",
    "log_outputs",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "metric_history",
    "promote",
    "restore_experiment",
    "restore_run",
    "search_experiments",
    "search_logged_models",
    "search_model_versions",
    "search_registered_models",
    "search_runs",
    "set_experiment",
    "set_experiment_tag",
    "set_experiment_tags",
    "set_logged_model_tags",
    "set_model_version_tag",
    "set_registry_uri",
    "set_system_metrics_node_id",
    "set_system_metrics_samples_before_logging",
    "set_system_metrics_sampling_interval",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
]
