"""Modules at MLflow's paths: the same names there, or an error that says what to use instead."""

import importlib
import subprocess
import sys

import pytest

import jupyter_tracker as tracker
from jupyter_tracker import elsewhere, entities


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("entities.run_info", "RunInfo"),
        ("entities.lifecycle_stage", "LifecycleStage"),
        ("entities.model_registry", "ModelVersion RegisteredModel ModelVersionTag RegisteredModelTag"),
        ("entities.model_registry.model_version", "ModelVersion"),
        ("store.entities.paged_list", "PagedList"),
        ("data.pandas_dataset", "PandasDataset from_pandas"),
        ("data.numpy_dataset", "NumpyDataset from_numpy"),
        ("data.dataset", "Dataset"),
        ("models.model", "Model ModelInfo"),
        ("pyfunc.model", "PythonModel PythonModelContext"),
        ("tracking", "MlflowClient get_registry_uri set_registry_uri is_tracking_uri_set"),
    ],
)
def test_a_module_at_mlflows_path_has_its_names(path, names):
    module = importlib.import_module(f"jupyter_tracker.{path}")
    theirs = pytest.importorskip("mlflow") and importlib.import_module(f"mlflow.{path}")
    for name in names.split():
        assert hasattr(theirs, name)
        assert getattr(module, name) is not None


def test_what_is_at_both_paths_is_one_thing():
    from jupyter_tracker.data.pandas_dataset import PandasDataset
    from jupyter_tracker.entities.run_info import RunInfo

    assert RunInfo is entities.RunInfo
    assert PandasDataset is tracker.data.TrackedDataset


def test_error_codes_by_mlflows_names(project):
    from jupyter_tracker.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, ErrorCode

    with pytest.raises(tracker.MlflowException) as caught:
        tracker.get_run("0" * 32)
    assert caught.value.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST)
    assert caught.value.error_code == ErrorCode.Value("RESOURCE_DOES_NOT_EXIST")
    assert tracker.MlflowException("no", error_code=INVALID_PARAMETER_VALUE).get_http_status_code() == 400


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import jupyter_tracker.statsmodels", "pyfunc.log_model"),
        ("from jupyter_tracker.pyspark.ml import autolog", "no flavor"),
        ("from jupyter_tracker.genai import evaluate", "MLflow's own package"),
        ("from jupyter_tracker import Image", "log_image takes"),
        ("from jupyter_tracker.keras import MlflowCallback", "each epoch"),
        ("from jupyter_tracker.keras.callback import MlflowCallback", "each epoch"),
        ("from jupyter_tracker.version import VERSION", "own version"),
        ("from jupyter_tracker.data import load_delta", "source=address"),
        ("from jupyter_tracker.metrics import rmse", "extra_metrics"),
        ("from jupyter_tracker.deployments import get_deploy_client", "models serve"),
        ("from jupyter_tracker.store.artifact.runs_artifact_repo import X", "download_artifacts"),
    ],
)
def test_an_import_of_what_is_not_here_says_what_to_use(statement, said):
    with pytest.raises(ModuleNotFoundError, match=r"There is no jupyter_tracker\.\w+.*: ") as caught:
        exec(statement, {})
    assert said in str(caught.value)


def test_who_looks_for_what_is_not_here_gets_the_error_that_python_has_for_it():
    with pytest.raises(ModuleNotFoundError, match="models serve"):
        importlib.util.find_spec("jupyter_tracker.deployments")


def test_other_names_are_missed_as_ever():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'jupyter_tracker\.nothing'"):
        importlib.import_module("jupyter_tracker.nothing")
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        exec("from jupyter_tracker import nothing", {})
    assert importlib.util.find_spec("jupyter_tracker.nothing") is None


def test_every_path_is_mlflows_and_leads_somewhere():
    pytest.importorskip("mlflow")
    for path, here in elsewhere._SAME.items():
        module = importlib.import_module(f"jupyter_tracker.{path}")
        assert set(module.__all__) == set(importlib.import_module(f"jupyter_tracker.{here}").__all__)
        assert importlib.util.find_spec(f"mlflow.{path}") is not None, path


def test_finding_costs_an_import_nothing():
    code = "import sys, jupyter_tracker; print([name for name in sys.modules if name.startswith('jupyter_tracker.')])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "elsewhere" not in said


def test_nor_does_what_is_here():
    code = """
import sys, jupyter_tracker as tracker
from jupyter_tracker import settings, start_run
tracker.MlflowClient()
print(*sys.modules)
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"jupyter_tracker.elsewhere", "difflib"} & set(loaded)
