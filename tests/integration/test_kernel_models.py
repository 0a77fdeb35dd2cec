"""Models of a notebook, with what the notebook itself defines in them, loaded by another kernel."""

import json

import pytest

from tests.integration.conftest import finish, python

SETUP = """
import json, os
os.environ["KERAS_BACKEND"] = "torch"
import numpy as np, pandas as pd, torch
import jupyter_tracker as tracker
%load_ext jupyter_tracker
X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 4)), columns=list("abcd"))
y = (X.a + X.b > 0).astype(int)
array = X.to_numpy("float32")
"""

# Each cell leaves `info`, and in `expected` what the model says of `data`.
CELLS = {
    "a pipeline with a function of the notebook's": """
%%track
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
SCALE = 2.0
def scaled(frame):
    return frame * SCALE
model = Pipeline([("scale", FunctionTransformer(scaled)), ("model", LogisticRegression())]).fit(X, y)
info = tracker.sklearn.log_model(model, name="by-hand", input_example=X[:2])
data, expected = X[:5], model.predict(X[:5])
""",
    "XGBoost in a pipeline": """
%%track
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier
model = make_pipeline(StandardScaler(), XGBClassifier(n_estimators=5)).fit(X, y)
info = tracker.sklearn.log_model(model, name="by-hand")
data, expected = X[:5], model.predict(X[:5])
""",
    "a ranker": """
%%track
import lightgbm
model = lightgbm.LGBMRanker(n_estimators=5, min_child_samples=2, verbose=-1).fit(X, y, group=[20, 20, 20])
info = tracker.lightgbm.log_model(model, name="by-hand", input_example=X[:2])
data, expected = X[:5], model.predict(X[:5])
""",
    "a Keras model with two inputs": """
%%track
import keras
sides = {"left": keras.Input((2,), name="left"), "right": keras.Input((2,), name="right")}
model = keras.Model(sides, keras.layers.Dense(1)(keras.layers.concatenate(list(sides.values()))))
model.compile("sgd", "mse")
halves = {"left": array[:, :2], "right": array[:, 2:]}
data = {key: value[:5] for key, value in halves.items()}
info = tracker.keras.log_model(model, name="by-hand", input_example=data)
expected = model.predict(data, verbose=0)
""",
    "a torch module of the notebook's": """
%%track
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
    def forward(self, x):
        return torch.relu(self.layer(x)) * 2
model = Net()
info = tracker.pytorch.log_model(model, name="by-hand")
data, expected = array[:5], model(torch.tensor(array[:5])).detach().numpy()
""",
    "a model of one's own with files": """
%%track
class Threshold(tracker.pyfunc.PythonModel):
    def load_context(self, context):
        with open(context.artifacts["settings"]) as file:
            self.least = json.load(file)["least"]
        self.words = os.listdir(context.artifacts["words"])
    def predict(self, context, model_input, params=None):
        return (model_input["a"] > self.least).astype(int) + len(self.words)
os.makedirs("words")
for name, text in (("settings.json", '{"least": 0.1}'), ("words/one.txt", "1")):
    with open(name, "w") as file:
        file.write(text)
info = tracker.pyfunc.log_model(
    name="by-hand", python_model=Threshold(), artifacts={"settings": "settings.json", "words": "words"}
)
data, expected = X[:5], (X[:5].a > 0.1).astype(int) + 1
""",
}
KEEP = """
kept = globals().get("kept", {})
kept[WHAT] = (info.model_uri, data, np.asarray(expected).ravel())
"""
# What pyfunc predicts, and what the framework's own loader gives back.
LOAD = """
import json, os, sys
os.environ["KERAS_BACKEND"] = "torch"
import numpy as np, pandas as pd
import jupyter_tracker as tracker
def loaded(uri, data, expected):
    found = np.asarray(tracker.pyfunc.load_model(uri).predict(data)).ravel()
    flavors = [each for each in tracker.models.get_model_info(uri).flavors if each != "python_function"] or ["pyfunc"]
    native = getattr(tracker, flavors[0]).load_model(uri)
    return [bool(np.allclose(found, expected, atol=1e-5)), type(native).__name__]
print(json.dumps({what: loaded(uri, *rest) for what, (uri, *rest) in pd.read_pickle("kept.pickle").items()}))
"""


@pytest.mark.timeout(400)  # it imports five frameworks, twice
def test_another_process_loads_what_a_notebook_has_logged(kernel, tmp_path, monkeypatch):
    assert kernel.run(SETUP, timeout=120).status == "ok"
    for what, cell in CELLS.items():
        for code in (cell.strip(), KEEP.replace("WHAT", repr(what))):
            reply = kernel.run(code, timeout=120)
            assert reply.status == "ok", f"{what}\n{reply.traceback}"
            assert "could not" not in reply.text, f"{what}: {reply.text}"
    assert kernel.run("pd.to_pickle(kept, 'kept.pickle')").status == "ok"
    monkeypatch.chdir(tmp_path)
    assert json.loads(finish(python(LOAD)).splitlines()[-1]) == {
        "a pipeline with a function of the notebook's": [True, "Pipeline"],
        "XGBoost in a pipeline": [True, "Pipeline"],
        "a ranker": [True, "LGBMRanker"],
        "a Keras model with two inputs": [True, "Functional"],
        "a torch module of the notebook's": [True, "Net"],
        "a model of one's own with files": [True, "PyFuncModel"],
    }
