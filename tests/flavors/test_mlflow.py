"""Both ways with the real MLflow: it loads what we save, and we load what it saves, and both predict the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import jupyter_tracker as tracker
from tests.flavors import mlflow_side
from tests.flavors.examples import EXAMPLES
from tests.flavors.test_contract import same

ROOT = Path(__file__).parents[2]


class Threshold(tracker.pyfunc.PythonModel):
    def load_context(self, context):
        self.least = float(Path(context.artifacts["least"]).read_text())

    def predict(self, context, model_input, params=None):
        return (model_input["a"] >= (params or {}).get("least", self.least)).astype(int)


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory):
    """Folders that we have saved, what MLflow predicted with them, and folders that MLflow has saved."""
    folder = tmp_path_factory.mktemp("both")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.chdir(folder)
        for name, example in EXAMPLES.items():
            example.face.save_model(example.make(), folder / "ours" / name, input_example=example.data[:3])
        (folder / "least.txt").write_text("0.5")
        import cloudpickle

        cloudpickle.register_pickle_by_value(sys.modules[__name__])
        tracker.pyfunc.save_model(
            folder / "ours" / "custom",
            python_model=Threshold(),
            artifacts={"least": "least.txt"},
            input_example=(EXAMPLES["sklearn-forest"].data[:3], {"least": 0.5}),
        )
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
        environment = {**os.environ, "KERAS_BACKEND": "torch", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, mlflow_side.__file__, folder], env=environment, capture_output=True, text=True, timeout=500
        )
    assert done.returncode == 0, done.stderr
    return folder, json.loads((folder / "found.json").read_text())


@pytest.mark.slow
@pytest.mark.timeout(600)
class TestBothWays:
    def test_mlflow_loads_ours(self, mlflow, name, example, model):
        _, found = mlflow
        expected = example.predict(model, example.data)
        assert same(found[f"{name} native"], expected)
        assert same(found[f"{name} pyfunc"], expected)

    def test_mlflow_loads_our_python_model(self, mlflow):
        _, found = mlflow
        expected = (EXAMPLES["sklearn-forest"].data["a"] >= 0.5).astype(int)
        assert same(found["custom pyfunc"], expected)
        assert "jupyter_tracker" not in found["modules"]

    def test_we_load_what_mlflow_saves(self, mlflow, project, name, example, model):
        folder, _ = mlflow
        uri = str(folder / "theirs" / name)
        expected = example.predict(model, example.data)
        assert same(example.predict(example.face.load_model(uri, trust=True), example.data), expected)
        assert same(tracker.pyfunc.load_model(uri, trust=True).predict(example.data), expected)

    @pytest.mark.parametrize("kind", ["class", "function", "hinted", "exported"])
    def test_we_load_its_own_kinds(self, mlflow, project, kind):
        folder, found = mlflow
        loaded = tracker.pyfunc.load_model(str(folder / "theirs" / kind), trust=True)
        data = EXAMPLES["pytorch"].data if kind == "exported" else ["x", "y"]
        given = loaded.predict(data)
        assert same(given, found[f"{kind} theirs"]) if kind == "exported" else given == ["X", "Y"]

    def test_signatures_are_the_same(self, mlflow, name):
        folder, _ = mlflow
        ours, theirs = (tracker.models.get_model_info(str(folder / side / name)) for side in ("ours", "theirs"))
        assert ours.signature.inputs == theirs.signature.inputs
        assert np.array_equal(ours.signature.outputs.is_tensor_spec(), theirs.signature.outputs.is_tensor_spec())
