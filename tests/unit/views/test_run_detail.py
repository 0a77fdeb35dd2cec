import math

import pytest

from jupyter_tracker.entities import Metric, Param, RunTag
from jupyter_tracker.entities.dataset import Dataset, DatasetInput, LoggedModelOutput
from jupyter_tracker.errors import ResourceDoesNotExistError
from jupyter_tracker.views.run_detail import SHOWN, run_detail_view


def child(store, seeded, parent, name, start):
    tags = {"mlflow.parentRunId": parent}
    return store.create_run(seeded.experiment, run_name=name, start_time=start, tags=tags).info.run_id


def test_the_range_of_a_metric_is_exact_however_long_it_is(store, seeded):
    values = [math.sin(i / 7) * i for i in range(5000)]
    points = [Metric("wave", value, i, i) for i, value in enumerate(values)]
    for start in range(0, len(points), 500):
        store.log_batch(seeded.running, metrics=points[start : start + 500])
    store.log_batch(seeded.running, metrics=[Metric("wave", math.nan, 5000, 5000)])
    (wave,) = run_detail_view(store, seeded.running, "wave").metrics
    assert (wave.min, wave.max) == (min(values), max(values))
    assert wave.summary.value == "NaN"


def test_find_looks_at_keys_in_any_case_and_leaves_the_rest(store, seeded):
    view = run_detail_view(store, seeded.forest, " DEPTH ")
    assert [param.key for param in view.params] == ["depth"]
    assert (view.metrics, view.tags, view.metrics_total) == ([], [], 0)
    assert view.name == "rf-baseline"


def test_long_lists_are_cut_and_found_all_the_same(store, seeded):
    for start in range(0, 1000, 100):
        store.log_batch(seeded.running, params=[Param(f"p{i:04}", str(i)) for i in range(start, start + 100)])
    view = run_detail_view(store, seeded.running)
    assert (len(view.params), view.params_total) == (SHOWN, 1002)
    assert [param.value for param in run_detail_view(store, seeded.running, "p0999").params] == ["999"]


def test_parent_and_children_name_each_other(store, seeded):
    ids = [child(store, seeded, seeded.forest, f"fold-{i}", i) for i in range(60)]
    view = run_detail_view(store, seeded.forest)
    assert view.children_total == 60
    assert len(view.children) == 50
    assert (view.children[0].run_id, view.children[0].name) == (ids[-1], "fold-59")
    parent = run_detail_view(store, ids[0]).parent
    assert (parent.run_id, parent.status) == (seeded.forest, "FINISHED")


def test_a_parent_that_is_gone_is_none(store, seeded):
    assert run_detail_view(store, child(store, seeded, "f" * 32, "orphan", 1)).parent is None


def test_models_and_data_sets_of_a_run(store, seeded):
    model = store.create_logged_model(seeded.experiment, name="forest", source_run_id=seeded.forest)
    store.log_outputs(seeded.forest, [LoggedModelOutput(model.model_id, 3)])
    array = Dataset("digits", "abc", "code", "{}", profile='{"features_shape": [1797, 64]}')
    store.log_inputs(seeded.failed, [DatasetInput(array), DatasetInput(Dataset("odd", "d", "x", "{}", profile="no"))])
    (used,) = run_detail_view(store, seeded.forest).models
    assert (used.name, used.role, used.step, used.model_id) == ("forest", "output", 3, model.model_id)
    assert {(data.name, data.rows) for data in run_detail_view(store, seeded.failed).datasets} == {
        ("digits", 1797),
        ("odd", None),
    }


def test_facts_come_from_tags_that_are_then_not_listed_again(store, seeded):
    store.set_tag(seeded.forest, RunTag("mlflow.source.git.commit", "c0ffee"))
    store.set_tag(seeded.forest, RunTag("mlflow.something", "else"))
    view = run_detail_view(store, seeded.forest)
    assert [(fact.label, fact.value) for fact in view.facts] == [("User", "alice"), ("Commit", "c0ffee")]
    assert [tag.key for tag in view.system_tags] == ["mlflow.something"]
    assert [tag.key for tag in view.tags] == ["author"]


def test_a_run_that_is_not_there(store):
    with pytest.raises(ResourceDoesNotExistError):
        run_detail_view(store, "0" * 32)
