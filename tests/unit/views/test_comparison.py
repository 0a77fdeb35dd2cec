import math

import pytest

from jupyter_tracker.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.views.comparison import ComparisonOptions, comparison_view
from jupyter_tracker.views.comparison_metrics import compared_metrics
from jupyter_tracker.views.frames import comparison_frame
from jupyter_tracker.views.metric_goals import metric_goal
from tests.unit.seed import START


def group(view, id_):
    return next(item for item in view.groups if item.id == id_)


def compare(store, *runs, **options):
    return comparison_view(store, ComparisonOptions(list(runs), **options))


def test_what_differs_comes_first_and_equal_values_are_sent_once(seeded, store):
    params = group(compare(store, seeded.forest, seeded.failed, seeded.running), "params")
    assert [(row.key, row.differs) for row in params.rows] == [
        ("depth", True),
        ("lr", True),
        ("model", True),
        ("seed", False),
    ]
    assert params.rows[0].cells == ["8", None, None]
    assert params.rows[3].cells == ["1"]
    assert (params.differing, params.total) == (3, 4)


def test_metrics_are_measured_against_the_baseline(seeded, store):
    store.log_batch(seeded.failed, metrics=[Metric("f1", 0.5, START, 3), Metric("loss", 2.0, START, 3)])
    view = compare(store, seeded.forest, seeded.failed, baseline=seeded.failed)
    assert view.baseline == 1
    f1, loss = view.metrics
    assert (f1.key, f1.goal, loss.goal) == ("f1", "max", "min")
    first, base = f1.cells
    assert (first.text, first.step, first.delta, first.percent) == ("0.95", 9, "+0.45", "+90.0 %")
    assert (first.better, first.best) == (True, True)
    assert (base.delta, base.better, base.best) == (None, None, False)
    # An infinite loss is no number to be measured, and never the best.
    assert (loss.cells[0].text, loss.cells[0].delta, loss.cells[0].best) == ("∞", None, False)


def test_a_goal_that_was_said_is_not_guessed(store):
    experiment = store.create_experiment("goals")
    runs = []
    for value in (1.0, 2.0, 2.0, math.nan):
        run = store.create_run(experiment).info.run_id
        store.log_batch(run, metrics=[Metric("loss", value, START, 0), Metric("same", 1.0, START, 0)])
        runs.append(run)

    def best(**goals):
        metric = next(item for item in compare(store, *runs, **goals).metrics if item.key == "loss")
        return [cell.best for cell in metric.cells]

    assert best() == [True, False, False, False]
    assert best(maximize=["loss"]) == [False, True, True, False]
    assert best(unranked=["loss"]) == [False] * 4
    # Where all are the same none is best.
    same = compare(store, *runs).metrics[1]
    assert not same.differs
    assert [cell.best for cell in same.cells] == [False] * 4
    assert [cell.delta for cell in same.cells] == [None, "±0", "±0", "±0"]


def test_nan_equals_nan_and_the_machines_metrics_come_last(store):
    experiment = store.create_experiment("nan")
    runs = []
    for value in (10.0, 20.0):
        run = store.create_run(experiment).info.run_id
        store.log_batch(run, metrics=[Metric("z", math.nan, START, 0), Metric("system/cpu", value, START, 0)])
        runs.append(run)
    metrics = compare(store, *runs).metrics
    assert [(metric.key, metric.differs, metric.goal) for metric in metrics] == [
        ("z", False, "max"),
        ("system/cpu", True, "none"),
    ]


@pytest.mark.parametrize(
    ("goal", "keys"),
    [
        (
            "min",
            "loss val_loss valLoss test/loss log_loss RMSE mean_absolute_error top5_error WER fit_time size_mb",
        ),
        ("max", "f1 auc mAP accuracy r2 bleu hit_rate neg_mean_squared_error samples_per_second explained_variance"),
        ("none", "epoch lr learning_rate grad_norm n_iter_ system/cpu_utilization_percentage"),
    ],
)
def test_names_tell_which_way_is_better(goal, keys):
    assert {key: metric_goal(key) for key in keys.split()} == dict.fromkeys(keys.split(), goal)


def test_tags_git_environment_and_data_sets_are_groups_of_their_own(seeded, store):
    for run, commit, digest in ((seeded.forest, "a" * 40, "d1"), (seeded.failed, "b" * 40, "d2")):
        tags = {
            "mlflow.source.git.commit": commit,
            "python_version": "3.13.1",
            "platform": "Linux",
            "mlflow.user": "al",
        }
        store.log_batch(run, tags=[RunTag(key, value) for key, value in tags.items()])
        dataset = Dataset("digits", digest, "code", "{}")
        store.log_inputs(run, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
    view = compare(store, seeded.forest, seeded.failed)
    assert [(row.key, row.cells) for row in group(view, "tags").rows] == [("author", ["alice", None])]
    assert [(row.key, row.cells) for row in group(view, "git").rows] == [("Commit", ["a" * 40, "b" * 40])]
    assert group(view, "environment").differing == 0
    assert [(row.key, row.cells) for row in group(view, "datasets").rows] == [("digits (training)", ["d1", "d2"])]
    about = {row.key: row.cells for row in group(view, "run").rows}
    assert about["Experiment"] == ["churn"]
    assert about["Error"] == [None, "ValueError"]


def test_runs_that_are_gone_are_told_and_the_others_compared(seeded, store):
    view = compare(store, seeded.forest, "0" * 32, baseline="0" * 32)
    assert view.missing == ["0" * 32]
    assert [run.name for run in view.runs] == ["rf-baseline"]
    assert view.baseline == 0
    store.delete_run(seeded.failed)
    assert [run.deleted for run in compare(store, seeded.forest, seeded.failed).runs] == [False, True]
    with pytest.raises(ResourceDoesNotExistError, match="none of these runs"):
        compare(store, "0" * 32, "1" * 32)
    with pytest.raises(InvalidParameterError, match="2 to 200 runs, not 1"):
        compare(store, seeded.forest, seeded.forest)
    with pytest.raises(InvalidParameterError, match="none of the runs"):
        compare(store, seeded.forest, seeded.failed, baseline=seeded.running)


def test_values_that_differ_far_behind_their_start_differ(store):
    experiment = store.create_experiment("long")
    runs = [store.create_run(experiment).info.run_id for _ in range(2)]
    for i, run in enumerate(runs):
        store.log_batch(run, params=[Param("text", "x" * 1000 + str(i))])
    (row,) = group(compare(store, *runs), "params").rows
    assert row.differs
    assert max(map(len, row.cells)) <= 250


def test_long_numbers_are_rounded_while_they_still_differ(store):
    experiment = store.create_experiment("digits")
    runs = [store.create_run(experiment).info.run_id for _ in range(2)]
    for run, rate, close in zip(runs, ("0.00018885643210987", "adam"), ("0.123456789", "0.123456788"), strict=True):
        store.log_batch(run, params=[Param("rate", rate), Param("close", close)])
    rows = {row.key: row.cells for row in group(compare(store, *runs), "params").rows}
    assert rows == {"rate": ["0.0001889", "adam"], "close": ["0.123456789", "0.123456788"]}


def test_very_many_cells_are_cut_and_counted(store):
    experiment = store.create_experiment("wide")
    runs = [store.create_run(experiment).info.run_id for _ in range(3)]
    for i, run in enumerate(runs):
        store.log_batch(run, params=[Param(f"p{k:03}", str(i if k < 60 else 0)) for k in range(100)])
        store.log_batch(run, metrics=[Metric(f"m{k:03}", float(i), START, 0) for k in range(50)])
    view = comparison_view(store, ComparisonOptions(runs), cells=30)
    params = group(view, "params")
    assert (len(params.rows), params.differing, params.total) == (10, 60, 100)
    assert (len(view.metrics), view.metrics_total) == (10, 50)
    frame = comparison_frame(comparison_view(store, ComparisonOptions(runs), cells=10**9))
    assert len(frame.loc["params"]) == 100


def test_as_a_frame(seeded, store):
    again = store.create_run(seeded.experiment, run_name="rf-baseline", start_time=START).info.run_id
    frame = comparison_frame(compare(store, seeded.forest, seeded.running, again))
    assert frame.columns.tolist() == [f"rf-baseline ({seeded.forest[:8]})", "long", f"rf-baseline ({again[:8]})"]
    assert frame.loc[("params", "model")].tolist() == ["rf", "nn", None]
    assert frame.loc[("metrics", "f1")].tolist()[0] == 0.95
    assert frame.loc[("metrics", "loss")].tolist() == [math.inf, None, None]
    assert frame.index.get_level_values("group").unique().tolist()[:2] == ["params", "metrics"]
    differing = comparison_frame(compare(store, seeded.forest, seeded.running), only_differing=True)
    assert "seed" not in differing.loc["params"].index
    assert comparison_frame(compare(store, again, again[:-1] + "x"), only_differing=True).empty


def test_a_metric_that_only_one_run_has(seeded, store):
    runs = [store.get_run(seeded.forest), store.get_run(seeded.failed)]
    (f1, _) = compared_metrics(runs, baseline=1)
    assert f1.cells[1] is None
    assert (f1.cells[0].delta, f1.cells[0].best) == (None, False)


def test_a_metric_of_several_runs_has_one_count_of_digits(seeded, store):
    def texts(*values):
        runs = [store.create_run(seeded.experiment, run_name="digits", start_time=START).info.run_id for _ in values]
        for run_id, value in zip(runs, values, strict=True):
            store.log_batch(run_id, metrics=[Metric("m", value, START, 0)])
        (metric,) = compared_metrics([store.get_run(run_id) for run_id in runs], baseline=0)
        return [cell.text for cell in metric.cells], [cell.delta for cell in metric.cells]

    assert texts(0.98, 0.97963, 1.0) == (["0.9800", "0.9796", "1.0000"], [None, "-0.0004", "+0.0200"])
    assert texts(0.5, 0.75) == (["0.50", "0.75"], [None, "+0.25"])
    # The smallest keeps two digits, and a difference that would be lost its own.
    assert texts(0.1483, 0.002) == (["0.1483", "0.0020"], [None, "-0.1463"])
    assert texts(0.91234, 0.912341)[1] == [None, "+1e-06"]
    # Nothing is right for all of these.
    assert texts(1e-6, 250.0) == (["1e-06", "250"], [None, "+250"])
    assert texts(3.0, 12.0) == (["3", "12"], [None, "+9"])


def test_a_thousandfold_is_said_in_whole_percents(seeded, store):
    runs = [store.create_run(seeded.experiment, run_name="far", start_time=START).info.run_id for _ in range(2)]
    for run_id, value in zip(runs, (1.5, 1500.0), strict=True):
        store.log_batch(run_id, metrics=[Metric("tokens", value, START, 0)])
    (tokens,) = compared_metrics([store.get_run(run_id) for run_id in runs], baseline=0)
    assert tokens.cells[1].percent == "+99,900 %"


def test_layers_with_underscores_are_no_number_that_may_be_shortened(seeded, store):
    store.log_batch(seeded.forest, params=[Param("layers", "256_128_64_32")])
    store.log_batch(seeded.failed, params=[Param("layers", "64_32")])
    params = group(compare(store, seeded.forest, seeded.failed), "params")
    assert next(row.cells for row in params.rows if row.key == "layers") == ["256_128_64_32", "64_32"]
