import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

import jupyter_tracker as tracker
from jupyter_tracker.errors import InvalidParameterError


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.random((60, 2)), columns=["a", "b"])
    frame["y"] = (frame["a"] + random.normal(0, 0.2, 60) > 0.5).astype(int)
    return frame


@pytest.fixture
def model(data):
    return LogisticRegression().fit(data[["a", "b"]], data["y"])


def files(run):
    return {file.path for file in tracker.artifacts.list_artifacts(run_id=run.info.run_id)}


class TestClassifier:
    def test_a_logged_model(self, data, model):
        with tracker.start_run() as run:
            info = tracker.sklearn.log_model(model, "model", input_example=data[["a", "b"]][:3])
            result = tracker.evaluate(info.model_uri, data, targets="y", model_type="classifier")
        found = model.predict(data[["a", "b"]])
        assert result.metrics["f1_score"] == pytest.approx(f1_score(data["y"], found))
        scores = model.predict_proba(data[["a", "b"]])[:, 1]
        assert result.metrics["roc_auc"] == pytest.approx(roc_auc_score(data["y"], scores))
        assert (
            sum(
                result.metrics[f"{kind}s"]
                for kind in ("true_positive", "true_negative", "false_positive", "false_negative")
            )
            == 60
        )
        kept = tracker.get_run(run.info.run_id)
        assert kept.data.metrics == pytest.approx(result.metrics)
        assert [each.dataset.name for each in kept.inputs.dataset_inputs] == ["evaluation"]
        assert {"confusion_matrix.json", "confusion_matrix.png", "eval_results_table.json"} <= files(run)
        measured = tracker.TrackerClient().get_logged_model(info.model_id).metrics
        assert {metric.key: metric.value for metric in measured} == pytest.approx(result.metrics)
        table = tracker.load_table("eval_results_table.json", run_ids=[run.info.run_id])
        assert table["outputs"].tolist() == found.tolist()
        assert table["target"].tolist() == data["y"].tolist()

    def test_columns_that_are_not_the_model_s_are_left_out(self, data, model):
        with tracker.start_run():
            info = tracker.sklearn.log_model(model, "model", input_example=data[["a", "b"]][:3])
            uri, more = info.model_uri, data.assign(id=range(60))
            found = [tracker.evaluate(uri, each, targets="y", model_type="classifier") for each in (data, more)]
        assert "roc_auc" in found[0].metrics
        assert found[0].metrics == found[1].metrics

    def test_many_classes_by_names(self):
        data = pd.DataFrame({"truth": ["x", "y", "z", "x"], "said": ["x", "y", "x", "x"]})
        with tracker.start_run():
            result = tracker.evaluate(data=data, predictions="said", targets="truth", model_type="classifier")
        assert result.metrics["accuracy_score"] == 0.75
        assert "true_positives" not in result.metrics
        matrix = tracker.artifacts.load_dict(f"runs:/{tracker.last_active_run().info.run_id}/confusion_matrix.json")
        assert matrix["matrix"] == [[2, 0, 0], [0, 1, 0], [1, 0, 0]]


class TestRegressor:
    def test_an_estimator_and_arrays(self):
        x = np.arange(10.0).reshape(-1, 1)
        y = 2 * x[:, 0] + 1
        with tracker.start_run():
            result = tracker.evaluate(LinearRegression().fit(x, y), x, targets=y, model_type="regressor")
        assert result.metrics["r2_score"] == pytest.approx(1)
        assert result.metrics["root_mean_squared_error"] == pytest.approx(0, abs=1e-9)
        assert result.metrics["mean_on_target"] == pytest.approx(10)

    def test_more_metrics(self):
        def off_by(truth, found):
            return max(abs(a - b) for a, b in zip(truth, found, strict=True))

        with tracker.start_run():
            result = tracker.evaluate(lambda _: [1, 2], [[1.0], [2.0]], targets=[1, 4], extra_metrics=[off_by])
        assert result.metrics == {"example_count": 2, "off_by": 2}

    def test_arguments_of_mlflow_s(self):
        with tracker.start_run():
            result = tracker.models.evaluate(
                lambda _: [1, 4], [[1.0], [2.0]], targets=[1, 4], model_type="regressor",
                evaluators="default", evaluator_config={"log_model_explainability": False},
            )  # fmt: skip
        assert result.metrics["max_error"] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": len, "model_type": "cluster"}, "model_type"),
        ({"model": None}, "either"),
        ({"model": lambda x: [1], "targets": [1, 2], "model_type": "regressor"}, "2 targets and 1"),
        ({"model": lambda x: [1, 2], "model_type": "regressor"}, "targets"),
        ({"model": lambda x: [1, 2], "targets": "y"}, "'y'"),
        ({"model": 3, "targets": "a"}, "int"),
        (
            {"model": lambda x: [[0.2, 0.8], [0.5, 0.5]], "targets": "a", "model_type": "classifier"},
            "let the model give",
        ),
        ({"model": lambda x: ["1", "2"], "targets": "a", "model_type": "regressor"}, "one prediction is '1'"),
        ({"model": lambda x: [1, 2], "targets": [1, None], "model_type": "classifier"}, "1 of 2 targets are missing"),
        ({"model": lambda x: [1, float("nan")], "targets": "a", "model_type": "regressor"}, "1 of 2 predictions"),
    ],
)
def test_what_cannot_be_measured(given, said):
    data = pd.DataFrame({"a": [1, 2]})
    with tracker.start_run(), pytest.raises(InvalidParameterError, match=said):
        tracker.evaluate(**{"data": data, **given})
