"""TensorFlow itself: SavedModels, Keras on TensorFlow, and data sets of `tf.data`. Run by `make test-all`."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import jupyter_tracker as tracker
from jupyter_tracker import settings
from jupyter_tracker.autologging import integrations
from jupyter_tracker.autologging.options import SWITCHES
from jupyter_tracker.exceptions import UntrustedModelError
from tests.unit.conftest import project

__all__ = ["project"]

# Importing TensorFlow in a process of its own takes a minute on a busy machine.
pytestmark = pytest.mark.timeout(900)

X, Y = np.random.default_rng(0).normal(size=(32, 3)).astype("float32"), np.zeros((32, 1), "float32")
LOADED_BY_MLFLOW = """
import sys, logging
logging.disable(logging.WARNING)
import mlflow, mlflow.tensorflow, numpy as np
data = np.load("x.npy")
found = mlflow.pyfunc.load_model(sys.argv[1]).predict(data)
np.save("found.npy", np.asarray(found["output_0"] if isinstance(found, dict) else found))
mlflow.tensorflow.load_model(sys.argv[1])
"""


class Doubler(tf.Module):
    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, x):
        return self.factor * x


def network():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


@pytest.fixture(autouse=True)
def _clean(project):
    SWITCHES.forget()
    yield
    integrations.uninstall()
    SWITCHES.forget()


def test_keras_is_on_tensorflow():
    assert keras.backend.backend() == "tensorflow"
    assert tf.keras.Model is keras.Model


def test_a_module_is_a_saved_model():
    with tracker.start_run() as run:
        info = tracker.tensorflow.log_model(Doubler(), "model", input_example=X[:2])
    assert info.flavors["tensorflow"]["model_type"] == "tf2-module"
    uri = f"runs:/{run.info.run_id}/model"
    np.testing.assert_allclose(tracker.tensorflow.load_model(uri)(tf.constant(X)), 2 * X)
    np.testing.assert_allclose(tracker.pyfunc.load_model(uri).predict(X), 2 * X)
    assert info.signature.inputs.inputs[0].shape == (-1, 3)


def test_a_stranger_must_trust_a_saved_model():
    tracker.tensorflow.save_model(Doubler(), "m")
    for path in (settings.user_data_folder() / "trust").rglob("*"):
        path.unlink()
    with pytest.raises(UntrustedModelError):
        tracker.tensorflow.load_model("m")
    np.testing.assert_allclose(tracker.tensorflow.load_model("m", trust=True)(tf.constant(X)), 2 * X)


@pytest.mark.parametrize("make", [network, Doubler])
def test_mlflow_loads_it(make):
    model = make()
    tracker.tensorflow.save_model(model, "m", input_example=X[:2])
    np.save("x.npy", X)
    done = subprocess.run(
        [sys.executable, "-c", LOADED_BY_MLFLOW, Path("m").absolute()], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    np.testing.assert_allclose(np.load("found.npy"), np.asarray(model(tf.constant(X))), rtol=1e-5)


def test_we_load_what_mlflow_saves():
    import mlflow.tensorflow

    signature = mlflow.models.infer_signature(X, 2 * X)
    mlflow.tensorflow.save_model(Doubler(), "module", signature=signature, pip_requirements=["x"])
    np.testing.assert_allclose(tracker.pyfunc.load_model("module", trust=True).predict(X), 2 * X)
    model = network()
    mlflow.tensorflow.save_model(model, "keras", signature=signature, pip_requirements=["x"])
    expected = model.predict(X, verbose=0)
    np.testing.assert_allclose(tracker.tensorflow.load_model("keras").predict(X, verbose=0), expected, rtol=1e-5)
    np.testing.assert_allclose(tracker.pyfunc.load_model("keras").predict(X), expected, rtol=1e-5)


def test_a_fit_from_tf_data_is_logged():
    tracker.tensorflow.autolog()
    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    with tracker.start_run() as run:
        network().fit(batches, epochs=2, verbose=0)
    found = tracker.get_run(run.info.run_id)
    assert {"loss", "learning_rate"} <= set(found.data.metrics)
    assert found.data.params["opt_name"].startswith("adam")
    (used,) = found.inputs.dataset_inputs
    assert (used.dataset.name, json.loads(used.dataset.profile)["num_batches"]) == ("batches", 4)
    features = json.loads(json.loads(used.dataset.schema)["mlflow_tensorspec"]["features"])
    assert features == [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]
    assert Path(tracker.artifacts.download_artifacts(f"runs:/{run.info.run_id}/model")).is_dir()
