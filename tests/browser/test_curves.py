"""Curves in a real JupyterLab: alive while a cell runs, sampled anew on zoom, and there the morning after."""

import json
import os
import re
import signal

import pytest

from tests.browser.accessibility import violations
from tests.browser.test_notebook import LOAD, dark, eventually, luminance

MAKE = """\
import numpy as np
import jupyter_tracker as tracker

tracker.set_experiment({experiment!r})
rng = np.random.default_rng(1)
for i, (name, lr) in enumerate([("baseline", 0.1), ("wider", 0.1), ("deeper", 0.01), ("cosine-lr", 0.03)]):
    with tracker.start_run(run_name=name):
        tracker.log_param("lr", lr)
        step = np.arange({points})
        pace = {points} / [4, 6, 3, 5][i]
        noise = 0.08 * rng.normal(size=len(step)) * np.exp(-step / {points})
        loss = 2.2 * np.exp(-step / pace) + noise + [0.3, 0.2, 0.35, 0.15][i]
        tracker.log_metric_series("train/loss", loss)
        tracker.log_metric_series("val/accuracy", 1 - 0.35 * loss + 0.01 * rng.normal(size=len(step)))
        diverged = (step > 700) & (step < 720) & (i == 1)
        tracker.log_metric_series("grad_norm", np.where(diverged, np.nan, np.abs(loss) / 2))
"""
LIVE = """\
%%track run_name={name} experiment=live-curves
import math, time
import jupyter_tracker as tracker

for step in range({steps}):
    tracker.log_metric("loss", math.exp(-step / 20), step=step)
    time.sleep(0.1)
"""


def make(experiment, points=1200):
    return MAKE.format(experiment=experiment, points=points)


def curves_of(notebook, index):
    curves = notebook.cell(index).locator(".jt-curves")
    curves.locator(".jt-plot .main-svg").first.wait_for()
    return curves


def latest_step(curves):
    """Return the last step that is drawn, by what the plot says of itself; -1 before there is one."""
    labels = curves.locator(".jt-plot-area").evaluate_all("nodes => nodes.map(node => node.getAttribute('aria-label'))")
    steps = [int(step.replace(",", "")) for label in labels for step in re.findall(r"step ([\d,]+)", label)]
    return max(steps, default=-1)


def drag(page, area, start, end):
    area.evaluate("node => node.scrollIntoView({block: 'center'})")
    box = area.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, y, steps=5)
    page.mouse.up()


def test_curves_move_while_the_cell_runs_and_say_when_the_kernel_died(open_notebook, page):
    pid = "import os; print('pid', os.getpid())"
    notebook = open_notebook(
        "live-curves", LOAD, "%track experiment live-curves", "%curves", pid, LIVE.format(name="victim", steps=600)
    )
    for index in range(4):
        notebook.run(index)
    kernel = int(re.search(r"pid (\d+)", notebook.cell(3).inner_text()).group(1))
    assert "No runs yet" in notebook.cell(2).inner_text()
    notebook.run(4, wait=False)
    # The panel finds the run by itself, and follows it beside the running cell.
    curves = curves_of(notebook, 2)
    seen = set()
    while len(seen) < 4:
        seen.add(eventually(lambda: latest_step(curves), lambda step: step >= 0 and step not in seen))
        assert notebook.prompt(4) == "[*]:"
    assert curves.locator(".jt-legend-run").get_attribute("data-status") == "RUNNING"
    os.kill(kernel, signal.SIGKILL)
    killed = curves.locator(".jt-legend-run[data-status=KILLED]")
    eventually(killed.count, lambda count: count == 1, seconds=60)
    assert latest_step(curves) >= max(seen)


def test_a_zoom_samples_anew_and_reaches_python(open_notebook, page):
    notebook = open_notebook(
        "zoom",
        LOAD,
        make("zoomed", points=50_000),
        "curves = tracker.MetricCurves(metrics=['train/loss'])\ncurves",
        "print(curves.zoom, curves.hidden)",
        "curves.zoom = None\ncurves.smoothing = 0.9\ncurves.hidden = []",
    )
    for index in range(3):
        notebook.run(index)
    curves = curves_of(notebook, 2)
    area = curves.locator(".jt-plot-area")
    with page.expect_response(lambda response: "x_min" in response.url) as zoomed:
        drag(page, area, 0.4, 0.5)
    assert zoomed.value.ok
    reset = curves.get_by_role("button", name="Reset zoom")
    eventually(reset.is_visible, bool)
    curves.get_by_role("button", name="wider").click()
    notebook.run(3)
    zoom, hidden = re.search(r"\[([\d., ]+)\] \['(\w+)'\]", notebook.cell(3).inner_text()).groups()
    first, last = map(float, zoom.split(","))
    assert 15_000 < first < last < 30_000
    assert len(hidden) == 32
    notebook.run(4)
    eventually(reset.is_visible, lambda visible: not visible)
    eventually(curves.locator("output").inner_text, lambda text: text == "0.90")
    assert curves.locator(".jt-legend-run[aria-pressed=false]").count() == 0
    drag(page, area, 0.4, 0.5)
    eventually(reset.is_visible, bool)
    area.dblclick()
    eventually(reset.is_visible, lambda visible: not visible)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_pointing_compares_all_runs_in_both_themes(open_notebook, page, theme, request):
    notebook = open_notebook(f"pointing-{theme[-4:].strip()}", LOAD, make(theme), "%curves --smoothing 0.8")
    dark(page, theme)
    for index in range(3):
        notebook.run(index)
    curves = curves_of(notebook, 2)
    eventually(lambda: luminance(curves), lambda light: (light < 80) == ("Dark" in theme))
    assert curves.locator(".jt-plot").count() == 3
    assert "NaN or ∞ in wider" in curves.inner_text()
    area = curves.locator(".jt-plot-area").nth(1)
    curves.evaluate("node => node.scrollIntoView({block: 'start'})")
    box = area.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
    tip = curves.locator(".jt-tip:visible")
    tip.wait_for()
    text = tip.inner_text()
    assert re.match(r"step \d", text)
    assert all(name in text for name in ("baseline", "wider", "deeper", "cosine-lr"))
    assert curves.locator(".jt-plot-overlay:visible").count() == 3
    assert violations(page, ".jt-curves") == []
    curves.get_by_role("button", name="Metrics").click()
    curves.locator(".jt-popover:visible").first.wait_for()
    assert violations(page, ".jt-curves") == []
    page.keyboard.press("Escape")
    curves.locator("summary").click()
    curves.locator(".jt-curve-table table").first.wait_for()
    assert violations(page, ".jt-curves") == []
    dark(page, "JupyterLab Light")


def test_curves_are_reached_read_and_zoomed_by_keyboard(open_notebook, page):
    notebook = open_notebook("curve-keys", LOAD, make("keys-curves"), "%curves --metrics train/loss")
    for index in range(3):
        notebook.run(index)
    curves = curves_of(notebook, 2)
    curves.get_by_role("radio", name="Step").focus()
    for _ in range(20):
        if page.evaluate("document.activeElement.classList.contains('jt-plot-area')"):
            break
        page.keyboard.press("Tab")
    area = curves.locator(".jt-plot-area")
    assert area.evaluate("node => node === document.activeElement")
    page.keyboard.press("Home")
    eventually(lambda: area.get_attribute("aria-valuetext"), lambda text: text.startswith("step 0: "))
    page.keyboard.press("ArrowRight")
    eventually(lambda: area.get_attribute("aria-valuetext"), lambda text: not text.startswith("step 0: "))
    page.keyboard.press("+")
    reset = curves.get_by_role("button", name="Reset zoom")
    eventually(reset.is_visible, bool)
    page.keyboard.press("Escape")
    eventually(reset.is_visible, lambda visible: not visible)


def test_curves_are_there_after_a_reload_and_ask_nothing_when_finished(open_notebook, page):
    notebook = open_notebook(
        "kept-curves",
        LOAD,
        make("kept"),
        "tracker.MetricCurves(['baseline', 'wider'], log_y=True, metrics='train/loss')",
    )
    for index in range(3):
        notebook.run(index)
    curves_of(notebook, 2)
    notebook.save()
    saved = json.loads(notebook.path.read_text())
    assert "widgets" not in saved["metadata"]
    (data,) = [output["data"] for output in saved["cells"][2]["outputs"]]
    assert len(json.dumps(data)) < 100_000
    assert "data:image/png" in "".join(data["text/html"])
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    curves = curves_of(notebook, 2)
    assert curves.get_by_role("button", name="log y").get_attribute("aria-pressed") == "true"
    asked = []
    page.on(
        "request", lambda sent: asked.append(sent.url) if "metric-curves" in sent.url + (sent.post_data or "") else None
    )
    page.wait_for_timeout(3000)
    assert asked == []


def test_a_page_without_the_lab_extension_gets_all_from_the_kernel(open_notebook, page):
    """The widget's own module, as VS Code and Colab run it: the chart library comes over the comm, once."""
    # Only what the lab extension leaves on the page is taken away: the widget then draws itself.
    page.add_init_script(
        "Object.defineProperty(globalThis, Symbol.for('jupyter-tracker.hub'), {get: () => undefined, set() {}})"
    )
    notebook = open_notebook(
        "comm-curves",
        LOAD,
        make("over-the-comm"),
        "from IPython.display import display\n"
        "curves = tracker.MetricCurves(metrics='train/loss')\n"
        "view = curves.mimebundle()['application/vnd.jupyter.widget-view+json']\n"
        "display({'application/vnd.jupyter.widget-view+json': view}, raw=True)",
        "print(curves.pushes)",
    )
    for index in range(3):
        notebook.run(index)
    curves = curves_of(notebook, 2)
    assert curves.locator(".jt-legend-run").count() == 4
    notebook.run(3)
    assert "True" in notebook.cell(3).inner_text()
