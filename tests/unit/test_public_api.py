"""The shop window: which names there are, what importing them costs, and that the examples run."""

import ast
import asyncio
import doctest
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import jupyter_tracker as tracker
from jupyter_tracker import tracking
from jupyter_tracker.tracking import fluent

ROOT = Path(tracker.__file__).parents[1]

# Adding a name is a decision; taking one away breaks somebody.
NAMES = [
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

# Given by name, and unknown to MLflow.
OURS = {"overwrite", "resume_from_step"}
# As MLflow 3 has them: name and positional order.
SIGNATURES = {
    "create_experiment": "name artifact_location tags",
    "end_run": "status",
    "get_artifact_uri": "artifact_path",
    "load_table": "artifact_file run_ids extra_columns",
    "log_artifact": "local_path artifact_path run_id",
    "log_artifacts": "local_dir artifact_path run_id",
    "log_dict": "dictionary artifact_file run_id",
    "log_figure": "figure artifact_file save_kwargs",
    "log_image": "image artifact_file key step timestamp synchronous",
    "log_input": "dataset context tags model",
    "log_metric": "key value step synchronous timestamp run_id model_id dataset",
    "log_metrics": "metrics step synchronous run_id timestamp model_id dataset",
    "log_param": "key value synchronous",
    "log_params": "params synchronous run_id",
    "log_table": "data artifact_file run_id",
    "log_text": "text artifact_file run_id",
    "register_model": "model_uri name await_registration_for tags",
    "search_experiments": "view_type max_results filter_string order_by",
    "search_runs": "experiment_ids filter_string run_view_type max_results order_by output_format "
    "search_all_experiments experiment_names",
    "set_experiment": "experiment_name experiment_id",
    "set_tag": "key value synchronous",
    "set_tags": "tags synchronous",
    "start_run": "run_id experiment_id run_name nested parent_run_id tags description log_system_metrics",
}


def in_fresh_process(code, **environment):
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_names():
    assert tracker.__all__ == sorted(NAMES)
    assert set(NAMES) <= set(dir(tracker))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_is_there(name):
    if name in {"RunCard", "RunDetail", "RunTable"}:
        pytest.importorskip("jupyter_tracker.widgets")
    value = getattr(tracker, name)
    assert getattr(tracker, name) is value
    assert tracker.__dict__[name] is value, "the second use must not pay for the import"


def test_the_list_for_the_rest_of_the_package_is_the_same():
    assert fluent.__all__ == sorted(fluent.__all__)
    for name in fluent.__all__:
        assert getattr(tracker, name) is getattr(fluent, name)
    functions = {name for name in NAMES if inspect.isfunction(getattr(tracker, name, None))}
    assert functions - set(fluent.__all__) == {
        "autolog",
        "evaluate",
        "load_ipython_extension",
        "metric_histories",
        "plot_comparison",
        "plot_metric_curves",
        "plot_parallel_coordinates",
        "register_model",
        "unload_ipython_extension",
    }


def test_an_unknown_name_is_an_attribute_error():
    for module in (tracker, tracking):
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            module.nothing  # noqa: B018
    assert not hasattr(tracker, "fastai")


def test_what_a_type_checker_sees_is_what_there_is():
    tree = ast.parse(Path(tracker.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    typed = {alias.name for node in block.body for alias in node.names}
    assert typed == set(tracker._MODULE_OF)
    assert set(NAMES) - typed == {"__version__", "load_ipython_extension", "unload_ipython_extension"}


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_signatures_are_those_of_mlflow(name):
    parameters = inspect.signature(getattr(tracker, name)).parameters
    assert [parameter for parameter in parameters if parameter not in OURS] == SIGNATURES[name].split()


def test_the_faces_that_mlflow_users_import():
    assert tracking.MlflowClient is tracker.MlflowClient is tracker.TrackerClient
    assert tracker.exceptions.MlflowException is tracker.TrackerError
    error = tracker.exceptions.MlflowException("no", error_code="RESOURCE_DOES_NOT_EXIST")
    assert (str(error), error.message, error.error_code) == ("no", "no", "RESOURCE_DOES_NOT_EXIST")
    assert tracker.exceptions.MlflowException("no").error_code == "INTERNAL_ERROR"
    assert json.loads(error.serialize_as_json()) == {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}
    assert tracker.entities.ViewType.ALL == 3
    assert importlib.import_module("jupyter_tracker.data").from_pandas is tracker.data.from_pandas


HEAVY = ["IPython", "alembic", "anywidget", "ipywidgets", "jupyter_server", "matplotlib", "numpy", "pandas", "PIL",
         "plotly", "polars", "sqlalchemy", "tornado", "traitlets", "yaml"]  # fmt: skip


def test_importing_loads_nothing_heavy():
    loaded = in_fresh_process("import sys, jupyter_tracker; print(*sys.modules)").split()
    assert [name for name in HEAVY if name in loaded] == []
    assert [name for name in loaded if name.startswith("jupyter_tracker.")] == ["jupyter_tracker._version"]


def test_a_first_run_loads_nothing_heavy(tmp_path):
    code = """
import sys, jupyter_tracker as tracker
with tracker.start_run():
    tracker.log_param("lr", 0.1)
    tracker.log_metric("f1", 0.9)
print(*sys.modules)
"""
    loaded = in_fresh_process(code, JUPYTER_TRACKER_URI=str(tmp_path / "tracker.db")).split()
    slow = ["asyncio", "importlib.metadata", "jupyter_tracker.tracking.secret_patterns", "subprocess"]
    slow += ["difflib", "jupyter_tracker.elsewhere"]
    assert [name for name in [*HEAVY, *slow] if name in loaded] == []


def test_importing_makes_nothing(tmp_path):
    in_fresh_process(f"import os; os.chdir({str(tmp_path)!r}); from jupyter_tracker import *")
    assert list(tmp_path.iterdir()) == []


def test_the_basic_run_of_the_deep_dive(project):
    mlflow = tracker
    (project / "data").mkdir()
    (project / "data" / "feature_config.json").write_text("{}")
    mlflow.set_experiment("churn-prediction")
    with mlflow.start_run(run_name="rf-baseline") as run:
        params = {"n_estimators": 100, "max_depth": 10, "random_state": 42}
        mlflow.log_params(params)
        mlflow.log_metric("accuracy", 0.93)
        mlflow.log_metric("f1", 0.91)
        mlflow.log_artifact("data/feature_config.json")
        mlflow.set_tag("author", "alice")
        mlflow.set_tag("dataset_version", "v2.3")
    with mlflow.start_run():
        for epoch in range(100):
            mlflow.log_metric("train_loss", 1 / (epoch + 1), step=epoch)
            mlflow.log_metric("val_loss", 2 / (epoch + 1), step=epoch)
    runs = mlflow.search_runs(
        experiment_names=["churn-prediction"],
        filter_string="metrics.f1 > 0.85 AND params.n_estimators = '100'",
        order_by=["metrics.f1 DESC"],
        max_results=10,
    )
    assert runs[["run_id", "params.n_estimators", "metrics.f1"]].to_numpy().tolist() == [[run.info.run_id, "100", 0.91]]
    assert runs.iloc[0].run_id == run.info.run_id
    assert len(mlflow.metric_history(mlflow.last_active_run().info.run_id, "val_loss")) == 100


def test_a_run_in_async_code(project):
    async def train():
        with tracker.start_run() as run:
            await asyncio.sleep(0)
            tracker.log_metric("f1", 0.9)
        return run

    assert tracker.get_run(asyncio.run(train()).info.run_id).data.metrics == {"f1": 0.9}


def modules_with_examples():
    for package in ("jupyter_tracker.tracking", "jupyter_tracker.artifact_store"):
        module = importlib.import_module(package)
        yield from (found.name for found in pkgutil.walk_packages(module.__path__, f"{package}."))
    yield "jupyter_tracker"


@pytest.mark.parametrize("name", sorted(modules_with_examples()))
def test_examples(name, project):
    module = importlib.import_module(name)
    for example in doctest.DocTestFinder(exclude_empty=True).find(module):
        folder = project / example.name
        folder.mkdir()
        os.chdir(folder)
        tracker.set_tracking_uri(folder)
        results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example)
        assert results.failed == 0, example.name
        while tracker.active_run() is not None:
            tracker.end_run()


def test_public_functions_have_examples():
    faces = [tracker, tracker.artifacts, tracker.data]
    functions = {f"{face.__name__}.{name}": getattr(face, name) for face in faces for name in face.__all__
                 if inspect.isfunction(getattr(face, name))}  # fmt: skip
    without = [name for name, function in functions.items() if ">>>" not in (function.__doc__ or "")]
    alike = ["from_polars", "load_dict", "load_image", "load_ipython_extension", "set_experiment_tags",
             "unload_ipython_extension"]  # fmt: skip
    assert [name for name in without if name.rpartition(".")[2] not in alike] == []
