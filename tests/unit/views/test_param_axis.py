import math

import pytest

from jupyter_tracker.entities import Metric, Param
from jupyter_tracker.errors import InvalidParameterError
from jupyter_tracker.views.parallel_coordinates import parallel_coordinates_view
from jupyter_tracker.views.param_axis import lay_out
from jupyter_tracker.views.scatter import scatter_view


@pytest.fixture
def runs_with(store):
    def make(*values):
        experiment = store.create_experiment("axes")
        made = []
        for value in values:
            run = store.create_run(experiment).info.run_id
            store.log_batch(run, params=[] if value is None else [Param("p", str(value))])
            made.append(store.get_run(run))
        return made

    return make


def test_numbers_lie_by_size(runs_with):
    laid = lay_out("params.p", runs_with(10, 20, None, 15))
    assert laid.axis.scale == "linear"
    assert laid.positions == [0, 1, None, 0.5]
    assert [(tick.at, tick.text) for tick in laid.axis.ticks] == [
        (0, "10"),
        (0.2, "12"),
        (0.4, "14"),
        (0.6, "16"),
        (0.8, "18"),
        (1, "20"),
    ]
    assert laid.texts == ["10", "20", "", "15"]


def test_numbers_over_powers_of_ten_lie_on_a_logarithm(runs_with):
    laid = lay_out("params.p", runs_with(1e-4, 1e-2, 1e-3))
    assert laid.axis.scale == "log"
    assert laid.positions == pytest.approx([0, 1, 0.5])
    assert [tick.at for tick in laid.axis.ticks] == pytest.approx([0, 0.5, 1])


def test_texts_lie_in_order_and_numbers_among_them_first(runs_with):
    laid = lay_out("params.p", runs_with("rf", "10", "lr", None, "9"))
    assert laid.axis.scale == "category"
    assert [tick.text for tick in laid.axis.ticks] == ["9", "10", "lr", "rf"]
    assert laid.positions == pytest.approx([1, 1 / 3, 2 / 3, None, 0])


def test_layers_with_underscores_are_no_numbers(runs_with):
    laid = lay_out("params.p", runs_with("64_32", "128_64", "256_128"))
    assert laid.axis.scale == "category"
    assert [tick.text for tick in laid.axis.ticks] == ["128_64", "256_128", "64_32"]


@pytest.mark.parametrize("values", [[5], [5, 5], [math.nan, math.inf], [1e308, -1e308], [None]])
def test_any_numbers_have_an_axis(runs_with, values):
    laid = lay_out("params.p", runs_with(*values))
    assert all(place is None or 0 <= place <= 1 for place in laid.positions)
    assert all(0 <= tick.at <= 1 for tick in laid.axis.ticks)


def test_only_params_and_metrics_are_axes(runs_with):
    with pytest.raises(InvalidParameterError, match="is no axis"):
        lay_out("attributes.status", runs_with(1))


def test_lines_cross_the_params_that_differ_and_end_at_the_metric(seeded, store):
    runs = [store.get_run(run_id) for run_id in (seeded.forest, seeded.failed, seeded.running)]
    view = parallel_coordinates_view(store, runs)
    assert [axis.id for axis in view.axes] == ["params.depth", "params.lr", "params.model", "metrics.f1"]
    assert view.metric == "f1"
    assert view.lines[0].texts == ["8", "", "rf", "0.95"]
    chosen = parallel_coordinates_view(store, runs, ["seed"], "loss")
    assert [axis.id for axis in chosen.axes] == ["params.seed", "metrics.loss"]
    assert chosen.lines[0].positions == [0.5, None]


def test_points_are_the_runs_that_have_both_values(seeded, store):
    runs = [store.get_run(run_id) for run_id in (seeded.forest, seeded.failed, seeded.running)]
    view = scatter_view(store, runs, "params.model", "metrics.f1")
    assert [point.name for point in view.points] == ["rf-baseline", "long"]
    assert view.left_out == 1
    assert store.log_batch(seeded.failed, metrics=[Metric("f1", 0.1, 1, 0)]) is None
    runs[1] = store.get_run(seeded.failed)
    assert scatter_view(store, runs, "params.model", "metrics.f1").left_out == 0


@pytest.mark.parametrize(("low", "high"), [(0.0, 5e-324), (0.0, 1e-323), (5e-324, 1e-323), (-5e-324, 0.0)])
def test_the_smallest_numbers_that_there_are_have_an_axis(runs_with, low, high):
    laid = lay_out("params.p", runs_with(low, high))
    assert [tick.text for tick in laid.axis.ticks]
    assert all(0 <= position <= 1 for position in laid.positions)
