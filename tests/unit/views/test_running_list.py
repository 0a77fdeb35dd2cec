from jupyter_tracker.entities import Metric, RunTag
from jupyter_tracker.views.running_list import running_list_view


def test_the_runs_that_go_on_are_listed_the_newest_first(seeded, store):
    newer = store.create_run(seeded.experiment, start_time=2_000_000_000_000, run_name="newer").info.run_id
    assert [run.run_id for run in running_list_view([store]).runs] == [newer, seeded.running]
    store.update_run(newer, status="FINISHED", end_time=2_000_000_001_000)
    assert [run.run_id for run in running_list_view([store]).runs] == [seeded.running]


def test_a_run_names_its_kernel_its_parent_and_its_latest_metric(seeded, store):
    for key, value in [("jupyter_tracker.kernel.id", "k1"), ("jupyter_tracker.notebook.path", "/a/train.ipynb")]:
        store.set_tag(seeded.running, RunTag(key, value))
    store.set_tag(seeded.running, RunTag("mlflow.parentRunId", seeded.forest))
    store.log_batch(seeded.running, metrics=[Metric("loss", 0.123456789, 2_000_000_000_000, 7)])
    (run,) = running_list_view([store]).runs
    assert (run.kernel_id, run.notebook, run.parent_run_id) == ("k1", "/a/train.ipynb", seeded.forest)
    assert (run.metric, run.value, run.step) == ("loss", "0.1235", 7)


def test_runs_in_the_trash_are_left_out(seeded, store):
    store.delete_run(seeded.running)
    assert running_list_view([store]).runs == []


def test_a_card_names_the_kernel_only_while_its_run_goes_on(seeded, store):
    from jupyter_tracker.views.run_card import run_card_view

    store.set_tag(seeded.running, RunTag("jupyter_tracker.kernel.id", "k1"))
    assert run_card_view(store, seeded.running).kernel_id == "k1"
    store.update_run(seeded.running, status="FINISHED", end_time=2_000_000_000_000)
    assert run_card_view(store, seeded.running).kernel_id is None
