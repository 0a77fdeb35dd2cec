import numpy as np
import plotly.graph_objects as go
import pytest

from jupyter_tracker.plots.comparison import comparison_figure
from jupyter_tracker.plots.metric_curves import metric_curves_figure
from jupyter_tracker.plots.parallel_coordinates import parallel_coordinates_figure
from jupyter_tracker.views.metric_curves import CurveOptions


@pytest.fixture
def runs(seeded):
    return [seeded.store.get_run(run_id) for run_id in (seeded.forest, seeded.failed, seeded.running)]


def test_curves_have_a_subplot_per_metric_and_one_legend_entry_per_run(seeded):
    figure = metric_curves_figure(seeded.store, CurveOptions([seeded.forest, seeded.running]))
    assert isinstance(figure, go.Figure)
    assert [title.text for title in figure.layout.annotations] == ["f1", "loss"]
    assert [(trace.name, trace.showlegend) for trace in figure.data] == [
        ("rf-baseline", True),
        ("long", True),
        ("rf-baseline", False),
    ]
    assert figure.data[0].x.tolist() == list(range(10))
    assert figure.to_json()


def test_smoothed_and_grouped_curves(seeded):
    smooth = metric_curves_figure(seeded.store, CurveOptions([seeded.running], smoothing=0.9, x="time", log_y=True))
    raw, line = smooth.data
    assert raw.showlegend is False
    assert np.ptp(line.y) < np.ptp(raw.y)
    assert str(line.x.dtype).startswith("datetime64")
    assert smooth.layout.yaxis.type == "log"
    grouped = metric_curves_figure(seeded.store, CurveOptions(metrics=["f1"], group_by="params.seed"))
    band, mean = grouped.data
    assert (band.fill, mean.name) == ("toself", "seed: 1")


def test_parallel_coordinates_leave_out_what_has_a_gap(seeded, runs):
    figure = parallel_coordinates_figure(seeded.store, runs, ["model"], "f1")
    (parcoords,) = figure.data
    assert [dimension.label for dimension in parcoords.dimensions] == ["model", "f1"]
    assert list(parcoords.dimensions[0].ticktext) == ["lr", "nn", "rf"]
    assert len(parcoords.dimensions[0]["values"]) == 2
    assert parallel_coordinates_figure(seeded.store, runs[1:2]).to_json()


def test_a_comparison_has_bars_in_the_order_of_the_runs(seeded, runs):
    figure = comparison_figure(seeded.store, runs, ["f1"])
    (bars,) = figure.data
    assert bars.x[0] == 0.95
    assert bars.x[1] is None
    assert list(figure.layout.yaxis.ticktext) == ["rf-baseline", "lr-0.1", "long"]
    assert comparison_figure(seeded.store, runs).to_json()
