"""Curves: first paint, a zoom that is sampled anew, frames while runs go on, what a look costs the kernel. Medians."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.browser import panels
from benchmarks.browser.page import first_paint, open_notebook, tell
from tests.browser.conftest import Notebook, Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

_ROUNDS = 5
_LOAD = "%load_ext jupyter_tracker\nimport jupyter_tracker as tracker, numpy as np, time, threading"
_MAKE = """
tracker.set_experiment("long")
rng = np.random.default_rng(0)
for i in range(10):
    with tracker.start_run(run_name=f"run-{i}"):
        tracker.log_metric_series("loss", np.cumsum(rng.normal(size=100_000)))
"""
_SHOW = "tracker.MetricCurves(experiment='long', metrics=['loss'])"
_LIVE = """
tracker.set_experiment("live")
display(tracker.MetricCurves(experiment="live", metrics=list("abcd")))
runs = [tracker.start_run(run_name=f"live-{i}", nested=i > 0) for i in range(8)]
took, stop = [], time.monotonic() + SECONDS
step = 0
while time.monotonic() < stop:
    before = time.perf_counter()
    for i, run in enumerate(runs):
        tracker.log_metrics({key: i + 0.1 * np.sin(step / 9 + i) for key in "abcd"}, step=step, run_id=run.info.run_id)
    took.append(time.perf_counter() - before)
    step += 1
    time.sleep(0.5)
for _ in runs:
    tracker.end_run()
print("MS", sorted(took)[len(took) // 2] * 1000)
"""
# Counts frames, and notes when the first line of a panel is there.
_WATCH = """() => {
  globalThis.frames_seen = [];
  const tick = now => { globalThis.frames_seen.push(now); requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
_PAINTED = """index => document.querySelectorAll('.jp-CodeCell')[index]
  ?.querySelector('.jt-plot .scatterlayer path.js-line')"""


def measure(page: Page, server: Server, folder: Path) -> None:
    """Print the figures."""
    cells = [_LOAD, _MAKE, *[_SHOW] * (_ROUNDS + 1), _LIVE.replace("SECONDS", "15"), panels.SHOW, panels.END]
    notebook = open_notebook(page, server, folder, cells)
    notebook.run(0)
    notebook.run(1)
    paints = [first_paint(page, notebook, index, _PAINTED) for index in range(2, _ROUNDS + 3)]
    tell("first paint, 10 runs of 100,000 points, library not loaded", paints[:1], 0)
    tell("first paint, library cached", paints[1:], 1000)
    tell("zoom, sampled anew", [_zoom(page, notebook, 2, i) for i in range(_ROUNDS)], 150)
    _live(page, notebook, _ROUNDS + 3)
    panels.measure(page, server, notebook, _ROUNDS + 4)


def _zoom(page: Page, notebook: Notebook, index: int, turn: int) -> float:
    """Return the ms from letting go of the mouse until the new points are drawn."""
    area = notebook.cell(index).locator(".jt-plot-area")
    area.evaluate("node => node.scrollIntoView({block: 'center'})")
    box = area.bounding_box()
    assert box is not None
    left, y = box["x"] + box["width"] * (0.3 + 0.05 * turn), box["y"] + box["height"] / 2
    page.mouse.move(left, y)
    page.mouse.down()
    page.mouse.move(left + box["width"] * 0.2, y, steps=3)
    with page.expect_response(lambda response: "x_min" in response.url) as answer:
        started = time.perf_counter()
        page.mouse.up()
    answer.value.finished()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    took = (time.perf_counter() - started) * 1000
    area.dblclick()
    page.wait_for_timeout(300)
    return took


def _live(page: Page, notebook: Notebook, index: int) -> None:
    page.evaluate(_WATCH)
    notebook.run(index, wait=False)
    page.wait_for_function(_PAINTED, arg=index)
    page.evaluate("() => { globalThis.frames_seen = []; }")
    page.wait_for_timeout(8000)
    gaps = page.evaluate("() => globalThis.frames_seen.slice(1).map((at, i) => at - globalThis.frames_seen[i])")
    notebook.wait_for_end(index)
    print(f"live, 8 runs x 4 metrics at 2 Hz: {1000 * len(gaps) / sum(gaps):.0f} frames/s (wanted >= 30), "
          f"slowest frame {max(gaps):.0f} ms")  # fmt: skip
    text = notebook.cell(index).inner_text()
    kernel = float(text.partition("MS ")[2].split()[0])
    print(f"kernel's loop per update of 32 values, panel open: {kernel:.2f} ms (wanted <= 1 added)")
