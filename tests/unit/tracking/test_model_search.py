"""Searches for models in the fluent API."""

import pytest

import jupyter_tracker as tracker
from jupyter_tracker.exceptions import MlflowException


@pytest.fixture
def client():
    return tracker.TrackerClient()


def test_registered_models_and_versions(client):
    for name in ("churn", "churn-small", "digits"):
        client.create_registered_model(name)
    client.create_model_version("churn", "runs:/" + "a" * 32 + "/model", tags={"checked": "yes"})
    client.create_model_version("churn", "runs:/" + "b" * 32 + "/model")
    names = [model.name for model in tracker.search_registered_models(filter_string="name LIKE 'churn%'")]
    assert names == ["churn", "churn-small"]
    assert len(tracker.search_registered_models(max_results=2)) == 2
    found = tracker.search_model_versions(filter_string="name = 'churn'", order_by=["version_number DESC"])
    assert [version.version for version in found] == ["2", "1"]
    (checked,) = tracker.search_model_versions(filter_string="tags.checked = 'yes'")
    assert checked.version == "1"


def test_logged_models_of_the_experiment_in_use(client):
    experiment = tracker.set_experiment("forests")
    with tracker.start_run() as run:
        made = client.create_logged_model(
            experiment.experiment_id, "forest", run.info.run_id, params={"trees": 9}, tags={"stage": "try"}
        )
        tracker.log_metric("accuracy", 0.75, model_id=made.model_id)
    client.create_logged_model("0", "elsewhere")
    frame = tracker.search_logged_models()
    assert frame["model_id"].tolist() == [made.model_id]
    assert frame["metrics.accuracy"].tolist() == [0.75]
    assert frame["params.trees"].tolist() == ["9"]
    assert frame["tags.stage"].tolist() == ["try"]
    assert str(frame["creation_timestamp"].dtype) == "datetime64[ns, UTC]"
    (model,) = tracker.search_logged_models(filter_string="metrics.accuracy > 0.5", output_format="list")
    assert model == tracker.get_logged_model(made.model_id)
    assert tracker.search_logged_models(filter_string="metrics.accuracy > 0.8").empty


def test_all_pages_are_read(client):
    made = {client.create_logged_model("0", f"model-{i}").model_id for i in range(120)}
    found = tracker.search_logged_models(["0"], output_format="list")
    assert {model.model_id for model in found} == made
    assert len(tracker.search_logged_models(["0"], max_results=7)) == 7


def test_an_unknown_format_is_refused():
    with pytest.raises(MlflowException, match="Unsupported output format: arrow"):
        tracker.search_logged_models(output_format="arrow")
