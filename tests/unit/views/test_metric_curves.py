import base64
import math

import numpy as np
import pytest

from jupyter_tracker.entities import Metric, Param
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError
from jupyter_tracker.views import curve_samples, curve_series, shared_series
from jupyter_tracker.views.metric_curves import CurveOptions, metric_curves_view
from jupyter_tracker.views.run_card import run_card_view
from tests.unit.seed import START


def decoded(text):
    return np.frombuffer(base64.b64decode(text), "<f8")


def curve_of(view, key, line):
    (panel,) = [panel for panel in view.panels if panel.key == key]
    return next(curve for curve in panel.curves if curve.line == line)


def view_of(seeded, window=None, points=500, **options):
    options.setdefault("run_ids", [seeded.forest, seeded.running])
    return metric_curves_view(seeded.store, CurveOptions(**options), window=window, points=points)


def test_one_panel_per_metric_and_one_curve_per_run_that_has_it(seeded):
    view = view_of(seeded)
    assert [panel.key for panel in view.panels] == ["f1", "loss"]
    assert [line.label for line in view.lines] == ["rf-baseline", "long"]
    assert [[curve.line for curve in panel.curves] for panel in view.panels] == [
        [seeded.forest, seeded.running],
        [seeded.forest],
    ]
    curve = curve_of(view, "f1", seeded.forest)
    assert decoded(curve.x).tolist() == list(range(10))
    assert decoded(curve.y).tolist() == [0.5 + i / 20 for i in range(10)]
    assert (curve.count, curve.last, curve.last_x, curve.min, curve.max) == (10, 0.95, 9, 0.5, 0.95)
    assert curve.raw_x == curve.low == ""


def test_runs_of_one_name_are_told_apart(seeded, store):
    twins = [store.create_run(seeded.empty, run_name="twin").info.run_id for _ in range(2)]
    labels = [line.label for line in view_of(seeded, run_ids=[*twins, seeded.forest]).lines]
    assert labels == [f"twin · {twins[0][:4]}", f"twin · {twins[1][:4]}", "rf-baseline"]


def test_a_long_series_is_cut_to_the_points_asked_for_and_counts_all(seeded):
    curve = curve_of(view_of(seeded, points=100), "f1", seeded.running)
    assert 90 <= len(decoded(curve.x)) <= 104
    assert curve.count == 1000


def test_a_series_that_is_nowhere_finite_says_so(seeded):
    curve = curve_of(view_of(seeded), "loss", seeded.forest)
    assert (curve.nonfinite, curve.nonfinite_x, curve.min, curve.last) == (2, 0.0, "NaN", "Infinity")
    assert curve.x == ""


@pytest.mark.parametrize(("x", "first", "last"), [("time", START, START + 9), ("relative", 0.0, 0.009)])
def test_the_other_axes(seeded, x, first, last):
    axis = decoded(curve_of(view_of(seeded, x=x), "f1", seeded.forest).x)
    assert (axis[0], axis[-1]) == (first, pytest.approx(last))


def test_relative_time_of_points_from_before_the_run_counts_from_the_first_one(seeded, store):
    run = store.create_run(seeded.experiment, start_time=START).info.run_id
    store.log_batch(run, metrics=[Metric("old", i, START - 5000 + 1000 * i, i) for i in range(3)])
    axis = decoded(curve_of(view_of(seeded, run_ids=[run], x="relative"), "old", run).x)
    assert axis.tolist() == [0, 1, 2]


def test_smoothing_keeps_the_raw_curve_beside(seeded):
    curve = curve_of(view_of(seeded, smoothing=0.9), "f1", seeded.running)
    raw, smooth = decoded(curve.raw_y), decoded(curve.y)
    assert raw.max() > smooth.max()
    assert raw[0] == smooth[0]


def test_zooming_samples_anew(seeded):
    whole = decoded(curve_of(view_of(seeded, points=50), "f1", seeded.running).x)
    part = decoded(curve_of(view_of(seeded, points=50, window=(100, 140)), "f1", seeded.running).x)
    assert part.tolist() == list(range(99, 142))
    assert len(whole[(whole >= 100) & (whole <= 140)]) < 10


def test_groups_have_a_mean_and_a_band(seeded, store):
    made = []
    for lr, offset in (("0.1", 0), ("0.1", 2), ("0.01", 5)):
        run = store.create_run(seeded.experiment, start_time=START).info.run_id
        store.log_batch(run, params=[Param("lr", lr)])
        store.log_batch(run, metrics=[Metric("acc", i + offset, START + i, i) for i in range(3)])
        made.append(run)
    view = view_of(seeded, run_ids=[*made, seeded.forest], group_by="params.lr", metrics=["acc"])
    assert [line.label for line in view.lines] == ["lr: 0.01", "lr: 0.1", "lr: not set"]
    assert [line.color for line in view.lines] == [0, 1, 2]
    curve = curve_of(view, "acc", "params.lr=0.1")
    assert decoded(curve.y).tolist() == [1, 2, 3]
    np.testing.assert_allclose(decoded(curve.high) - decoded(curve.low), 2 * math.sqrt(2))
    assert curve.count == 6
    assert len(view.panels[0].curves) == 2
    assert "params.lr" in view.group_keys
    zoomed = view_of(seeded, run_ids=made, group_by="params.lr", metrics=["acc"], window=(0.5, 1.5))
    assert decoded(curve_of(zoomed, "acc", "params.lr=0.1").x).tolist() == [0, 1, 2]


def test_runs_may_be_those_of_a_filter(seeded):
    view = metric_curves_view(
        seeded.store, CurveOptions(), experiment_ids=[seeded.experiment], filter="metrics.f1 > -2"
    )
    assert [line.label for line in view.lines] == ["long", "rf-baseline"]
    cut = metric_curves_view(seeded.store, CurveOptions(limit=1))
    assert ([line.label for line in cut.lines], cut.runs_total) == (["long"], 3)
    wrong = metric_curves_view(seeded.store, CurveOptions(), filter="metrics.f1 >")
    assert wrong.error is not None
    assert wrong.lines == []


def test_runs_that_are_gone_are_named_and_the_others_shown(seeded):
    view = view_of(seeded, run_ids=[seeded.forest, "0" * 32])
    assert ([line.id for line in view.lines], view.missing) == ([seeded.forest], ["0" * 32])
    with pytest.raises(ResourceDoesNotExistError, match="none of these runs"):
        view_of(seeded, run_ids=["0" * 32])


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr(curve_samples, "_PAUSE_PER_COST", 0)


@pytest.mark.usefixtures("no_pause")
def test_the_token_moves_with_the_data_only(seeded, store):
    before = view_of(seeded).token
    assert view_of(seeded).token == before
    store.log_batch(seeded.running, metrics=[Metric("f1", 0.5, START + 5000, 5000)])
    assert view_of(seeded).token != before


@pytest.mark.usefixtures("no_pause")
def test_a_curve_is_made_anew_only_when_it_moved(seeded, store, monkeypatch):
    asked = []
    read = type(store).metric_series
    monkeypatch.setattr(type(store), "metric_series", lambda *args: asked.append(args[1:]) or read(*args))
    view_of(seeded)
    assert len(asked) == 3
    view_of(seeded)
    assert len(asked) == 3
    store.log_batch(seeded.forest, metrics=[Metric("f1", 0.99, START + 50, 50)])
    assert curve_of(view_of(seeded), "f1", seeded.forest).last == 0.99
    assert len(asked) == 4


@pytest.fixture
def reads(store, monkeypatch):
    """Return the list of the series that were read from the store since."""
    asked, read = [], type(store).metric_series
    monkeypatch.setattr(type(store), "metric_series", lambda *args: asked.append(args[1:]) or read(*args))
    return asked


@pytest.mark.usefixtures("no_pause")
def test_who_zooms_again_waits_for_no_reading(seeded, store, reads):
    parts = [view_of(seeded, metrics=["f1"], window=(first, first + 20.0)) for first in (10.0, 30.0, 50.0)]
    assert len(reads) == 2  # one a run
    assert [decoded(curve_of(part, "f1", seeded.running).x).tolist() for part in parts] == [
        list(range(first - 1, first + 22)) for first in (10, 30, 50)
    ]
    assert {curve_of(part, "f1", seeded.running).count for part in parts} == {1000}
    store.log_batch(seeded.running, metrics=[Metric("f1", 9.0, START + 5000, 5000)])
    moved = view_of(seeded, metrics=["f1"], window=(10.0, 30.0))
    assert (curve_of(moved, "f1", seeded.running).max, len(reads)) == (9.0, 3)


@pytest.mark.usefixtures("no_pause")
def test_panels_of_a_run_read_its_short_series_once(seeded, store, reads):
    run_card_view(store, seeded.running)
    view_of(seeded, metrics=["f1"])
    view_of(seeded, metrics=["f1"], points=200)
    assert sorted(reads) == sorted([(seeded.running, "f1"), (seeded.forest, "f1")])
    store.update_run(seeded.running, status="FINISHED", end_time=START + 6000)
    view_of(seeded, metrics=["f1"])
    run_card_view(store, seeded.running)
    assert len(reads) == 3  # all points of a run are there when it has ended


@pytest.mark.usefixtures("no_pause")
def test_a_long_series_that_nobody_zooms_into_is_not_kept(seeded, reads, monkeypatch):
    monkeypatch.setattr(shared_series, "_SHORT", 5)
    for points in (100, 200, 300):
        view_of(seeded, metrics=["f1"], points=points)
    assert len(reads) == 6


@pytest.mark.usefixtures("no_pause")
def test_of_what_is_kept_the_oldest_goes(seeded, reads, monkeypatch):
    monkeypatch.setattr(shared_series, "_SHORT", 5)
    monkeypatch.setattr(curve_series, "_KEPT_BYTES", 16_100)  # the thousand points of one run, and no more
    for first in (10.0, 30.0):
        view_of(seeded, metrics=["f1"], window=(first, first + 20.0))
    assert len(reads) > 2
    kept = curve_samples.curve_samples(seeded.store)._series
    assert kept._bytes <= 16_100


def test_a_curve_that_was_dear_to_make_may_be_a_little_old_until_its_run_ends(seeded, store, monkeypatch):
    monkeypatch.setattr(curve_samples, "_PAUSE_PER_COST", 1e9)
    assert curve_of(view_of(seeded), "f1", seeded.running).count == 1000
    store.log_batch(seeded.running, metrics=[Metric("f1", 0.5, START + 5000, 5000)])
    assert curve_of(view_of(seeded), "f1", seeded.running).count == 1000
    store.update_run(seeded.running, status="FINISHED", end_time=START + 6000)
    assert curve_of(view_of(seeded), "f1", seeded.running).count == 1001


@pytest.mark.parametrize(
    "options",
    [
        {"x": "epoch"},
        {"smoothing": 1.0},
        {"smoothing": math.nan},
        {"points": 3},
        {"window": (2.0, 1.0)},
        {"window": (0.0, math.inf)},
        {"group_by": "metrics.f1"},
        {"run_ids": [], "limit": 0},
    ],
)
def test_options_out_of_their_range_are_refused(seeded, options):
    with pytest.raises(InvalidParameterError):
        view_of(seeded, **options)


def test_metrics_of_the_machine_come_last_and_unasked_for_not_at_all(seeded, store):
    run = store.create_run(seeded.experiment).info.run_id
    store.log_batch(run, metrics=[Metric(key, i, 1, i) for key in ("system/cpu", "zeta", "final") for i in range(2)])
    view = view_of(seeded, run_ids=[run])
    assert view.keys == ["final", "zeta", "system/cpu"]
    assert [panel.key for panel in view.panels] == ["final", "zeta"]
