"""A store whose folder was moved still finds its artifacts."""

import pytest

from jupyter_tracker.store.sql import open_sqlite


@pytest.fixture
def moved(tmp_path):
    """Make a store with one of everything that has a place, move it, and open it where it is now."""
    before = tmp_path / "before 100%"
    before.mkdir()
    store = open_sqlite(before / "tracker.db")
    identity = store.store_id
    experiment = store.create_experiment("churn")
    inside = store.create_experiment("inside", artifact_location=(before / "elsewhere").as_uri())
    outside = store.create_experiment("outside", artifact_location=(tmp_path / "far").as_uri())
    run = store.create_run(experiment)
    model = store.create_logged_model(experiment, "net", run.info.run_id)
    store.create_registered_model("m")
    for source in (
        f"{run.info.artifact_uri}/model",
        model.model_uri,
        f"runs:/{run.info.run_id}/model",
        "s3://bucket/model",
        (tmp_path / "far" / "model").as_uri(),
    ):
        store.create_model_version("m", source)
    store.create_model_version("m", "models:/m/1")
    assert store.get_model_version_download_uri("m", "6") == store.get_model_version_download_uri("m", "1")
    store.close()
    after = tmp_path / "after"
    before.rename(after)
    store = open_sqlite(after / "tracker.db")
    assert store.store_id == identity
    yield store, experiment, inside, outside, run.info.run_id, model.model_id
    store.close()


def test_everything_is_found_where_it_is_now(moved, tmp_path):
    store, experiment, inside, outside, run_id, model_id = moved
    root = (tmp_path / "after").as_uri()
    places = [store.get_experiment(number).artifact_location for number in (experiment, inside, outside)]
    assert places == [f"{root}/artifacts/1", f"{root}/elsewhere", (tmp_path / "far").as_uri()]
    assert store.get_run(run_id).info.artifact_uri == f"{root}/artifacts/1/{run_id}/artifacts"
    assert store.search_runs([experiment])[0] == store.get_run(run_id)
    assert store.get_logged_model(model_id).artifact_location == f"{root}/artifacts/1/models/{model_id}/artifacts"
    assert store.count_runs([experiment], f"artifact_uri = '{root}/artifacts/1/{run_id}/artifacts'") == 1


def test_so_are_the_files_of_model_versions(moved, tmp_path):
    store, _, _, _, run_id, model_id = moved
    root = (tmp_path / "after").as_uri()
    found = [store.get_model_version_download_uri("m", str(number)) for number in range(1, 7)]
    assert found == [
        f"{root}/artifacts/1/{run_id}/artifacts/model",
        f"{root}/artifacts/1/models/{model_id}/artifacts",
        f"{root}/artifacts/1/{run_id}/artifacts/model",
        "s3://bucket/model",
        (tmp_path / "far" / "model").as_uri(),
        f"{root}/artifacts/1/{run_id}/artifacts/model",
    ]
