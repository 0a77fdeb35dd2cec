"""Code that was written for MLflow runs as it is, once its `mlflow` imports are renamed.

The snippets are those of a public tutorial on MLflow that deal with models, as written; what they presuppose (data, a
network, files) is in `BEFORE`. They run as one script, so that classes are those of a real `__main__`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

BEFORE = """
import json, pathlib
import joblib, numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler
X, y = make_classification(200, 5, random_state=0)
X_new = X[:10]
for folder in ("data", "models"):
    pathlib.Path(folder).mkdir()
pathlib.Path("data/feature_config.json").write_text("{}")
scaler = StandardScaler().fit(X)
forest = RandomForestClassifier(n_estimators=10, random_state=0).fit(scaler.transform(X), y)
joblib.dump(forest, "models/rf_model.joblib")
joblib.dump(scaler, "models/scaler.joblib")
"""

BASIC_RUN = """
import mlflow
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score, accuracy_score
from sklearn.model_selection import train_test_split
mlflow.set_experiment("churn-prediction")
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
with mlflow.start_run(run_name="rf-baseline"):
    # Log parameters
    params = {"n_estimators": 100, "max_depth": 10, "random_state": 42}
    mlflow.log_params(params)
    # Train
    model = RandomForestClassifier(**params)
    model.fit(X_train, y_train)
    # Evaluate and log metrics
    y_pred = model.predict(X_test)
    mlflow.log_metric("accuracy", accuracy_score(y_test, y_pred))
    mlflow.log_metric("f1", f1_score(y_test, y_pred))
    # Log the model
    mlflow.sklearn.log_model(model, "model")
    # Log artifacts
    mlflow.log_artifact("data/feature_config.json")
    # Tags
    mlflow.set_tag("author", "alice")
    mlflow.set_tag("dataset_version", "v2.3")
"""

SEARCH_AND_LOAD = """
runs = mlflow.search_runs(
    experiment_names=["churn-prediction"],
    filter_string="metrics.f1 > 0.5 AND params.n_estimators = '100'",
    order_by=["metrics.f1 DESC"],
    max_results=10,
)
print(runs[["run_id", "params.n_estimators", "metrics.f1"]])
best_run = runs.iloc[0]
model_uri = f"runs:/{best_run.run_id}/model"
loaded_model = mlflow.sklearn.load_model(model_uri)
predictions = loaded_model.predict(X_new)
assert (predictions == model.predict(X_new)).all()
run_id = best_run.run_id
"""

REGISTRY = """
# Register a model from a run
model_uri = f"runs:/{run_id}/model"
mlflow.register_model(model_uri, "churn-classifier")
# Transition to staging
from mlflow import MlflowClient
client = MlflowClient()
client.transition_model_version_stage(
    name="churn-classifier",
    version=1,
    stage="Staging",
)
# Promote to production after validation
client.transition_model_version_stage(
    name="churn-classifier",
    version=1,
    stage="Production",
)
# Load production model by stage
model = mlflow.pyfunc.load_model("models:/churn-classifier/Production")
assert (model.predict(X_new) == predictions).all()
"""

CUSTOM = """
class ChurnPredictor(mlflow.pyfunc.PythonModel):
    def __init__(self, threshold=0.5):
        self.threshold = threshold
    def load_context(self, context):
        import joblib
        self.model = joblib.load(context.artifacts["sklearn_model"])
        self.scaler = joblib.load(context.artifacts["scaler"])
    def predict(self, context, model_input):
        scaled = self.scaler.transform(model_input)
        probas = self.model.predict_proba(scaled)[:, 1]
        return (probas >= self.threshold).astype(int)
# Log the custom model
with mlflow.start_run():
    artifacts = {
        "sklearn_model": "models/rf_model.joblib",
        "scaler": "models/scaler.joblib",
    }
    mlflow.pyfunc.log_model(
        artifact_path="model",
        python_model=ChurnPredictor(threshold=0.45),
        artifacts=artifacts,
    )
assert mlflow.pyfunc.load_model(f"runs:/{mlflow.last_active_run().info.run_id}/model").predict(X).sum() > 0
"""

AUTOLOG = """
import mlflow
# Scikit-learn
mlflow.sklearn.autolog()
# PyTorch Lightning
mlflow.pytorch.autolog()
# XGBoost
mlflow.xgboost.autolog()
# TensorFlow / Keras
mlflow.tensorflow.autolog()
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
mlflow.sklearn.autolog()
with mlflow.start_run():
    model = RandomForestClassifier(n_estimators=200, max_depth=8)
    model.fit(X_train, y_train)
    # Parameters, metrics, model, and feature importance are logged automatically
run = mlflow.last_active_run()
assert run.data.params["n_estimators"] == "200" and run.data.params["max_depth"] == "8"
assert run.data.metrics["training_accuracy_score"] > 0.5
found = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
assert (found.predict(X_test) == model.predict(X_test)).all()
info = mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model")
assert info.signature is not None and info.saved_input_example_info is not None
assert "feature_importance.json" in [each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id)]
"""

PYTORCH = """
import mlflow.pytorch
import torch
mlflow.pytorch.autolog()
class MyNeuralNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(5, 1)
    def forward(self, x):
        return self.linear(x)
def train_epoch(model, optimizer, train_loader):
    optimizer.zero_grad()
    loss = model(torch.from_numpy(X).float()).square().mean()
    loss.backward()
    optimizer.step()
    return loss.item()
def evaluate(model, val_loader):
    return {"accuracy": 0.5}
train_loader = val_loader = None
with mlflow.start_run():
    model = MyNeuralNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    for epoch in range(50):
        train_loss = train_epoch(model, optimizer, train_loader)
        val_metrics = evaluate(model, val_loader)
        mlflow.log_metric("train_loss", train_loss, step=epoch)
        mlflow.log_metric("val_accuracy", val_metrics["accuracy"], step=epoch)
    # Log final model
    mlflow.pytorch.log_model(model, "model")
run = mlflow.last_active_run()
history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
assert len(history) == 50 and run.data.params["optimizer_name"] == "Adam"
again = mlflow.pytorch.load_model(f"runs:/{mlflow.last_active_run().info.run_id}/model")
assert torch.equal(again.linear.weight, model.linear.weight)
"""


def renamed(code):
    """Rename the imports of mlflow, and nothing else."""
    code = re.sub(r"^import mlflow(\.\w+)?$", "import jupyter_tracker as mlflow", code, flags=re.MULTILINE)
    return re.sub(r"^from mlflow\b", "from jupyter_tracker", code, flags=re.MULTILINE)


def test_they_run_as_written(project):
    script = project / "script.py"
    script.write_text(renamed(BEFORE + BASIC_RUN + SEARCH_AND_LOAD + REGISTRY + CUSTOM + AUTOLOG + PYTORCH))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error:::jupyter_tracker"}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=170, cwd=project
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
