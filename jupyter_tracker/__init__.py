"""jupyter_tracker: machine-learning experiment tracking that lives in the notebook.

>>> import jupyter_tracker as tracker
>>> with tracker.start_run(run_name="rf-baseline"):
...     tracker.log_params({"n_estimators": 200, "max_depth": 8})
...     tracker.log_metric("f1", 0.91)

In a notebook, ``%load_ext jupyter_tracker`` brings ``%%track`` and ``%runs``. Names are MLflow's, so
``import jupyter_tracker as mlflow`` runs existing code.

This is the shop window: every name is imported when it is first used (PEP 562), and nothing inside the
package imports from here.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from jupyter_tracker._version import __version__

if TYPE_CHECKING:
    from jupyter_tracker import (
        artifacts,
        client,
        data,
        entities,
        exceptions,
        keras,
        lightgbm,
        models,
        optuna,
        pyfunc,
        pytorch,
        registry,
        sklearn,
        tensorflow,
        tracking,
        types,
        utils,
        xgboost,
    )
    from jupyter_tracker.autologging.switch import autolog
    from jupyter_tracker.errors import TrackerError, TrackerWarning
    from jupyter_tracker.exceptions import MlflowException
    from jupyter_tracker.figures import (
        metric_histories,
        plot_comparison,
        plot_metric_curves,
        plot_parallel_coordinates,
    )
    from jupyter_tracker.flavors.evaluating import evaluate
    from jupyter_tracker.flavors.registering import register_model
    from jupyter_tracker.tracking.client import MlflowClient, TrackerClient
    from jupyter_tracker.tracking.fluent import (
        ActiveRun,
        active_run,
        create_experiment,
        delete_experiment,
        delete_experiment_tag,
        delete_logged_model_tag,
        delete_run,
        delete_tag,
        disable_system_metrics_logging,
        doctor,
        enable_system_metrics_logging,
        end_run,
        export_runs,
        finalize_logged_model,
        flush_artifact_async_logging,
        flush_async_logging,
        gc,
        get_artifact_uri,
        get_experiment,
        get_experiment_by_name,
        get_logged_model,
        get_parent_run,
        get_registry_uri,
        get_run,
        get_tracking_uri,
        import_mlflow,
        import_runs,
        initialize_logged_model,
        is_tracking_uri_set,
        last_active_run,
        last_logged_model,
        load_table,
        log_artifact,
        log_artifacts,
        log_dict,
        log_figure,
        log_image,
        log_input,
        log_inputs,
        log_metric,
        log_metric_series,
        log_metrics,
        log_model_params,
        log_outputs,
        log_param,
        log_params,
        log_table,
        log_text,
        metric_history,
        restore_experiment,
        restore_run,
        search_experiments,
        search_logged_models,
        search_model_versions,
        search_registered_models,
        search_runs,
        set_experiment,
        set_experiment_tag,
        set_experiment_tags,
        set_logged_model_tags,
        set_model_version_tag,
        set_registry_uri,
        set_system_metrics_node_id,
        set_system_metrics_samples_before_logging,
        set_system_metrics_sampling_interval,
        set_tag,
        set_tags,
        set_tracking_uri,
        start_run,
    )
    from jupyter_tracker.tracking.promoting import promote
    from jupyter_tracker.widgets import (
        Dashboard,
        MetricCurves,
        RegistryBoard,
        RunCard,
        RunComparison,
        RunDetail,
        RunTable,
    )

# The module that each name comes from; None where the name is itself a module of the package.
_MODULE_OF: dict[str, str | None] = {
    "ActiveRun": "tracking.runs",
    "Dashboard": "widgets",
    "MetricCurves": "widgets",
    "MlflowClient": "tracking.client",
    "MlflowException": "exceptions",
    "RegistryBoard": "widgets",
    "RunCard": "widgets",
    "RunComparison": "widgets",
    "RunDetail": "widgets",
    "RunTable": "widgets",
    "TrackerClient": "tracking.client",
    "TrackerError": "errors",
    "TrackerWarning": "errors",
    "active_run": "tracking.runs",
    "artifacts": None,
    "autolog": "autologging.switch",
    "client": None,
    "create_experiment": "tracking.experiments",
    "data": None,
    "delete_experiment": "tracking.experiments",
    "delete_experiment_tag": "tracking.experiments",
    "delete_logged_model_tag": "tracking.logged_models",
    "delete_run": "tracking.search",
    "delete_tag": "tracking.values",
    "disable_system_metrics_logging": "tracking.system_metrics",
    "doctor": "tracking.doctor",
    "enable_system_metrics_logging": "tracking.system_metrics",
    "end_run": "tracking.runs",
    "entities": None,
    "evaluate": "flavors.evaluating",
    "exceptions": None,
    "export_runs": "tracking.moving",
    "finalize_logged_model": "tracking.logged_models",
    "flush_artifact_async_logging": "tracking.values",
    "flush_async_logging": "tracking.values",
    "gc": "tracking.housekeeping",
    "get_artifact_uri": "tracking.files",
    "get_experiment": "tracking.experiments",
    "get_experiment_by_name": "tracking.experiments",
    "get_logged_model": "tracking.model_search",
    "get_parent_run": "tracking.search",
    "get_registry_uri": "tracking.tracking_uri",
    "get_run": "tracking.search",
    "get_tracking_uri": "tracking.tracking_uri",
    "import_mlflow": "tracking.moving",
    "import_runs": "tracking.moving",
    "initialize_logged_model": "tracking.logged_models",
    "is_tracking_uri_set": "tracking.tracking_uri",
    "keras": None,
    "last_active_run": "tracking.runs",
    "last_logged_model": "tracking.logged_models",
    "lightgbm": None,
    "load_table": "tracking.files",
    "log_artifact": "tracking.files",
    "log_artifacts": "tracking.files",
    "log_dict": "tracking.files",
    "log_figure": "tracking.files",
    "log_image": "tracking.files",
    "log_input": "tracking.datasets",
    "log_inputs": "tracking.datasets",
    "log_metric": "tracking.values",
    "log_metric_series": "tracking.values",
    "log_metrics": "tracking.values",
    "log_model_params": "tracking.logged_models",
    "log_outputs": "tracking.logged_models",
    "log_param": "tracking.values",
    "log_params": "tracking.values",
    "log_table": "tracking.files",
    "log_text": "tracking.files",
    "metric_histories": "figures",
    "metric_history": "tracking.search",
    "models": None,
    "optuna": None,
    "plot_comparison": "figures",
    "plot_metric_curves": "figures",
    "plot_parallel_coordinates": "figures",
    "promote": "tracking.promoting",
    "pyfunc": None,
    "pytorch": None,
    "register_model": "flavors.registering",
    "registry": None,
    "restore_experiment": "tracking.experiments",
    "restore_run": "tracking.search",
    "search_experiments": "tracking.experiments",
    "search_logged_models": "tracking.model_search",
    "search_model_versions": "tracking.model_search",
    "search_registered_models": "tracking.model_search",
    "search_runs": "tracking.search",
    "set_experiment": "tracking.experiments",
    "set_experiment_tag": "tracking.experiments",
    "set_experiment_tags": "tracking.experiments",
    "set_logged_model_tags": "tracking.logged_models",
    "set_model_version_tag": "tracking.logged_models",
    "set_registry_uri": "tracking.tracking_uri",
    "set_system_metrics_node_id": "tracking.system_metrics",
    "set_system_metrics_samples_before_logging": "tracking.system_metrics",
    "set_system_metrics_sampling_interval": "tracking.system_metrics",
    "set_tag": "tracking.values",
    "set_tags": "tracking.values",
    "set_tracking_uri": "tracking.tracking_uri",
    "sklearn": None,
    "start_run": "tracking.runs",
    "tensorflow": None,
    "tracking": None,
    "types": None,
    "utils": None,
    "xgboost": None,
}

__all__ = [
    "ActiveRun",
    "Dashboard",
    "MetricCurves",
    "MlflowClient",
    "MlflowException",
    "RegistryBoard",
    "RunCard",
    "RunComparison",
    "RunDetail",
    "RunTable",
    "TrackerClient",
    "TrackerError",
    "TrackerWarning",
    "__version__",
    "active_run",
    "artifacts",
    "autolog",
    "client",
    "create_experiment",
    "data",
    "delete_experiment",
    "delete_experiment_tag",
    "delete_logged_model_tag",
    "delete_run",
    "delete_tag",
    "disable_system_metrics_logging",
    "doctor",
    "enable_system_metrics_logging",
    "end_run",
    "entities",
    "evaluate",
    "exceptions",
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
    "keras",
    "last_active_run",
    "last_logged_model",
    "lightgbm",
    "load_ipython_extension",
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
    "metric_histories",
    "metric_history",
    "models",
    "optuna",
    "plot_comparison",
    "plot_metric_curves",
    "plot_parallel_coordinates",
    "promote",
    "pyfunc",
    "pytorch",
    "register_model",
    "registry",
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
    "sklearn",
    "start_run",
    "tensorflow",
    "tracking",
    "types",
    "unload_ipython_extension",
    "utils",
    "xgboost",
]


class _ByMlflowsPath:
    """Finds modules that MLflow has at another path, after every other finder: `jupyter_tracker.entities.run_info`."""

    @staticmethod
    def find_spec(module: str, _path: Any = None, _target: Any = None) -> Any:
        """Return where a module is; ModuleNotFoundError where it is not here and something else is to be used."""
        if not module.startswith(f"{__name__}."):
            return None
        from jupyter_tracker.elsewhere import spec_of

        return spec_of(module)


sys.meta_path.append(_ByMlflowsPath)


def __getattr__(name: str) -> Any:
    try:
        module = _MODULE_OF[name]
    except KeyError:
        # Without the object that lacks it, or Python says the near name again; IPython says it only here.
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_hint(name)}", name=name) from None
    if module is None:
        value: Any = importlib.import_module(f"{__name__}.{name}")
    else:
        value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    # The second use is a plain attribute: a log call in a loop must not pay for this.
    globals()[name] = value
    return value


def _hint(name: str) -> str:
    """Return what to say of a name that is not here; nothing of a module of ours: `from … import` asks for it first."""
    from importlib.machinery import PathFinder

    if PathFinder.find_spec(f"{__name__}.{name}", __path__) is not None:
        return ""
    from jupyter_tracker.elsewhere import hint

    return hint(name, __all__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """Switch on ``%%track`` and ``%runs``; called by ``%load_ext jupyter_tracker``."""
    from jupyter_tracker import magics

    magics.load_ipython_extension(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the magics away and restore what was there before; called by ``%unload_ext jupyter_tracker``."""
    from jupyter_tracker import magics

    magics.unload_ipython_extension(ipython)
