"""Take the pictures of README.md and docs/: a real JupyterLab on the runs of `sample_project`, which take a minute.

CHROMIUM=… python -m tests.browser.pictures [FOLDER]    # docs/images where left out

They are twice as fine as a screen, with few colours, so that each stays below 150 kB.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser import sample_project
from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, TOKEN, Notebook, Server
from tests.browser.test_notebook import dark

HERO = """\
%%track run_name=forest-200 params.model="random forest" --no-autolog
for trees in range(10, 210, 10):
    forest = RandomForestClassifier(trees, max_depth=12, random_state=0).fit(X_train, y_train)
    tracker.log_metrics(scores(forest), step=trees)"""
SETUP = """\
import time
import jupyter_tracker as tracker
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split

X, y = load_digits(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X / 16, y, test_size=0.3, stratify=y, random_state=0)

def scores(model):
    guess = model.predict(X_val)
    return {"val/accuracy": accuracy_score(y_val, guess), "val/f1": f1_score(y_val, guess, average="macro")}

tracker.set_experiment("digits")
runs = tracker.search_runs(experiment_names=["digits"], output_format="list")
begun = [run.info.run_id for run in sorted(runs, key=lambda run: run.info.start_time)]
noted = next(run.info.run_id for run in runs if "mlflow.note.content" in run.data.tags)
# A network of each shape, one by another solver, and a linear model; each of another colour.
some = [noted, *(begun[i] for i in (0, 26, 37, 15))]"""
GOING = """\
%%track run_name=mlp-256-adam experiment=digits params.model=mlp --no-autolog
for epoch in range(10_000):
    tracker.log_metrics({"val/loss": 2.3 / (1 + epoch / 9), "val/accuracy": 1 - 0.9 / (1 + epoch / 5)}, step=epoch)
    time.sleep(0.2)"""
CELLS = (
    "%load_ext jupyter_tracker",
    SETUP,
    HERO,
    "%runs",
    "tracker.MetricCurves(some, metrics=['train/loss', 'val/loss', 'val/accuracy'], smoothing=0.5)",
    "tracker.RunComparison([*some[:3], some[4]])",
    "tracker.RunDetail(noted)",
    "%registry tumour-classifier",
    GOING,
)
HERO_CELL, TABLE, CURVES, COMPARISON, DETAIL, BOARD, GOING_CELL = range(2, 9)


def keep(shot, path, colours=200):
    """Write a screenshot in few colours."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.name, image.size, f"{path.stat().st_size / 1000:.0f} kB")


def panel(notebook, index, selector, ready):
    """Return the panel of a cell, in view and drawn."""
    notebook.page.evaluate("i => jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')", index)
    found = notebook.cell(index).locator(selector)
    found.locator(ready).first.wait_for()
    notebook.page.mouse.move(5, 5)
    notebook.page.wait_for_timeout(1500)
    return found


def table(notebook, folder, name="run_table"):
    """Take the table with bars and one run selected."""
    shown = panel(notebook, TABLE, ".jt-table", ".jt-grid-row")
    if name == "run_table":
        shown.get_by_role("button", name="View").click()
        shown.get_by_text("Colour bars").click()
        notebook.page.keyboard.press("Escape")
        shown.locator(".jt-grid-row input").nth(3).click()
        notebook.page.mouse.move(5, 5)
    notebook.page.wait_for_timeout(1000)
    keep(shown.screenshot(), folder / f"{name}.png")


def curves(notebook, folder, name="curves"):
    """Take curves with a crosshair."""
    shown = panel(notebook, CURVES, ".jt-curves", ".jt-plot .main-svg")
    shown.locator(".jt-plot-area").first.hover(position={"x": 150, "y": 90})
    notebook.page.wait_for_timeout(500)
    keep(shown.screenshot(), folder / f"{name}.png")


def hero(notebook, folder):
    """Take a cell with its card, and the table below it."""
    page = notebook.page
    page.evaluate("i => jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')", HERO_CELL)
    notebook.choose(HERO_CELL)
    page.wait_for_timeout(1500)
    box = notebook.cell(HERO_CELL).bounding_box()
    last = notebook.cell(TABLE).bounding_box()
    clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": last["y"] + last["height"] - box["y"]}
    keep(page.screenshot(clip=clip), folder / "quickstart.png")


def side(notebook, folder):
    """Take the side panel beside a notebook whose last cell is running."""
    page = notebook.page
    notebook.run(GOING_CELL, wait=False)
    page.evaluate("jupyterapp.commands.execute('tracker:open')")
    page.locator(".jt-running-run").wait_for()
    page.locator(".jt-exp-row[data-experiment-name='digits'] .jt-exp-head").click()
    page.locator(".jt-line").nth(3).wait_for()
    page.mouse.move(900, 500)
    page.wait_for_timeout(9000)
    page.evaluate("i => jupyterapp.shell.currentWidget.content.scrollToItem(i, 'end')", GOING_CELL)
    page.wait_for_timeout(1500)
    keep(page.screenshot(), folder / "side-panel.png", colours=128)
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    notebook.wait_for_end(GOING_CELL)


def take(page, url, folder):
    """Take all pictures."""
    page.goto(f"{url}lab/tree/digits.ipynb?token={TOKEN}&reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_function(
        "() => globalThis.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    notebook = Notebook(page)
    page.evaluate("jupyterapp.shell.collapseLeft()")
    for index in range(GOING_CELL):
        notebook.run(index)
    hero(notebook, folder)
    table(notebook, folder)
    curves(notebook, folder)
    # As high as in a tab of its own, down to the charts.
    page.add_style_tag(content=".jt-cmp-scroll { max-height: none !important; }")
    box = panel(notebook, COMPARISON, ".jt-comparison", ".jt-pc-lines path").bounding_box()
    keep(page.screenshot(clip={**box, "height": 770}), folder / "comparison.png")
    keep(panel(notebook, DETAIL, ".jt-detail", ".jt-metric-list").screenshot(), folder / "run_detail.png")
    keep(panel(notebook, BOARD, ".jt-registry", ".jt-board-card").screenshot(), folder / "registry.png")
    dark(page, "JupyterLab Dark")
    page.wait_for_timeout(1000)
    table(notebook, folder, "run_table-dark")
    curves(notebook, folder, "curves-dark")
    dark(page, "JupyterLab Light")
    page.set_viewport_size({"width": 1120, "height": 680})
    side(notebook, folder)


def project(folder):
    """Fill a folder with runs that somebody's script has made there, and a notebook."""
    folder.mkdir()
    script = folder / "train.py"
    shutil.copy(sample_project.__file__, script)
    environment = {**os.environ, "LOGNAME": "ada", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, script.name, "."], cwd=folder, env=environment, check=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "digits.ipynb")


def main(folder):
    """Make the project, serve it, look at it."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        settings = home / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        project(Path(temporary) / "digits")
        os.environ["LOGNAME"] = "ada"
        server = Server(Path(temporary) / "digits", home)
        try:
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                size = {"width": 1180, "height": 1500}
                take(browser.new_page(viewport=size, device_scale_factor=2), server.url, folder)
                browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")
