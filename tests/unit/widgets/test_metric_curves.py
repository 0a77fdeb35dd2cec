import base64
import json
import re
import struct
import zlib

import numpy as np
import pytest
from traitlets import TraitError

from jupyter_tracker.entities import Metric
from jupyter_tracker.errors import InvalidParameterError, ResourceDoesNotExistError, TrackerWarning
from jupyter_tracker.views.metric_curves import CurveOptions, metric_curves_view
from jupyter_tracker.views.panel import MIME_TYPE
from jupyter_tracker.widgets import MetricCurves
from jupyter_tracker.widgets._chart_png import HEIGHT, WIDTH, ChartLine, chart_png
from jupyter_tracker.widgets._fallback_curves import curves_html
from tests.unit.seed import START
from tests.unit.widgets.test_widgets import refreshing, wait_for, wired


@pytest.fixture
def curves(seeded, store):
    curves = MetricCurves([seeded.forest, "long"], store=store)
    yield curves
    curves.close()


def pixels(png):
    """Return the indices of a four-bit PNG's pixels."""
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[start - 4 : start])
    rows = np.frombuffer(zlib.decompress(png[start + 4 : start + 4 + length]), np.uint8).reshape(height, -1)[:, 1:]
    return np.stack([rows >> 4, rows & 15], axis=2).reshape(height, width)


def test_runs_are_named_by_id_or_name_and_the_payload_has_ids_only(seeded, store, curves):
    assert curves.run_ids == [seeded.forest, seeded.running]
    assert curves.payload["panel"] == "metric_curves"
    assert curves.payload["curves"]["run_ids"] == [seeded.forest, seeded.running]
    assert curves.payload["experiment_ids"] == []
    assert [panel["key"] for panel in curves.view["panels"]] == ["f1", "loss"]
    json.dumps(curves.get_state(), allow_nan=False)


def test_an_output_is_small_and_reads_without_a_script(curves):
    data = curves.mimebundle()
    assert set(data) == {MIME_TYPE, "application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert len(json.dumps(data)) < 100_000
    assert "rf-baseline" in data["text/plain"]
    html = data["text/html"]
    assert not re.search(r"style|class|<script|svg", html)
    assert "rf-baseline" in html
    pictures = [base64.b64decode(text) for text in re.findall(r"base64,([^\"]+)", html)]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert len(pictures) == 2 + 2  # two metrics, and a swatch for each run


def test_setting_an_option_reaches_screen_and_payload(curves):
    wire = wired(curves)
    curves.smoothing = 0.9
    curves.x = "relative"
    curves.metrics = ["f1"]
    curves.zoom = [10, 20]
    curves.hidden = ["x"]
    assert [wire.states(name) for name in ("smoothing", "x", "metrics", "zoom", "hidden")] == [
        [0.9],
        ["relative"],
        [["f1"]],
        [[10.0, 20.0]],
        [["x"]],
    ]
    assert (curves.payload["curves"]["smoothing"], curves.payload["curves"]["metrics"]) == (0.9, ["f1"])


def test_what_is_chosen_on_the_screen_reaches_python(seeded, curves):
    seen = []
    curves.observe(lambda change: seen.append(change["new"]), "hidden")
    curves.set_state({"hidden": [seeded.forest], "zoom": [1, 5], "log_y": True, "metrics": None})
    assert seen == [[seeded.forest]]
    assert curves.zoom == [1, 5]
    assert set(curves.to_frame()["run_name"]) == {"long"}


@pytest.mark.parametrize(("name", "value"), [("x", "epoch"), ("smoothing", 1.5), ("zoom", [1.0])])
def test_a_wrong_option_is_refused(curves, name, value):
    with pytest.raises(TraitError):
        setattr(curves, name, value)


def test_all_points_as_a_frame(seeded, curves):
    curves.smoothing = 0.9
    frame = curves.to_frame()
    assert frame.columns.tolist() == ["run_id", "run_name", "metric", "step", "timestamp", "value"]
    assert frame.groupby(["run_name", "metric"]).size().to_dict() == {
        ("long", "f1"): 1000,
        ("rf-baseline", "f1"): 10,
        ("rf-baseline", "loss"): 2,
    }
    assert frame["value"].dtype == "float64"
    curves.metrics = ["unknown"]
    assert curves.to_frame().empty


def test_without_runs_the_newest_of_the_experiment_are_meant(seeded, store):
    curves = MetricCurves(experiment="churn", filter="metrics.f1 > -2", limit=1, store=store)
    assert curves.run_ids == []
    assert curves.payload["experiment_ids"] == [seeded.experiment]
    assert [line["label"] for line in curves.view["lines"]] == ["long"]


def test_mistakes_say_what_to_do(store):
    with pytest.raises(ResourceDoesNotExistError, match="Did you mean 'rf-baseline'"):
        MetricCurves("rf-basline", store=store)
    with pytest.raises(InvalidParameterError, match="not both"):
        MetricCurves("long", filter="metrics.f1 > 0", store=store)
    with pytest.raises(InvalidParameterError, match="empty"):
        MetricCurves([], store=store)


def test_the_kernel_pushes_only_for_a_browser_that_asked_for_it(seeded, store, curves):
    assert not refreshing()
    wire = wired(curves)
    request = {"kind": "request", "id": "1", "method": "POST", "path": "/pushes", "body": {"wanted": True}}
    curves._handle_custom_msg(request, [])
    assert [answer["status"] for answer in wire.answers()] == [200]
    store.log_batch(seeded.running, metrics=[Metric("fresh", 1.0, START, 0)])
    wait_for(lambda: any("fresh" in view["keys"] for view in wire.states("view")))
    store.update_run(seeded.running, status="FINISHED", end_time=START + 1)
    wait_for(lambda: not refreshing())


def test_the_chart_library_comes_over_the_comm_in_one_buffer(curves, tmp_path, monkeypatch):
    library = tmp_path / "plotly.js"
    library.write_text("export default {}", encoding="utf-8")
    monkeypatch.setattr("jupyter_tracker.api.static._FOLDER", tmp_path)
    wire = wired(curves)
    request = {"kind": "request", "id": "1", "path": "/static/plotly.js", "query": {}}
    curves._handle_custom_msg(request, [])
    (answer,) = wire.answers()
    assert (answer["status"], answer["body"], wire.buffers) == (200, None, [b"export default {}"])
    library.unlink()
    curves._handle_custom_msg({**request, "id": "2"}, [])
    assert (wire.answers()[-1]["status"], wire.answers()[-1]["body"]["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


# the picture ----------------------------------------------------------------------------------------


def test_a_line_is_drawn_in_its_colour_from_corner_to_corner():
    x = np.arange(100.0)
    image = pixels(chart_png([ChartLine(x, x, 0)]))
    assert image.shape == (2 * HEIGHT, 2 * WIDTH)
    rows, columns = np.nonzero(image == 3)
    assert rows[columns.argmin()] > rows[columns.argmax()]
    assert columns.max() - columns.min() > WIDTH


def test_a_gap_is_a_gap_and_a_lone_point_a_dot():
    x = np.arange(11.0)
    y = np.where((x == 5) | (x < 2) | (x > 8), 1.0, np.nan)
    columns = np.flatnonzero((pixels(chart_png([ChartLine(x, y, 2)])) == 5).any(axis=0))
    assert len(np.flatnonzero(np.diff(columns) > 50)) == 2


@pytest.mark.parametrize(
    "y", [[], [np.nan], [1e308, -1e308], [0.0, 0.0], [5e-324, 1e-300], [np.inf, 1.0], [-1.0, 0.0]], ids=str
)
@pytest.mark.parametrize("log", [False, True])
def test_any_numbers_make_a_picture(y, log):
    line = ChartLine(np.arange(len(y), dtype=float), np.array(y, float), 0)
    assert pixels(chart_png([line], log_y=log, log_x=log)).max() < 11


def test_noise_of_many_runs_stays_within_its_budget(store):
    experiment = store.create_experiment("noise")
    rng = np.random.default_rng(0)
    for i in range(20):
        run = store.create_run(experiment, run_name=f"<b>noise {i} {'x' * 300}</b>").info.run_id
        writer = store.writer(run)
        for key in range(12):
            writer.log_series(f"metric {key}", rng.normal(size=600))
        writer.close()
    html = curves_html(metric_curves_view(store, CurveOptions(), experiment_ids=[experiment]))
    assert 20_000 < len(html) < 100_000
    assert "<b>noise" not in html
    assert "&lt;b&gt;noise" in html


def test_a_metric_without_a_number_has_a_picture_over_the_time_of_day(store):
    run = store.create_run(store.create_experiment("lost"), run_name="diverged").info.run_id
    store.log_batch(run, [Metric("loss", np.nan, 1_700_000_000_000, step) for step in range(3)])
    html = curves_html(metric_curves_view(store, CurveOptions([run], x="time")))
    assert "diverged" in html
    assert ">NaN<" in html


def test_a_filter_that_nothing_matches_is_named(store):
    experiment = store.create_experiment("filtered")
    view = metric_curves_view(store, CurveOptions(), experiment_ids=[experiment], filter="metrics.f1 < 1")
    assert "No run matches this filter: metrics.f1 &lt; 1" in curves_html(view, filter="metrics.f1 < 1")
    assert "No runs yet" in curves_html(view)


def test_a_status_that_does_not_exist_is_told(seeded, store):
    with pytest.warns(TrackerWarning, match=r"No run has the status 'FINISHD'\. Did you mean 'FINISHED'"):
        MetricCurves(filter="status = 'FINISHD'", store=store).close()
