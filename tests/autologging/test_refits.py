"""What is fitted once more in a run: each fit is a step there, unless it is set otherwise."""

import json

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

import jupyter_tracker as tracker

X = np.random.default_rng(0).normal(size=(80, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture(autouse=True)
def _on():
    tracker.autolog()


def test_what_goes_on_from_its_last_fit_stays_in_its_run(runs):
    with tracker.start_run():
        forest = RandomForestClassifier(n_estimators=2, warm_start=True, random_state=0)
        for count in (2, 4, 6):
            forest.set_params(n_estimators=count).fit(X, Y)
    (run,) = runs()
    client = tracker.TrackerClient()
    assert [point.step for point in client.get_metric_history(run.info.run_id, "training_score")] == [0, 1, 2]
    assert run.data.params["n_estimators"] == "6"
    replaced = json.loads(run.data.tags["jupyter_tracker.corrected.n_estimators"])
    assert [each["value"] for each in replaced] == ["2", "4"]
    assert sorted(output.step for output in run.outputs.model_outputs) == [0, 1, 2]
    assert len(tracker.sklearn.load_model(f"runs:/{run.info.run_id}/model").estimators_) == 6


def test_a_refit_with_the_same_settings_is_a_step_and_with_others_a_child(runs):
    with tracker.start_run() as mine:
        tracker.log_param("splitter", "mine")
        tree = DecisionTreeClassifier(max_depth=2)
        tree.fit(X, Y)
        tree.fit(X[:50], Y[:50])
        tree.set_params(max_depth=3, splitter="random").fit(X, Y)
        tree.fit(X, Y)
    parent, child = sorted(runs(), key=lambda run: run.info.run_id != mine.info.run_id)
    assert (parent.data.params["max_depth"], parent.data.params["splitter"]) == ("2", "mine")
    assert child.data.params["max_depth"] == "3"
    client = tracker.TrackerClient()
    for run in (parent, child):
        assert [point.step for point in client.get_metric_history(run.info.run_id, "training_score")] == [0, 1]


def test_rounds_of_an_estimator_that_is_fitted_again_go_on(runs):
    model = XGBClassifier(n_estimators=3, n_jobs=1)
    with tracker.start_run():
        for _ in range(2):
            model.fit(X, Y, eval_set=[(X, Y)], verbose=False)
    (run,) = runs()
    points = tracker.TrackerClient().get_metric_history(run.info.run_id, "validation_0-logloss")
    assert [point.step for point in points] == list(range(6))
