"""The last MLflow 2 with our models and our server. Run by `make test-all`."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import jupyter_tracker as tracker
from tests import hosts
from tests.flavors.examples import EXAMPLES
from tests.flavors.test_contract import same
from tests.unit.conftest import project

__all__ = ["project"]

# MLflow reads skops files from version 3 on. For version 2 such models are saved by cloudpickle when asked for.
_CHOOSE = {"sklearn-forest", "sklearn-pipeline", "sklearn-odd", "lightgbm-classifier"}
LOG = """
import json, mlflow
from sklearn.linear_model import LogisticRegression
from mlflow import MlflowClient
client = MlflowClient()
mlflow.set_experiment("two")
client.set_experiment_tag(client.get_experiment_by_name("two").experiment_id, "team", "blue")
data = [[0.0], [1.0], [2.0], [3.0]]
with mlflow.start_run(run_name="first") as run:
    mlflow.log_params({"C": 1.0})
    mlflow.log_metrics({"f1": 0.9}, step=3)
    mlflow.log_text("hello", "notes/a.txt")
    mlflow.log_dict({"a": 1}, "a.json")
    model = LogisticRegression().fit(data, [0, 0, 1, 1])
    mlflow.sklearn.log_model(model, "model", registered_model_name="churn", input_example=[[0.5]])
assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/a.txt") == "hello"
assert [each.path for each in client.list_artifacts(run.info.run_id)] == ["a.json", "model", "notes"]
client.set_registered_model_alias("churn", "champion", 1)
for uri in (f"runs:/{run.info.run_id}/model", "models:/churn/1", "models:/churn@champion"):
    assert mlflow.sklearn.load_model(uri).predict(data).tolist() == [0, 0, 1, 1], uri
found = mlflow.search_runs(experiment_names=["two"], filter_string="metrics.f1 > 0.5 and params.C = '1.0'")
assert found.loc[0, "run_id"] == run.info.run_id
print(json.dumps(run.info.run_id))
"""


def mlflow_flavor(example):
    return importlib.import_module(f"mlflow.{example.flavor}")


@pytest.mark.usefixtures("project")
class TestModels:
    @pytest.mark.parametrize("name", list(EXAMPLES))
    def test_we_load_what_it_saves(self, name):
        example = EXAMPLES[name]
        model = example.make()
        expected = example.predict(model, example.data)
        mlflow_flavor(example).save_model(model, "theirs", pip_requirements=["x"])
        assert same(example.predict(example.face.load_model("theirs", trust=True), example.data), expected)
        assert same(tracker.pyfunc.load_model("theirs", trust=True).predict(example.data), expected)

    @pytest.mark.parametrize("name", list(EXAMPLES))
    def test_it_loads_what_we_save(self, name):
        import mlflow

        example = EXAMPLES[name]
        model = example.make()
        more = {"serialization_format": "cloudpickle"} if name in _CHOOSE else {}
        example.face.save_model(model, "ours", input_example=example.data[:3], **more)
        path, expected = str(Path("ours").absolute()), example.predict(model, example.data)
        assert same(example.predict(mlflow_flavor(example).load_model(path), example.data), expected)
        assert same(mlflow.pyfunc.load_model(path).predict(example.data), expected)

    def test_it_loads_a_python_model(self):
        import mlflow

        tracker.pyfunc.save_model("ours", python_model=lambda model_input: [each.upper() for each in model_input])
        assert mlflow.pyfunc.load_model(str(Path("ours").absolute())).predict(["x"]) == ["X"]


def test_it_logs_to_our_server_and_loads_from_it(tmp_path):
    host = hosts.standalone(tmp_path)
    try:
        environment = {**os.environ, **host.environment(), "GIT_PYTHON_REFRESH": "quiet"}
        done = subprocess.run(
            [sys.executable, "-c", LOG], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        run_id = json.loads(done.stdout.strip().splitlines()[-1])
        client = tracker.TrackerClient(host.url)
        found = client.get_run(run_id)
        assert (found.info.run_name, found.info.status, found.data.params["C"]) == ("first", "FINISHED", "1.0")
        assert found.data.metrics == {"f1": 0.9}
        loaded = tracker.pyfunc.load_model(str(client.download_artifacts(run_id, "model")), trust=True)
        assert np.asarray(loaded.predict([[0.0], [3.0]])).tolist() == [0, 1]
    finally:
        host.stop()
