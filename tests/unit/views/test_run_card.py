import time
from dataclasses import replace

import pytest

from jupyter_tracker.artifact_store import artifact_store
from jupyter_tracker.entities import LoggedModelOutput, Metric, Param, RunTag
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.views.artifact_list import artifact_list
from jupyter_tracker.views.run_card import run_card_view


def metric(store, run_id, key="f1"):
    return next(item for item in run_card_view(store, run_id).metrics if item.key == key)


def test_an_unknown_run_is_an_error(store):
    with pytest.raises(ResourceDoesNotExistError):
        run_card_view(store, "0" * 32)


def test_the_latest_value_is_exact_at_once(seeded, store):
    assert metric(store, seeded.running).step == 999
    store.log_batch(seeded.running, metrics=[Metric("f1", 7.5, 2_000_000_000_000, 1000)])
    now = metric(store, seeded.running)
    assert (now.step, now.value, now.text) == (1000, 7.5, "7.5")


def test_the_curve_of_an_ended_run_is_exact(seeded, store):
    assert metric(store, seeded.running).count == 1000
    # Earlier steps do not move the latest point.
    store.log_batch(seeded.running, metrics=[Metric("f1", -9.0, 1, 5)])
    store.update_run(seeded.running, status="FINISHED", end_time=2_000_000_000_000)
    ended = metric(store, seeded.running)
    assert ended.count == 1001
    assert min(ended.spark) == -9.0


def test_the_curve_of_a_running_run_follows(seeded, store):
    assert metric(store, seeded.running).count == 1000
    deadline = time.monotonic() + 60
    step = 1000
    while metric(store, seeded.running).count == 1000:
        assert time.monotonic() < deadline
        store.log_batch(seeded.running, metrics=[Metric("f1", 1.0, 2_000_000_000_000, step)])
        step += 1
        time.sleep(0.02)


def test_a_quiet_run_costs_no_reading_of_series(seeded, store, monkeypatch):
    first = run_card_view(store, seeded.running)
    monkeypatch.setattr(store, "metric_series", lambda *_: pytest.fail("the series was read again"))
    assert run_card_view(store, seeded.running) == first


def test_long_lists_are_cut_and_counted(seeded, store):
    for start in range(0, 300, 100):
        store.log_batch(seeded.running, params=[Param(f"p{start + i}", "v" * 6000) for i in range(100)])
    store.log_batch(seeded.running, metrics=[Metric(f"m{i}", i, 1, 0) for i in range(200)])
    view = run_card_view(store, seeded.running)
    assert (len(view.params), view.params_total) == (100, 302)
    assert (len(view.metrics), view.metrics_total) == (50, 201)
    assert max(len(param.value) for param in view.params) == 250


def test_only_the_users_tags_are_shown(seeded, store):
    store.set_tag(seeded.running, RunTag("python_version", "3.11.7"))
    store.set_tag(seeded.running, RunTag("stage", "dev"))
    assert [(tag.key, tag.value) for tag in run_card_view(store, seeded.running).tags] == [("stage", "dev")]


def test_a_run_in_the_trash_says_so(seeded, store):
    store.delete_run(seeded.forest)
    assert run_card_view(store, seeded.forest).deleted


def test_artifacts_of_all_folders_are_listed_near_ones_first(seeded, store):
    view = run_card_view(store, seeded.forest)
    assert [(entry.path, entry.size_bytes) for entry in view.artifacts] == [("report.txt", 5), ("model/MLmodel", 12)]


def test_artifacts_are_left_out_where_they_are_not_shown(seeded, store):
    whole, without = (run_card_view(store, seeded.forest, artifacts=wanted) for wanted in (True, False))
    assert whole.artifacts_total > 0
    assert without == replace(whole, artifacts=[], artifacts_total=0)


def test_very_many_artifacts_are_cut(tmp_path):
    backend = artifact_store(str(tmp_path))
    for i in range(600):
        (tmp_path / f"f{i}").touch()
    backend.write("folder/inner", b"x")
    entries, total = artifact_list(lambda: artifact_store(str(tmp_path)))
    assert len(entries) == 50
    assert total >= 600


def test_a_logged_model_is_a_folder_among_the_artifacts(seeded, store):
    home = store.get_run(seeded.forest).info.experiment_id
    model = store.create_logged_model(home, "net", seeded.forest)
    artifact_store(model.artifact_location).write("data/weights.bin", b"123")
    store.log_outputs(seeded.forest, [LoggedModelOutput(model.model_id, 0)])
    view = run_card_view(store, seeded.forest)
    assert ("net/data/weights.bin", 3) in [(entry.path, entry.size_bytes) for entry in view.artifacts]
    assert view.artifacts_total == 3


@pytest.mark.parametrize("uri", ["", "ftp://host/key", "/nowhere/at/all"])
def test_artifacts_that_cannot_be_read_are_none(uri):
    assert artifact_list(lambda: artifact_store(uri)) == ([], 0)


def test_what_autologging_repeats_and_the_machines_own_metrics_come_last(store, seeded):
    run = store.create_run(seeded.empty).info.run_id
    keys = ["a_score-2_X", "a_score-3_X", "a_score_X", "system/cpu", "top-5_accuracy", "f1"]
    store.log_batch(run, metrics=[Metric(key, 1.0, 1, 0) for key in keys])
    shown = [item.key for item in run_card_view(store, run).metrics]
    assert shown == ["a_score_X", "f1", "top-5_accuracy", "a_score-2_X", "a_score-3_X", "system/cpu"]
