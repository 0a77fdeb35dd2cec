"""XGBoost and LightGBM: every round of every metric, early stopping, importances, both APIs."""

import json

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV

import jupyter_tracker as tracker
from jupyter_tracker.autologging import _boosting

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = (X[:, 0] + RNG.normal(size=300) > 0).astype(int)
X_test, y_test = X[200:], Y[200:]
QUIET = {"verbose": -1, "num_threads": 1, "objective": "binary", "metric": ["binary_logloss", "auc"]}


@pytest.fixture(autouse=True)
def _on():
    tracker.autolog()


def history(run, key):
    return [(point.step, point.value) for point in tracker.TrackerClient().get_metric_history(run.info.run_id, key)]


def kept(run, path):
    return json.loads(tracker.artifacts.load_text(f"{run.info.artifact_uri}/{path}"))


def test_xgboost_with_early_stopping(runs, files, monkeypatch):
    monkeypatch.setattr(_boosting, "_PERIOD_S", 0)  # logs in every round, as a long training does
    train, test = xgboost.DMatrix(X[:200], Y[:200]), xgboost.DMatrix(X_test, y_test)
    result = {}
    booster = xgboost.train(
        {"objective": "binary:logistic", "eval_metric": ["logloss", "error@0.7"], "max_depth": 3, "nthread": 1},
        train,
        num_boost_round=60,
        evals=[(train, "train"), (test, "test")],
        early_stopping_rounds=3,
        evals_result=result,
        verbose_eval=False,
    )
    (run,) = runs()
    assert run.data.params["max_depth"] == "3"
    assert (run.data.params["num_boost_round"], run.data.params["early_stopping_rounds"]) == ("60", "3")
    values = result["test"]["error@0.7"]
    rounds = len(values)
    assert history(run, "test-error_at_0.7")[:-1] == list(enumerate(values))
    assert history(run, "train-logloss")[-1] == (rounds, result["train"]["logloss"][booster.best_iteration])
    assert run.data.metrics["best_iteration"] == booster.best_iteration
    assert run.data.metrics["stopped_iteration"] == rounds - 1
    importances = kept(run, "feature_importance_weight.json")
    assert importances == booster.get_score(importance_type="weight")
    assert {"feature_importance_weight.png", "feature_importance_weight.html"} <= files(run)
    tracker.autolog(disable=True)
    loaded = tracker.xgboost.load_model(f"runs:/{run.info.run_id}/model")
    assert loaded.predict(test).tolist() == booster.predict(test).tolist()


def test_lightgbm_with_early_stopping(runs):
    train = lightgbm.Dataset(X[:200], Y[:200])
    result = {}
    booster = lightgbm.train(
        QUIET,
        train,
        60,
        valid_sets=[train, lightgbm.Dataset(X_test, y_test, reference=train)],
        valid_names=["train", "test"],
        callbacks=[lightgbm.early_stopping(3, verbose=False), lightgbm.record_evaluation(result)],
    )
    (run,) = runs()
    assert run.data.params["num_boost_round"] == "60"
    assert history(run, "test-auc")[:-1] == list(enumerate(result["test"]["auc"]))
    assert run.data.metrics["best_iteration"] == booster.best_iteration - 1
    assert kept(run, "feature_importance_gain.json")["Column_0"] == booster.feature_importance("gain")[0]
    assert set(kept(run, "feature_importance_split.json")) == {"Column_0", "Column_1", "Column_2", "Column_3"}
    tracker.autolog(disable=True)
    loaded = tracker.lightgbm.load_model(f"runs:/{run.info.run_id}/model")
    assert loaded.predict(X_test).tolist() == booster.predict(X_test).tolist()


@pytest.mark.parametrize("kind", ["xgboost", "lightgbm"])
def test_estimators(runs, kind):
    models = {
        "xgboost": lambda: xgboost.XGBClassifier(n_estimators=5, max_depth=2, n_jobs=1, eval_metric="logloss"),
        "lightgbm": lambda: lightgbm.LGBMClassifier(n_estimators=5, max_depth=2, n_jobs=1, verbose=-1),
    }
    model = models[kind]()
    more = {"verbose": False} if kind == "xgboost" else {}
    model.fit(X[:200], Y[:200], eval_set=[(X_test, y_test)], **more)
    accuracy = accuracy_score(y_test, model.predict(X_test))
    (run,) = runs()
    assert (run.data.params["max_depth"], run.data.params["num_boost_round"]) == ("2", "5")
    key = {"xgboost": "validation_0-logloss", "lightgbm": "valid_0-binary_logloss"}[kind]
    assert [step for step, _ in history(run, key)] == [0, 1, 2, 3, 4]
    assert run.data.tags["estimator_name"] == type(model).__name__
    assert "training_accuracy_score" in run.data.metrics
    assert run.data.metrics["accuracy_score_X_test"] == accuracy
    assert ("X_test", "eval") in {(each.dataset.name, each.tags[0].value) for each in run.inputs.dataset_inputs}


def test_inside_a_search_they_are_inner(runs):
    search = GridSearchCV(xgboost.XGBClassifier(n_estimators=2, n_jobs=1), {"max_depth": [1, 2]}, cv=2)
    search.fit(X, Y)
    assert len(runs()) == 3
    (parent,) = [run for run in runs() if "mlflow.parentRunId" not in run.data.tags]
    assert kept(parent, "inner_fits.json")[0]["estimator"] == "XGBClassifier"
