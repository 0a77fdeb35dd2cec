"""What a user sees in JupyterLab 4.6 and Notebook 7, from the first cell to the morning after."""

import json
import os
import re
import signal
import time

import pytest

from tests.browser.accessibility import violations

LOAD = "%load_ext jupyter_tracker"

TRAIN = """\
%%track run_name={name} experiment={experiment} params.model=rf --no-autolog
import time
import jupyter_tracker as tracker
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

X, y = load_breast_cancer(return_X_y=True)
tracker.log_params({{"n_estimators": {steps}, "max_depth": {depth}}})
for n in range(1, {steps} + 1):
    model = RandomForestClassifier(n_estimators=n, max_depth={depth}, random_state=0).fit(X, y)
    tracker.log_metric("accuracy", model.score(X, y), step=n)
    time.sleep({pause})
"""


def train(name="rf-baseline", *, experiment="churn", steps=5, depth=3, pause=0.0):
    return TRAIN.format(name=name, experiment=experiment, steps=steps, depth=depth, pause=pause)


def eventually(read, wanted, seconds=60):
    """Wait until `read()` satisfies `wanted`, and return what it read last."""
    deadline = time.monotonic() + seconds
    while not wanted(value := read()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert wanted(value), value
    return value


def dark(page, theme):
    page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")


def luminance(locator):
    red, green, blue = map(
        int, re.findall(r"\d+", locator.evaluate("node => getComputedStyle(node).backgroundColor"))[:3]
    )
    return (red + green + blue) / 3


def test_a_tracked_cell_shows_a_live_card_and_keeps_it(open_notebook, page):
    notebook = open_notebook("live", LOAD, train(steps=40, pause=0.15))
    notebook.run(0)
    notebook.run(1, wait=False)
    card = notebook.cell(1).locator(".jt-card")
    card.wait_for()
    step = card.locator(".jt-tile-step")
    seen = []
    while not seen or len(set(seen)) < 4:
        seen.append(eventually(step.inner_text, lambda text: text and text not in seen))
        assert notebook.prompt(1) == "[*]:", "the card came alive only after the cell had ended"
    assert card.get_attribute("data-status") == "RUNNING"
    notebook.wait_for_end(1)
    eventually(lambda: card.get_attribute("data-status"), lambda status: status == "FINISHED")
    text = card.inner_text()
    assert "rf-baseline" in text
    assert "step 40" in text
    assert "n_estimators" in text
    assert "cell/source.py" in text
    # One card, however often it was redrawn.
    assert notebook.cell(1).locator(".jt-card").count() == 1
    assert notebook.cell(1).locator(".jp-OutputArea-child").count() <= 2


def test_a_failing_cell_shows_its_error_on_the_card(open_notebook):
    notebook = open_notebook("failing", LOAD, "%%track run_name=doomed\n1 / 0")
    notebook.run(0)
    notebook.run(1)
    card = notebook.cell(1).locator(".jt-card[data-status=FAILED]")
    card.wait_for()
    assert "ZeroDivisionError" in card.locator(".jt-error").inner_text()
    assert "Traceback" in notebook.cell(1).locator(".jp-OutputArea").inner_text()


def test_the_table_is_sorted_filtered_and_its_columns_chosen(open_notebook, page):
    notebook = open_notebook(
        "table",
        LOAD,
        *[train(f"table-{depth}", experiment="sorting", depth=depth) for depth in (1, 2, 3)],
        "%runs run_name LIKE 'table-%'",
    )
    for index in range(5):
        notebook.run(index)
    table = notebook.cell(4).locator(".jt-table")
    table.wait_for()
    names = table.locator(".jt-grid-row:visible .jt-row-name")
    eventually(names.count, lambda count: count >= 3)
    header = table.get_by_role("columnheader", name="max_depth")
    for _ in range(2):
        header.click()
        eventually(lambda: header.get_attribute("aria-sort"), lambda sort: sort in ("ascending", "descending"))
        order = header.get_attribute("aria-sort")
        first = "table-1" if order == "ascending" else "table-3"
        ordered = eventually(names.all_inner_texts, lambda found, first=first: len(found) == 3 and found[0] == first)
        assert ordered == sorted(ordered, reverse=order == "descending")
    box = table.locator(".jt-filter input")
    box.fill("metrics.accuracy > 2")
    box.press("Enter")
    eventually(table.inner_text, lambda text: "No run" in text or "no run" in text or "0 runs" in text)
    box.fill("metrics.accuracy >>> 2")
    box.press("Enter")
    eventually(lambda: table.locator(".jt-filter-error").count(), lambda count: count == 1)
    box.fill("params.max_depth = '2'")
    box.press("Enter")
    eventually(names.all_inner_texts, lambda found: found == ["table-2"])
    table.get_by_role("button", name="Columns").click()
    chooser = page.get_by_role("dialog", name="Choose columns")
    chooser.wait_for()
    page.keyboard.press("Escape")
    eventually(chooser.is_visible, lambda visible: not visible)


def test_both_themes_and_a_reload(open_notebook, page):
    notebook = open_notebook("themes", LOAD, train("themed"), "%runs")
    for index in range(3):
        notebook.run(index)
    card, table = notebook.cell(1).locator(".jt-card"), notebook.cell(2).locator(".jt-table")
    card.wait_for()
    table.wait_for()
    dark(page, "JupyterLab Light")
    eventually(lambda: luminance(card), lambda light: light > 200)
    dark(page, "JupyterLab Dark")
    eventually(lambda: luminance(card), lambda light: light < 80)
    assert violations(page, ".jt-card") == []
    dark(page, "JupyterLab Light")
    eventually(lambda: luminance(card), lambda light: light > 200)
    assert violations(page, ".jt-card") == []
    notebook.save()
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    eventually(card.count, lambda count: count == 1)
    assert "themed" in card.inner_text()
    eventually(table.count, lambda count: count == 1)
    assert "model not found" not in page.locator(".jp-Notebook").inner_text()


def test_panels_outlive_a_killed_kernel_and_a_restart(open_notebook, page, server):
    pid = "import os; print('pid', os.getpid())"
    notebook = open_notebook("killed", LOAD, train("survivor"), pid, train("victim", steps=200, pause=0.2))
    for index in range(3):
        notebook.run(index)
    kernel = int(re.search(r"pid (\d+)", notebook.cell(2).inner_text()).group(1))
    notebook.run(3, wait=False)
    victim = notebook.cell(3).locator(".jt-card")
    victim.wait_for()
    eventually(victim.inner_text, lambda text: re.search(r"step [2-9]", text))
    os.kill(kernel, signal.SIGKILL)
    # The server reads the store, so the card learns of the death although no kernel is there to tell.
    eventually(lambda: victim.get_attribute("data-status"), lambda status: status == "KILLED", seconds=60)
    survivor = notebook.cell(1).locator(".jt-card")
    assert survivor.get_attribute("data-status") == "FINISHED"
    assert "survivor" in survivor.inner_text()


def test_what_is_saved_is_small_and_reads_without_javascript(open_notebook, page):
    notebook = open_notebook("saved", LOAD, train("saved"), "%runs")
    for index in range(3):
        notebook.run(index)
    notebook.cell(2).locator(".jt-table").wait_for()
    notebook.save()
    saved = json.loads(notebook.path.read_text())
    assert "widgets" not in saved["metadata"]
    for index in (1, 2):
        (data,) = [
            output["data"]
            for output in saved["cells"][index]["outputs"]
            if "application/vnd.jupyter-tracker.v1+json" in output.get("data", {})
        ]
        assert len(json.dumps(data)) < 100_000
        html = "".join(data["text/html"])
        assert "<table" in html
        assert "<script" not in html
        assert "saved" in html
        assert "saved" in "".join(data["text/plain"])
    assert "FINISHED" in "".join(saved["cells"][1]["outputs"][0]["data"]["text/html"]).upper()


def test_the_side_panel_lists_experiments_and_opens_a_run(open_notebook, page):
    notebook = open_notebook("panel", LOAD, train("from-panel"))
    notebook.run(0)
    notebook.run(1)
    page.evaluate("jupyterapp.commands.execute('tracker:open')")
    panel = page.locator(".jt-side")
    panel.wait_for()
    eventually(panel.inner_text, lambda text: "churn" in text)
    panel.locator(".jt-exp-head", has_text="churn").click()
    run = panel.locator(".jt-line", has_text="from-panel").first
    run.click()
    detail = page.locator(".jt-tab .jt-detail")
    detail.get_by_text("from-panel").first.wait_for()
    assert "n_estimators" in detail.inner_text()


@pytest.mark.parametrize("key", ["Tab"])
def test_the_table_is_reached_by_keyboard(open_notebook, page, key):
    notebook = open_notebook("keyboard", LOAD, train("keys"), "%runs")
    for index in range(3):
        notebook.run(index)
    table = notebook.cell(2).locator(".jt-table")
    table.wait_for()
    table.locator(".jt-filter input").focus()
    reached = set()
    for _ in range(8):
        page.keyboard.press(key)
        reached.add(page.evaluate("document.activeElement.closest('[role]')?.getAttribute('role') ?? ''"))
    assert {"grid", "columnheader", "gridcell", "row"} & reached


def test_notebook_7_shows_the_same(open_notebook, page):
    notebook = open_notebook("classic", LOAD, train("in-notebook-7", steps=20, pause=0.15), "%runs", app="notebooks")
    notebook.run(0)
    notebook.run(1, wait=False)
    card = notebook.cell(1).locator(".jt-card")
    card.wait_for()
    eventually(card.inner_text, lambda text: re.search(r"step \d", text))
    assert notebook.prompt(1) == "[*]:"
    notebook.wait_for_end(1)
    notebook.run(2)
    table = notebook.cell(2).locator(".jt-table")
    table.wait_for()
    eventually(table.inner_text, lambda text: "in-notebook-7" in text)
