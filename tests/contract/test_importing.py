"""Whole experiments, runs and models brought in: ids kept, nothing twice, nothing overwritten."""

import math

import numpy as np
import pytest

from jupyter_tracker.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    InputTag,
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    ModelVersion,
    Param,
    RegisteredModel,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
    ViewType,
)
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.store.points import Points
from jupyter_tracker.store.upkeep import ModelRecord, RegistryRecord, RunRecord, VersionRecord

START = 1_700_000_000_000


def experiment_of(experiment_id, name, stage="active", updated=START + 5, **tags):
    return Experiment(experiment_id, name, "s3://elsewhere", stage, tags, START, updated)


def run_of(run_id, experiment_id="0", stage="active", **data):
    info = RunInfo(run_id, experiment_id, "alice", "FINISHED", START, START + 1000, stage, None, f"run {run_id[:2]}")
    tags = [RunTag("mlflow.runName", info.run_name)]
    return Run(info, RunData(params=[Param("lr", "0.1")], tags=tags), **data)


def series(key, values, first=0):
    steps = np.arange(first, first + len(values))
    return Points(key, steps, START + steps, np.asarray(values, dtype=float))


def test_experiments_keep_their_ids_and_are_merged_by_name(store):
    store.create_experiment("churn")
    moved = store.import_experiments(
        [
            experiment_of("0", "Default"),
            experiment_of("1", "pricing", team="blue"),
            experiment_of("7", "churn"),
            experiment_of("341622841971992512", "big"),
        ]
    )
    assert moved["0"].experiment_id == "0"
    assert moved["7"].experiment_id == "1"
    assert moved["1"].experiment_id not in {"0", "1"}
    assert (moved["1"].name, moved["1"].tags, moved["1"].creation_time) == ("pricing", {"team": "blue"}, START)
    assert moved["341622841971992512"].experiment_id == "341622841971992512"
    assert moved["341622841971992512"].artifact_location.endswith("artifacts/341622841971992512")
    again = store.import_experiments([experiment_of("1", "pricing", team="red")])
    assert again["1"] == moved["1"]
    assert store.create_experiment("after")


def test_a_run_comes_whole(store, opened):
    run_id = "ab" * 16
    inputs = RunInputs(
        [DatasetInput(Dataset("iris", "d1", "local", "{}", "{}"), [InputTag("mlflow.data.context", "train")])],
        [LoggedModelInput("m-" + "1" * 32)],
    )
    outputs = RunOutputs([LoggedModelOutput("m-" + "2" * 32, 7)])
    run = run_of(run_id, inputs=inputs, outputs=outputs)
    pieces = [
        series("loss", [1.0, 0.5]),
        series("loss", [0.25, math.nan], 2),
        series("f1", [math.inf]),
        series("none", []),
    ]
    assert store.import_runs([RunRecord(run, lambda: iter(pieces))]) == [run_id]
    for each in (store, opened()):
        found = each.get_run(run_id)
        assert found.info.start_time == START
        assert (found.info.user_id, found.info.status, found.info.run_name) == ("alice", "FINISHED", "run ab")
        assert found.data.params == {"lr": "0.1"}
        assert found.data.tags == run.data.tags
        assert math.isnan(found.data.metrics["loss"])
        assert found.data.metrics["f1"] == math.inf
        assert set(found.data.metrics) == {"loss", "f1"}
        assert found.inputs == inputs
        assert found.outputs == outputs
        loss = each.metric_series(run_id, "loss")
        assert loss.step.tolist() == [0, 1, 2, 3]
        assert loss.value.tolist()[:3] == [1.0, 0.5, 0.25]
        assert [run.info.run_id for run in each.search_runs(["0"], "metrics.f1 > 1e9")] == [run_id]


def test_the_latest_point_is_found_across_pieces_in_any_order(store):
    run_id = "cd" * 16
    store.import_runs([RunRecord(run_of(run_id), lambda: [series("a", [5.0, 6.0], 10), series("a", [1.0, 2.0])])])
    (latest,) = store.get_run(run_id).data.latest_metrics
    assert (latest.value, latest.step) == (6.0, 11)
    assert store.metric_series(run_id, "a").step.tolist() == [0, 1, 10, 11]


def test_importing_twice_gives_one_run_and_changes_nothing(store):
    run_id = "ef" * 16
    record = RunRecord(run_of(run_id), lambda: [series("a", [1.0])])
    store.import_runs([record])
    store.log_batch(run_id, [Metric("b", 2.0, START, 0)])
    assert store.import_runs([record, record]) == []
    assert store.import_runs([RunRecord(run_of("12" * 16)), record]) == ["12" * 16]
    assert store.get_run(run_id).data.metrics == {"a": 1.0, "b": 2.0}
    assert store.count_runs(["0"]) == 2


def test_points_of_a_model_and_a_data_set_come_with_their_run_once(store):
    run_id, model_id = "ab" * 16, "m-" + "1" * 32
    points = [
        Metric("f1", value, START, step, model_id, "iris", "d1", run_id)
        for step, value in enumerate((0.5, math.inf, 0.25))
    ]
    points.append(Metric("loss", 0.1, START, 0, None, "wine", "d2", run_id))
    record = RunRecord(run_of(run_id), lambda: [series("f1", [0.5, math.inf, 0.25])], measured=points)
    for _ in range(2):
        store.import_runs([record])
        assert store.measured_points(run_id) == points
        assert store.measured_series(run_id, "f1", model_id) == points[:3]
    assert store.truncate_metric(run_id, "f1", 1) == 2
    assert store.measured_points(run_id) == [points[0], points[3]]


def test_a_run_that_is_there_gains_the_series_of_models_that_it_lacks(store, new_run):
    run_id = "ac" * 16
    points = [
        Metric("f1", value, START + step, step, None, name, "d1", run_id)
        for name in ("iris", "wine")
        for step, value in enumerate((0.5, math.inf, math.nan))
    ]
    gone = Metric("loss", 0.1, START, 0, None, "wine", "d2", run_id)
    series_of = lambda: [series("f1", [0.5, math.inf, math.nan])]  # noqa: E731
    assert store.import_runs([RunRecord(run_of(run_id), series_of, measured=points[:2])]) == [run_id]
    other = RunRecord(run_of("ad" * 16), measured=())
    for new in ([other.run.info.run_id], []):
        assert store.import_runs([RunRecord(run_of(run_id), measured=[*points, gone]), other]) == new
        # The one of iris is there, if shorter; and the run has no loss.
        assert repr(store.measured_points(run_id)) == repr([points[0], points[3], points[1], points[4], points[5]])
        assert len(store.metric_series(run_id, "f1")) == 3


def test_what_many_runs_have_is_read_at_once(store, new_run):
    ids = [new_run(), new_run(), new_run()]
    store.writer(ids[0]).log_series("a", [1.0, 2.0])
    store.log_metric(ids[0], Metric("b", math.nan, START, 3, None, "iris", "d1"))
    store.writer(ids[1]).log_series("a", [1.0] * 50)
    measured = store.measured_points_of([*ids, "f" * 32])
    assert {run_id: [point.key for point in found] for run_id, found in measured.items() if found} == {ids[0]: ["b"]}
    assert repr(measured[ids[0]]) == repr(store.measured_points(ids[0]))
    found = store.short_histories(ids, 10)
    if found:  # a store that cannot do it at once says nothing
        assert set(found) == {ids[0], ids[2]}
        assert repr(found[ids[0]]) == repr([store.metric_series(ids[0], key) for key in "ab"])
        assert found[ids[2]] == []


def test_an_imported_run_goes_on_like_any_other(store):
    run_id = "aa" * 16
    store.import_runs([RunRecord(run_of(run_id), lambda: [series("a", [1.0, 2.0])])])
    store.writer(run_id).log_metric("a", 3.0, 2)
    store.truncate_metric(run_id, "a", 1)
    assert store.metric_series(run_id, "a").value.tolist() == [1.0]


def test_deleted_runs_stay_deleted_and_come_back_with_their_experiment(store):
    store.import_experiments([experiment_of("5", "gone", "deleted", updated=START + 100)])
    with_it, before, lone = ("1" * 32, "2" * 32, "3" * 32)
    store.import_runs(
        [
            RunRecord(run_of(with_it, "5", "deleted"), deleted_time=START + 103),
            RunRecord(run_of(before, "5", "deleted"), deleted_time=START + 50),
            RunRecord(run_of(lone, "0", "deleted"), deleted_time=START),
        ]
    )
    assert [entry.id for entry in store.trash(START + 60) if entry.kind == "run"] == [before, lone]
    store.restore_experiment("5")
    assert [run.info.run_id for run in store.search_runs(["5"])] == [with_it]
    assert len(store.search_runs(["0", "5"], run_view_type=ViewType.DELETED_ONLY)) == 2


def test_files_may_stay_where_they_are(store, tmp_path):
    linked, own = "4" * 32, "5" * 32
    elsewhere = (tmp_path.parent / "elsewhere" / "artifacts").as_uri()
    store.import_runs([RunRecord(run_of(linked), artifact_uri=elsewhere), RunRecord(run_of(own))])
    assert store.get_run(linked).info.artifact_uri == elsewhere
    assert store.get_run(own).info.artifact_uri.endswith(f"artifacts/0/{own}/artifacts")
    store.delete_run(linked)
    (entry,) = store.trash()
    assert entry.artifact_uri is None


def test_what_the_database_has_no_room_for_is_cut(store):
    run_id = "6" * 32
    run = run_of(run_id)
    run.data.params["long"] = "x" * 9000
    run.data.tags["k" * 300] = "a\0b\ud800"
    store.import_runs([RunRecord(run)])
    data = store.get_run(run_id).data
    assert len(data.params["long"]) == 6000
    assert data.tags["k" * 250] == "ab?"


def test_runs_of_an_unknown_experiment_are_refused_whole(store):
    with pytest.raises(ResourceDoesNotExistError, match="999"):
        store.import_runs([RunRecord(run_of("7" * 32)), RunRecord(run_of("8" * 32, "999"))])
    assert store.known_runs(["7" * 32]) == set()


def logged_model(model_id="m-" + "a" * 32, **changes):
    metrics = [
        Metric("acc", 0.9, 5, 1, model_id, "iris", "d1", "1" * 32),
        Metric("acc", math.nan, 5, 0, run_id="1" * 32),
    ]
    values = {
        "experiment_id": "0",
        "model_id": model_id,
        "name": "net",
        "artifact_location": "s3://elsewhere",
        "creation_timestamp": START,
        "last_updated_timestamp": START + 1,
        "model_type": "sklearn",
        "source_run_id": "1" * 32,
        "tags": {"a": "b"},
        "params": {"depth": "8"},
        "metrics": metrics,
    }
    return LoggedModel(**{**values, **changes})


def test_logged_models(store):
    model = logged_model()
    assert store.import_logged_models([ModelRecord(model)]) == [model.model_id]
    assert store.import_logged_models([ModelRecord(logged_model(name="other"))]) == []
    found = store.get_logged_model(model.model_id)
    assert (found.name, found.tags, found.params, found.status) == ("net", {"a": "b"}, {"depth": "8"}, "READY")
    assert found.artifact_location.endswith(f"artifacts/0/models/{model.model_id}/artifacts")
    assert {(metric.dataset_name, math.isnan(metric.value)) for metric in found.metrics} == {
        ("iris", False),
        (None, True),
    }


def registered(version="1", source="models:/m-" + "a" * 32, location=None, aliases=None):
    model = RegisteredModel("churn-model", START, START + 2, "text", [], {"k": "v"}, aliases or {"champ": version})
    one = ModelVersion(
        "churn-model", version, START, START + 1, "words", "alice", "Production", source, "1" * 32, tags={"a": "b"}
    )
    return RegistryRecord(model, [VersionRecord(one, location)])


def test_registered_models_with_versions_stages_aliases_and_tags(store):
    store.import_logged_models([ModelRecord(logged_model())])
    assert store.import_registered_models([registered()]) == []
    model = store.get_registered_model("churn-model")
    assert (model.description, model.tags, model.aliases, model.creation_timestamp) == (
        "text",
        {"k": "v"},
        {"champ": "1"},
        START,
    )
    version = store.get_model_version("churn-model", "1")
    assert (version.current_stage, version.tags, version.description, version.aliases) == (
        "Production",
        {"a": "b"},
        "words",
        ["champ"],
    )
    assert store.get_model_version_download_uri("churn-model", "1") == logged_model_location(store)
    assert store.import_registered_models([registered()]) == []
    assert store.create_model_version("churn-model", "models:/churn-model@champ").version == "2"


def logged_model_location(store):
    return store.get_logged_model(logged_model().model_id).artifact_location


def test_another_version_of_the_same_number_is_kept_and_said(store):
    store.import_registered_models([registered(source="here")])
    said = store.import_registered_models([registered(source="there")])
    assert len(said) == 1
    assert "version 1 is another one here" in said[0]
    assert store.get_model_version("churn-model", "1").source == "here"
    assert store.import_registered_models([registered("2")])[0].startswith("model churn-model: alias champ points at")
    assert store.get_model_version("churn-model", "2").aliases == []


def test_a_version_says_where_its_files_are(store, tmp_path):
    place = store.get_experiment("0").artifact_location + "/" + "1" * 32 + "/artifacts/model"
    store.import_registered_models([registered(source="/old/machine/model", location=place)])
    assert store.get_model_version_download_uri("churn-model", "1") == place
