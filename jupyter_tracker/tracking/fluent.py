"""The fluent API in one list: what `import jupyter_tracker` offers, for the rest of the package to import.

To add a function: write it in the file of its noun, list it here and in `jupyter_tracker/__init__.py`.
"""

from __future__ import annotations

from jupyter_tracker.tracking.datasets import log_input
from jupyter_tracker.tracking.experiments import (
    create_experiment,
    delete_experiment,
    get_experiment,
    get_experiment_by_name,
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
from jupyter_tracker.tracking.model_search import (
    get_logged_model,
    search_logged_models,
    search_model_versions,
    search_registered_models,
)
from jupyter_tracker.tracking.moving import export_runs, import_mlflow, import_runs
from jupyter_tracker.tracking.promoting import promote
from jupyter_tracker.tracking.runs import ActiveRun, active_run, end_run, last_active_run, start_run
from jupyter_tracker.tracking.search import delete_run, get_parent_run, get_run, metric_history, search_runs
from jupyter_tracker.tracking.system_metrics import disable_system_metrics_logging, enable_system_metrics_logging
from jupyter_tracker.tracking.tracking_uri import get_tracking_uri, is_tracking_uri_set, set_tracking_uri
from jupyter_tracker.tracking.values import (
    delete_tag,
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
    "delete_run",
    "delete_tag",
    "disable_system_metrics_logging",
    "enable_system_metrics_logging",
    "end_run",
    "export_runs",
    "flush_async_logging",
    "gc",
    "get_artifact_uri",
    "get_experiment",
    "get_experiment_by_name",
    "get_logged_model",
    "get_parent_run",
    "get_run",
    "get_tracking_uri",
    "import_mlflow",
    "import_runs",
    "is_tracking_uri_set",
    "last_active_run",
    "load_table",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_metric",
    "log_metric_series",
    "log_metrics",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "metric_history",
    "promote",
    "search_experiments",
    "search_logged_models",
    "search_model_versions",
    "search_registered_models",
    "search_runs",
    "set_experiment",
    "set_experiment_tag",
    "set_experiment_tags",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
]
