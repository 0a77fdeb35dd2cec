"""scikit-learn: what is kept of a fit, of a search, of a cross-validation, and of what is computed afterwards."""

import json
import subprocess
import sys
import textwrap

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, roc_auc_score
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_predict, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import jupyter_tracker as tracker
from jupyter_tracker.autologging import models
from jupyter_tracker.autologging.options import SWITCHES
from jupyter_tracker.autologging.sklearn import training_metrics


@pytest.fixture(autouse=True)
def _on():
    tracker.sklearn.autolog()


@pytest.fixture
def data():
    """A table of 120 rows, its two classes, and the same for testing."""
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(180, 3)), columns=["age", "size", "noise"])
    y = pd.Series(np.where(x["age"] + 0.5 * rng.normal(size=180) > 0, "yes", "no"))
    return x[:120], y[:120], x[120:].reset_index(drop=True), y[120:].reset_index(drop=True)


def artifact(run, path):
    return tracker.artifacts.load_text(f"{run.info.artifact_uri}/{path}")


def datasets(run):
    return {(each.dataset.name, each.tags[0].value) for each in run.inputs.dataset_inputs}


def test_a_classifier(data, runs, files):
    X_train, y_train, *_ = data  # noqa: N806
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X_train, y_train)
    (run,) = runs()
    assert run.data.params == {key: str(value) for key, value in model.get_params().items()}
    assert run.data.tags["estimator_name"] == "DecisionTreeClassifier"
    assert run.data.tags["estimator_class"] == "sklearn.tree._classes.DecisionTreeClassifier"
    tracker.autolog(disable=True)
    predicted, chances = model.predict(X_train), model.predict_proba(X_train)
    how = {"average": "weighted"}
    assert run.data.metrics == pytest.approx(
        {
            "training_score": model.score(X_train, y_train),
            "training_accuracy_score": metrics.accuracy_score(y_train, predicted),
            "training_precision_score": metrics.precision_score(y_train, predicted, **how),
            "training_recall_score": metrics.recall_score(y_train, predicted, **how),
            "training_f1_score": metrics.f1_score(y_train, predicted, **how),
            "training_log_loss": metrics.log_loss(y_train, chances),
            "training_roc_auc": metrics.roc_auc_score(y_train, chances[:, 1]),
        }
    )
    pictures = {"training_confusion_matrix.png", "training_roc_curve.png", "training_precision_recall_curve.png"}
    importances = {"feature_importance.json", "feature_importance.png", "feature_importance.html"}
    assert pictures | importances | {"estimator.html"} <= files(run)
    kept = json.loads(artifact(run, "feature_importance.json"))
    assert kept == pytest.approx(dict(zip(X_train.columns, model.feature_importances_, strict=True)))
    assert next(iter(kept)) == "age"
    assert '<tr class="set"><td>max_depth</td><td>2</td>' in artifact(run, "estimator.html")
    assert datasets(run) == {("X_train", "train")}
    assert len(run.inputs.dataset_inputs[0].dataset.digest) == 16


def test_the_class_that_precision_is_about(data, runs):
    X_train, y_train, *_ = data  # noqa: N806
    tracker.sklearn.autolog(pos_label="no", serialization_format="cloudpickle")
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X_train, y_train)
    (run,) = runs()
    tracker.autolog(disable=True)
    predicted = model.predict(X_train)
    for name in ("precision_score", "recall_score", "f1_score"):
        expected = getattr(metrics, name)(y_train, predicted, pos_label="no")
        assert run.data.metrics[f"training_{name}"] == pytest.approx(expected)
    assert run.data.metrics["training_accuracy_score"] == pytest.approx(metrics.accuracy_score(y_train, predicted))
    flavors = tracker.models.get_model_info(f"runs:/{run.info.run_id}/model").flavors
    assert flavors["sklearn"]["serialization_format"] == "cloudpickle"


def test_weights_and_three_classes(data, runs):
    x, y, *_ = data
    y = y.where(x["size"] < 1, "maybe")
    weights = np.linspace(0.1, 1, len(x))
    model = LogisticRegression().fit(x, y, sample_weight=weights)
    (run,) = runs()
    tracker.autolog(disable=True)
    predicted, chances = model.predict(x), model.predict_proba(x)
    how = {"sample_weight": weights}
    expected = {
        "training_accuracy_score": metrics.accuracy_score(y, predicted, **how),
        "training_f1_score": metrics.f1_score(y, predicted, average="weighted", **how),
        "training_log_loss": metrics.log_loss(y, chances, **how),
        "training_roc_auc": metrics.roc_auc_score(y, chances, multi_class="ovr", average="weighted", **how),
    }
    assert {key: run.data.metrics[key] for key in expected} == pytest.approx(expected)


def test_a_regressor(data, runs):
    x, *_ = data
    model = LinearRegression().fit(x[["age", "size"]].to_numpy(), x["noise"])
    (run,) = runs()
    tracker.autolog(disable=True)
    predicted = model.predict(x[["age", "size"]].to_numpy())
    squared = metrics.mean_squared_error(x["noise"], predicted)
    assert run.data.metrics == pytest.approx(
        {
            "training_mean_squared_error": squared,
            "training_root_mean_squared_error": squared**0.5,
            "training_mean_absolute_error": metrics.mean_absolute_error(x["noise"], predicted),
            "training_r2_score": metrics.r2_score(x["noise"], predicted),
            "training_score": metrics.r2_score(x["noise"], predicted),
        }
    )
    assert set(json.loads(artifact(run, "feature_importance.json"))) == {"feature_0", "feature_1"}


def test_others_are_logged_too(data, runs):
    x, y, *_ = data
    KMeans(n_clusters=2, n_init=1).fit(x)
    LinearSVC().fit(x, y)
    targets = np.column_stack([x["age"], x["size"]])
    DecisionTreeRegressor().fit(x, targets)
    names = [run.data.tags["estimator_name"] for run in runs()]
    assert names == ["KMeans", "LinearSVC", "DecisionTreeRegressor"]
    assert "training_roc_auc" in runs()[1].data.metrics


def test_a_pipeline_is_logged_once(data, runs):
    x, y, *_ = data
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["age", "size"]), remainder="drop"), LogisticRegression(C=0.5)
    )
    model.fit(x, y)
    (run,) = runs()
    assert run.data.params["logisticregression__C"] == "0.5"
    kept = json.loads(artifact(run, "feature_importance.json"))
    assert set(kept) == {"standardscaler__age", "standardscaler__size"}
    inner = {each["estimator"]: each["fits"] for each in json.loads(artifact(run, "inner_fits.json"))}
    assert inner["LogisticRegression"] == inner["StandardScaler"] == 1
    assert "<summary>logisticregression <small>LogisticRegression" in artifact(run, "estimator.html")


def test_a_transformer_is_one_param_of_the_active_run(data, runs):
    x, y, *_ = data
    with tracker.start_run():
        scaled = StandardScaler(with_std=False).fit_transform(x)
        StandardScaler().fit(x)
        LogisticRegression().fit(scaled, y)
    (run,) = runs()
    assert run.data.params["StandardScaler"] == "StandardScaler(with_std=False)"
    assert run.data.params["StandardScaler-2"] == "StandardScaler()"
    assert run.data.params["C"] == "1.0"


def test_worker_threads_and_processes_are_inner(data, runs):
    x, y, *_ = data
    BaggingClassifier(DecisionTreeClassifier(), n_estimators=4, n_jobs=2).fit(x, y)
    RandomForestClassifier(n_estimators=4, n_jobs=2).fit(x, y)
    assert [run.data.tags["estimator_name"] for run in runs()] == ["BaggingClassifier", "RandomForestClassifier"]


def test_metrics_after_the_fit(data, runs):
    X_train, y_train, X_test, y_test = data  # noqa: N806
    model = DecisionTreeClassifier(max_depth=2).fit(X_train, y_train)
    predicted = model.predict(X_test)
    accuracy = accuracy_score(y_test, predicted)
    assert accuracy_score(y_test, predicted.copy()) == accuracy
    accuracy_score(y_test[:20], predicted[:20])
    f1_score(y_test, pd.Series(predicted), pos_label="yes")
    chances = model.predict_proba(X_test)[:, 1]
    roc_auc_score(y_test, chances.tolist())
    score = model.score(X_test, y_test)
    metrics.accuracy_score(y_test, y_test.copy())  # no prediction of ours
    metrics.confusion_matrix(y_test, predicted)
    (run,) = runs()
    after = {key: value for key, value in run.data.metrics.items() if not key.startswith("training_")}
    assert after == pytest.approx(
        {
            "accuracy_score_X_test": accuracy,
            "accuracy_score-2_X_test": accuracy,
            "accuracy_score-3_X_test": accuracy_score(y_test[:20], predicted[:20].tolist()),
            "f1_score_X_test": metrics.f1_score(y_test, predicted.tolist(), pos_label="yes"),
            "roc_auc_score_X_test": metrics.roc_auc_score(y_test, chances),
            "DecisionTreeClassifier_score_X_test": score,
        }
    )
    info = json.loads(artifact(run, "metric_info.json"))
    assert info["accuracy_score_X_test"] == "accuracy_score(y_test, predicted)"
    assert info["DecisionTreeClassifier_score_X_test"] == "DecisionTreeClassifier.score(X_test, y_test)"
    assert datasets(run) == {("X_train", "train"), ("X_test", "eval")}


def test_each_prediction_belongs_to_its_own_model(data, runs):
    x, y, X_test, y_test = data  # noqa: N806
    with tracker.start_run():
        models = [DecisionTreeClassifier(max_depth=depth).fit(x, y) for depth in (1, 4)]
        scores = [accuracy_score(y_test, model.predict(X_test)) for model in models]
    logged = {run.data.params["max_depth"]: run.data.metrics["accuracy_score_X_test"] for run in runs()}
    assert logged == {"1": scores[0], "4": scores[1]}


def test_predictions_of_values(data, runs):
    x, _, x_new, _ = data
    model = LinearRegression().fit(x[["age"]], x["noise"])
    predicted = model.predict(x_new[["age"]])
    mean_absolute_error(x_new["noise"][10:], predicted[10:])
    assert "mean_absolute_error_unknown_dataset" in runs()[0].data.metrics


def test_a_search(data, runs, files):
    x, y, X_test, y_test = data  # noqa: N806
    grid = {"max_depth": [1, 2, 3], "criterion": ["gini", "entropy"]}
    with tracker.start_run(run_name="search"):
        search = GridSearchCV(DecisionTreeClassifier(), grid, cv=3, scoring=["accuracy", "f1_macro"], refit="accuracy")
        search.fit(x, y)
        accuracy_score(y_test, search.predict(X_test))
    found = runs()
    (parent,) = [run for run in found if run.info.run_name == "search"]
    children = [run for run in found if run is not parent]
    assert len(children) == 6
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    assert {(run.data.params["max_depth"], run.data.params["criterion"]) for run in children} == {
        (str(depth), criterion) for depth in (1, 2, 3) for criterion in ("gini", "entropy")
    }
    first = next(run for run in children if run.info.run_name == "DecisionTreeClassifier-1")
    results = search.cv_results_
    assert first.data.metrics["mean_test_accuracy"] == results["mean_test_accuracy"][0]
    assert first.data.metrics["rank_test_accuracy"] == results["rank_test_accuracy"][0]
    folds = tracker.TrackerClient().get_metric_history(first.info.run_id, "test_accuracy")
    assert [(point.step, point.value) for point in folds] == [
        (i, results[f"split{i}_test_accuracy"][0]) for i in range(3)
    ]
    assert parent.data.metrics["best_cv_score"] == search.best_score_
    assert parent.data.params["best_max_depth"] == str(search.best_params_["max_depth"])
    assert "accuracy_score_X_test" in parent.data.metrics
    assert len(artifact(parent, "cv_results.csv").splitlines()) == 7
    assert "feature_importance.json" in files(parent)


def test_a_random_search_without_refit(data, runs):
    x, y, *_ = data
    search = RandomizedSearchCV(DecisionTreeClassifier(), {"max_depth": range(1, 9)}, n_iter=4, cv=2, refit=False)
    search.fit(x, y)
    assert len(runs()) == 5


def test_cross_validation(data, runs):
    x, y, *_ = data
    model = LogisticRegression(C=0.5)
    with tracker.start_run():
        scores = cross_val_score(model, x, y, cv=3)
        model.fit(x, y)
    (run,) = runs()
    assert run.data.params["C"] == "0.5"
    assert run.data.metrics["mean_test_score"] == pytest.approx(scores.mean())
    assert [
        point.value for point in tracker.TrackerClient().get_metric_history(run.info.run_id, "test_score")
    ] == scores.tolist()
    assert "training_score" in run.data.metrics


def test_more_cross_validations(data, runs):
    x, y, *_ = data
    with tracker.start_run(run_name="compare"):
        for model in (LogisticRegression(), DecisionTreeClassifier()):
            found = cross_validate(model, x, y, cv=3, scoring=["accuracy"], return_train_score=True)
            predicted = cross_val_predict(model, x, y, cv=3)
            accuracy_score(y, predicted)
    by_name = {run.info.run_name: run for run in runs()}
    assert set(by_name) == {"compare", "DecisionTreeClassifier"}
    assert by_name["DecisionTreeClassifier"].data.metrics["mean_test_accuracy"] == found["test_accuracy"].mean()
    assert "std_train_accuracy" in by_name["compare"].data.metrics
    assert "accuracy_score_x" in by_name["compare"].data.metrics


def test_from_the_21st_child_on_there_are_metrics_only(data, runs, files):
    x, y, *_ = data
    with tracker.start_run():
        for _ in range(23):
            DecisionTreeClassifier(max_depth=1).fit(x, y)
    children = [run for run in runs() if "mlflow.parentRunId" in run.data.tags]
    assert len(children) == 22
    assert [bool(files(run)) for run in children] == [True] * 20 + [False] * 2
    assert [bool(run.data.params) for run in children] == [True] * 20 + [False] * 2
    assert [bool(run.inputs.dataset_inputs) for run in children] == [True] * 20 + [False] * 2
    assert all("training_score" in run.data.metrics for run in children)


def test_what_the_user_logged_stays(data, runs):
    x, y, *_ = data
    with tracker.start_run():
        tracker.log_params({"max_depth": "deep", "criterion": "gini"})
        DecisionTreeClassifier(max_depth=2, min_samples_leaf=3).fit(x, y)
    params = runs()[0].data.params
    assert (params["max_depth"], params["criterion"], params["min_samples_leaf"]) == ("deep", "gini", "3")


def test_a_slow_model_is_asked_about_a_part_of_the_data(runs, monkeypatch):
    class Slow(ClassifierMixin, BaseEstimator):
        asked = 0

        def fit(self, X, y):  # noqa: N803
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):  # noqa: N803
            Slow.asked += len(X)
            return np.zeros(len(X), int)

    monkeypatch.setattr(training_metrics, "_PATIENCE_S", 0)
    Slow().fit(np.zeros((5000, 1)), np.arange(5000) % 2)
    (run,) = runs()
    assert run.data.tags["jupyter_tracker.autolog.training_rows"].endswith(" of 5000")
    assert Slow.asked < 5000
    assert run.data.metrics["training_score"] == pytest.approx(0.5, abs=0.1)


def test_a_class_made_later_is_watched_and_pickles_without_us(data, runs):
    x, y, *_ = data

    class Mine(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):  # noqa: N803
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):  # noqa: N803
            return np.repeat(self.classes_[0], len(X))

    Mine.__module__ = "__main__"
    model = Mine().fit(x, y)
    assert len(runs()) == 1
    pickled = cloudpickle.dumps(model)
    assert b"jupyter_tracker" not in pickled
    assert cloudpickle.loads(pickled).predict(x[:2]).tolist() == ["no", "no"]


def test_functions_pickle_as_before():
    import pickle

    assert pickle.loads(pickle.dumps(metrics.accuracy_score)) is metrics.accuracy_score
    assert pickle.loads(pickle.dumps(metrics.make_scorer(accuracy_score)))._score_func is accuracy_score


def test_it_is_watched_from_its_import_on(project):
    code = """
        import sys
        import jupyter_tracker as tracker
        tracker.autolog()
        assert "sklearn" not in sys.modules
        from sklearn.linear_model import LinearRegression
        from sklearn.metrics import r2_score
        x = [[0.0], [1.0], [2.0]]
        r2_score([1.0, 3.0, 5.0], LinearRegression().fit(x, [1.0, 3.0, 5.0]).predict(x))
        run = tracker.last_active_run()
        print(sorted(run.data.metrics))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "'r2_score_x'" in done.stdout
    assert "'training_r2_score'" in done.stdout
    assert not done.stderr


def test_permutation_importance_on_request(data, runs, files):
    x, y, *_ = data
    tracker.sklearn.autolog(log_permutation_importance=True, log_datasets=False)
    LogisticRegression().fit(x, y)
    (run,) = runs()
    assert "permutation_importance.json" in files(run)
    assert not run.inputs.dataset_inputs


def test_the_model_is_kept_with_its_signature(data, runs, files):
    X_train, y_train, X_test, _ = data  # noqa: N806
    with tracker.start_run() as run:
        model = DecisionTreeClassifier(max_depth=2).fit(X_train, y_train)
    uri = f"runs:/{run.info.run_id}/model"
    tracker.autolog(disable=True)
    assert tracker.sklearn.load_model(uri).predict(X_test).tolist() == model.predict(X_test).tolist()
    info = tracker.models.get_model_info(uri)
    assert info.signature.inputs.input_names() == list(X_train.columns)
    assert info.saved_input_example_info


def test_a_search_keeps_its_best(data, runs):
    x, y, *_ = data
    search = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2).fit(x, y)
    run = next(run for run in runs() if "best_max_depth" in run.data.params)
    tracker.autolog(disable=True)
    best = tracker.sklearn.load_model(f"runs:/{run.info.run_id}/best_estimator")
    assert best.get_depth() == search.best_estimator_.get_depth()


def test_a_model_that_is_too_large_is_left_out(data, runs, monkeypatch, capsys):
    x, y, *_ = data
    monkeypatch.setattr(models, "MAX_BYTES", 1000)
    DecisionTreeClassifier().fit(x, y)
    assert "DecisionTreeClassifier was not kept" in capsys.readouterr().out
    assert not runs()[0].outputs.model_outputs


@pytest.mark.parametrize("by", ["--quiet", "the setting", "silent"])
def test_the_line_about_it_can_be_switched_off(by, data, runs, monkeypatch, capsys):
    x, y, *_ = data
    monkeypatch.setattr(models, "MAX_BYTES", 1000)
    if by == "the setting":
        monkeypatch.setenv("JUPYTER_TRACKER_QUIET", "on")
    tracker.sklearn.autolog(silent=by == "silent")
    SWITCHES.enter_cell(on=True, quiet=by == "--quiet")
    DecisionTreeClassifier().fit(x, y)
    assert capsys.readouterr() == ("", "")
    assert not runs()[0].outputs.model_outputs
    SWITCHES.leave_cell()
    if by == "--quiet":
        DecisionTreeClassifier().fit(x, y)
        assert "was not kept" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["JUPYTER_TRACKER_RUN_ID", "MLFLOW_RUN_ID"])
def test_a_run_that_a_setting_names_takes_the_fits(name, data, runs, monkeypatch):
    x, y, *_ = data
    with tracker.start_run(run_name="named") as run:
        pass
    monkeypatch.setenv(name, run.info.run_id)
    StandardScaler().fit(x)
    DecisionTreeClassifier(max_depth=2).fit(x, y)
    assert tracker.active_run().info.run_id == run.info.run_id
    tracker.end_run()
    (named,) = runs()
    assert named.data.params["max_depth"] == "2"
    assert "StandardScaler" in named.data.params


def test_a_model_is_registered_and_kept_without_what_is_not_wanted(data, runs):
    x, y, *_ = data
    tracker.sklearn.autolog(log_input_examples=False, registered_model_name="churn")
    DecisionTreeClassifier().fit(x, y)
    tracker.sklearn.autolog(log_model_signatures=False, registered_model_name="churn")
    DecisionTreeClassifier().fit(x, y)
    tracker.sklearn.autolog(log_models=False, log_datasets=False, registered_model_name="churn")
    DecisionTreeClassifier().fit(x, y)
    infos = [tracker.models.get_model_info(f"models:/churn/{version}") for version in (1, 2)]
    assert [(info.signature is None, info.saved_input_example_info is None) for info in infos] == [
        (False, True),
        (True, False),
    ]
    assert str(infos[0].signature.outputs) == "[-: Tensor(str, (-1,))]"
    bare = runs()[-1]
    assert not bare.outputs.model_outputs
    assert not bare.inputs.dataset_inputs
    assert len(tracker.TrackerClient().search_model_versions("name = 'churn'")) == 2


def test_extra_tags(data, runs):
    x, y, *_ = data
    tracker.sklearn.autolog(extra_tags={"team": "churn"})
    LogisticRegression().fit(x, y)
    assert runs()[0].data.tags["team"] == "churn"


def test_a_model_is_kept_whose_data_can_be_no_example():
    frame = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "took": pd.to_timedelta([1, 2, 3, 4], unit="s")})
    with tracker.start_run() as run:
        make_pipeline(make_column_transformer(("passthrough", ["x"])), LinearRegression()).fit(frame, frame["x"])
    assert len(tracker.get_run(run.info.run_id).outputs.model_outputs) == 1
