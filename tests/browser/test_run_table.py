"""A run table in a real JupyterLab and Notebook 7: arranged, written to, grouped, and reached by keyboard alone."""

import json
import re

import pytest

from tests.browser.accessibility import violations
from tests.browser.conftest import SHOTS
from tests.browser.test_notebook import LOAD, dark, eventually, luminance

MAKE = """\
import math, random
import jupyter_tracker as tracker

random.seed(1)
tracker.set_experiment({experiment!r})
for i in range({runs}):
    with tracker.start_run(run_name=f"run-{{i:03}}"):
        lr = round(random.uniform(0.001, 0.1), 4)
        tracker.log_params({{"model": ["rf", "lr", "nn"][i % 3], "lr": lr, "seed": 1}})
        best = random.uniform(0.6, 0.95)
        curve = [best - 0.4 * math.exp(-step / 9) for step in range(30)]
        tracker.log_metric_series("accuracy", curve)
        tracker.log_metric_series("loss", [1.2 - value for value in curve])
        tracker.log_metric("auc", best)
        tracker.set_tag("team", ["growth", "risk"][i % 2])
        if i % 7 == 0:
            tracker.set_tag("mlflow.note.content", "A **good** start.")
"""
TABLE = "table = tracker.RunTable({experiment!r}, order_by='run_name')\ntable"


def cells(experiment, *more, runs=24):
    return (LOAD, MAKE.format(experiment=experiment, runs=runs), TABLE.format(experiment=experiment), *more)


def shown(notebook, index=2):
    for number in range(index + 1):
        notebook.run(number)
    table = notebook.cell(index).locator(".jt-table")
    table.locator(".jt-grid-row:visible .jt-row-name").first.wait_for()
    table.evaluate("node => node.scrollIntoView({block: 'start'})")
    return table


def labels(table):
    return table.locator(".jt-grid-header .jt-cell-label").all_inner_texts()


def names(table):
    return table.locator(".jt-grid-row:visible .jt-row-name").all_inner_texts()


def header(table, label):
    return table.get_by_role("columnheader", name=re.compile(rf"^{label}\b"))


def menu(table, label, entry):
    header(table, label).hover()
    header(table, label).get_by_role("button", name=f"Menu of {label}").click()
    table.get_by_role("menuitem", name=entry).click()


def output(notebook, index):
    notebook.run(index)
    return notebook.cell(index).locator(".jp-OutputArea").inner_text()


def test_columns_are_arranged_and_stay_so_after_a_reload(open_notebook, page):
    notebook = open_notebook("arranged", *cells("arranged"))
    table = shown(notebook)
    assert labels(table)[:4] == ["Run", "Started", "Duration", "accuracy"]
    menu(table, "lr", "Keep in view (pin)")
    menu(table, "Duration", "Hide")
    table.locator(".jt-grid").evaluate("node => { node.scrollLeft = 0; }")
    page.wait_for_timeout(200)
    source, target = header(table, "loss").bounding_box(), header(table, "Started").bounding_box()
    page.mouse.move(source["x"] + 60, source["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 20, target["y"] + 10, steps=6)
    page.mouse.up()
    assert labels(table)[:4] == ["Run", "lr", "loss", "Started"]
    edge = header(table, "loss").locator(".jt-resize").bounding_box()
    page.mouse.move(edge["x"] + 3, edge["y"] + 10)
    page.mouse.down()
    page.mouse.move(edge["x"] + 63, edge["y"] + 10, steps=4)
    page.mouse.up()
    width = eventually(lambda: header(table, "loss").bounding_box()["width"], lambda px: px > 190)
    # It stays while the others are scrolled away.
    left = header(table, "lr").bounding_box()["x"]
    table.locator(".jt-grid").evaluate("node => { node.scrollLeft = 600; }")
    page.wait_for_timeout(200)
    assert header(table, "lr").bounding_box()["x"] == left
    notebook.save()
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    table.locator(".jt-grid-row:visible .jt-row-name").first.wait_for()
    assert labels(table)[:4] == ["Run", "lr", "loss", "Started"]
    assert "Duration" not in labels(table)
    assert header(table, "loss").bounding_box()["width"] == width


LONG = [f"rf-baseline-depth-10-all features-seed {seed}" for seed in (1, 2)]
LONG_RUNS = f"""\
import jupyter_tracker as tracker

tracker.set_experiment("long-names")
for name in {LONG}:
    with tracker.start_run(run_name=name):
        tracker.log_param("optimizer/schedule/warmup_steps_fraction", 0.1)
        tracker.log_metric_series("validation/head_a/accuracy/top_5_weighted", [0.1, 0.4, 0.5])
"""
# How wide the halves are, their box, and the name if it were whole; whether the end that is seen has all its letters.
CUT = """node => {
    const [start, end] = ['::before', '::after'].map(half => getComputedStyle(node, half));
    const letters = document.createElement('span');
    letters.style.font = getComputedStyle(node).font;
    letters.style.whiteSpace = 'pre';
    letters.textContent = node.dataset.end;
    node.parentElement.append(letters);
    const needed = letters.getBoundingClientRect().width;
    letters.remove();
    return {halves: parseFloat(start.width) + parseFloat(end.width), box: node.clientWidth,
        whole: node.querySelector('.jt-whole').scrollWidth, end: parseFloat(end.width) - needed,
        blanks: [start.whiteSpace, end.whiteSpace]};
}"""


def test_long_names_lose_their_middle_and_are_whole_for_who_reads_or_copies_them(open_notebook, page):
    curves = "tracker.MetricCurves(experiment='long-names')"
    notebook = open_notebook("long-names", LOAD, LONG_RUNS, TABLE.format(experiment="long-names"), curves)
    table = shown(notebook)
    notebook.run(3)
    page.set_viewport_size({"width": 900, "height": 1000})
    assert sorted(names(table)) == LONG
    title = notebook.cell(3).locator(".jt-plot-title")
    title.evaluate("node => node.style.width = '150px'")
    for name in (table.locator(".jt-row-name").first, title):
        found = name.evaluate(CUT)
        assert found["halves"] <= found["box"] + 1 < found["whole"], found
        assert abs(found["end"]) < 1, found
        assert found["blanks"] == ["pre", "pre"]
    # To screen readers, too, in one piece.
    table.get_by_role("gridcell", name=f"Finished {LONG[0]}", exact=True).wait_for()
    notebook.cell(3).get_by_role("heading", name="validation/head_a/accuracy/top_5_weighted", exact=True).wait_for()
    table.locator(".jt-row-name").first.evaluate("node => getSelection().selectAllChildren(node)")
    assert page.evaluate("() => getSelection().toString()") in LONG
    assert violations(page, ".jt-table, .jt-curves") == []


def test_a_name_a_tag_and_a_note_are_written_in_place_and_taken_back(open_notebook, page):
    read = (
        "run = tracker.search_runs(experiment_names=['written'], order_by=['start_time'], output_format='list')[0]\n"
        "print(run.info.run_name, run.data.tags['team'], run.data.tags['mlflow.note.content'])"
    )
    notebook = open_notebook("written", *cells("written", read, runs=8))
    table = shown(notebook)
    assert "run-000 growth A **good** start." in output(notebook, 3)
    row = table.locator(".jt-grid-row:visible").filter(has_text="run-000")
    row.locator(".jt-cell-name").dblclick()
    box = table.locator(".jt-editor .jt-input")
    box.fill("best so far")
    box.press("Enter")
    eventually(lambda: table.locator(".jt-foot").inner_text(), lambda text: "changed" in text)
    table.locator(".jt-grid").evaluate("node => { node.scrollLeft = node.scrollWidth; }")
    row = table.locator(".jt-grid-row:visible").filter(has_text="best so far")
    row.locator("[data-column='tags.mlflow.note.content']").dblclick()
    box.fill("Two\nlines")
    box.press("Control+Enter")
    eventually(lambda: table.locator(".jt-editor").is_visible(), lambda visible: not visible)
    assert "best so far growth Two\nlines" in output(notebook, 3)
    table.get_by_role("button", name="Undo").click()
    eventually(lambda: output(notebook, 3), lambda text: "A **good** start." in text)


def test_selected_runs_reach_python_and_are_deleted_and_restored(open_notebook, page):
    read = "print(len(table.selection), list(table.selected_runs()['tags.mlflow.runName']))"
    count = "print(len(tracker.search_runs(experiment_names=['bulk'])))"
    choose = "table.selection = list(tracker.search_runs(experiment_names=['bulk'])['run_id'][:3])"
    notebook = open_notebook("bulk", *cells("bulk", read, count, choose))
    table = shown(notebook)
    boxes = table.locator(".jt-grid-row:visible .jt-cell-check input")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    wanted = "4 ['run-001', 'run-002', 'run-003', 'run-004']"
    eventually(lambda: output(notebook, 3), lambda text: wanted in text)
    height = table.bounding_box()["height"]
    table.get_by_role("button", name="Delete…").click()
    assert "Move 4 runs to the trash?" in table.locator(".jt-foot").inner_text()
    assert output(notebook, 4).strip() == "24"
    table.get_by_role("button", name="Delete", exact=True).click()
    eventually(lambda: table.locator(".jt-foot").inner_text(), lambda text: "4 runs moved to the trash" in text)
    assert output(notebook, 4).strip() == "20"
    assert "run-001" not in names(table)
    assert table.bounding_box()["height"] == height, "nothing jumps"
    table.get_by_role("button", name="Undo").click()
    eventually(lambda: names(table)[:3], lambda found: found == ["run-000", "run-001", "run-002"])
    assert output(notebook, 4).strip() == "24"
    notebook.run(5)
    eventually(lambda: table.locator(".jt-foot").inner_text(), lambda text: "3 selected" in text)


def test_filters_complete_and_groups_open_into_their_runs(open_notebook, page):
    notebook = open_notebook("grouped", *cells("grouped", "%runs --group-by params.model"))
    table = shown(notebook)
    box = table.get_by_role("combobox", name="Filter runs")
    box.press_sequentially("metrics.ac", delay=20)
    table.get_by_role("option").filter(has_text="metrics.accuracy").wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    box.press_sequentially("> 0.99", delay=20)
    box.press("Enter")
    eventually(table.inner_text, lambda text: "No run matches" in text)
    box.fill("metrics.accuracy > > 1")
    box.press("Enter")
    error = table.locator(".jt-filter-error")
    error.wait_for()
    assert re.search(r"\n {19}\^", error.locator("pre").inner_text())
    box.fill("")
    box.press("Enter")
    eventually(lambda: len(names(table)), lambda count: count > 5)
    notebook.run(3)
    groups = notebook.cell(3).locator(".jt-table")
    eventually(lambda: names(groups), lambda found: found == ["lr", "nn", "rf"])
    assert re.search(r"0\.\d+ ± 0\.\d+", groups.locator(".jt-grid-row").first.inner_text())
    groups.get_by_text("rf", exact=True).click()
    eventually(lambda: groups.locator(".jt-count").inner_text(), lambda text: text == "8 runs")
    assert groups.get_by_role("combobox", name="Filter runs").input_value() == "params.model = 'rf'"


def test_all_of_it_by_keyboard_alone(open_notebook, page):
    notebook = open_notebook("keys-table", *cells("keys-table"))
    table = shown(notebook)
    table.get_by_role("combobox", name="Filter runs").focus()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "grid":
            break
    else:
        pytest.fail("Tab does not reach the grid")

    def active():
        return page.evaluate(
            "document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).innerText"
        )

    page.keyboard.press("ArrowDown")
    assert "run-001" in active()
    page.keyboard.press("End")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowUp")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert "accuracy" in active()
    page.keyboard.press("Enter")
    eventually(lambda: header(table, "accuracy").get_attribute("aria-sort"), lambda sort: sort == "descending")
    page.keyboard.press("Alt+ArrowLeft")
    assert labels(table)[:4] == ["Run", "Started", "accuracy", "Duration"]
    page.keyboard.press("Shift+F10")
    table.get_by_role("menu").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    eventually(lambda: labels(table)[:3], lambda found: found == ["Run", "Started", "Duration"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    eventually(lambda: table.locator(".jt-foot").inner_text(), lambda text: "1 selected" in text)
    page.keyboard.press("Delete")
    assert page.evaluate("document.activeElement.innerText") == "Delete"
    page.keyboard.press("Escape")
    assert table.locator(".jt-grid-row:visible").count() > 5


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious(open_notebook, page, theme):
    experiment = f"axe-{theme[-5:].strip()}"
    notebook = open_notebook(experiment, *cells(experiment, "%runs --group-by params.model", "%runs run_name = 'none'"))
    dark(page, theme)
    table = shown(notebook)
    eventually(lambda: luminance(table), lambda light: (light < 80) == ("Dark" in theme))
    table.get_by_role("button", name="View").click()
    table.get_by_label("Colour bars").check()
    page.keyboard.press("Escape")
    table.locator(".jt-grid-row:visible .jt-cell-check input").nth(2).click()
    table.locator("[data-bar]").first.wait_for()
    table.locator(".jt-grid-row:visible .jt-spark").first.wait_for()
    table.screenshot(path=SHOTS / f"run_table-{theme[-5:].strip().lower()}.png")
    assert violations(page, ".jt-table") == []
    table.get_by_role("button", name="Columns").click()
    table.get_by_label("Choose columns").locator(".jt-chooser-row").first.wait_for()
    assert violations(page, ".jt-table") == []
    page.keyboard.press("Escape")
    box = table.get_by_role("combobox", name="Filter runs")
    box.press_sequentially("metrics.a", delay=20)
    table.get_by_role("option").first.wait_for()
    assert violations(page, ".jt-table") == []
    box.fill("metrics.a >")
    box.press("Enter")
    table.locator(".jt-filter-error").wait_for()
    table.get_by_role("button", name="Tag…").click()
    assert violations(page, ".jt-table") == []
    for index, text in ((3, "groups"), (4, "No run matches")):
        notebook.run(index)
        eventually(notebook.cell(index).inner_text, lambda found, text=text: text in found)
    assert violations(page, ".jt-table") == []
    dark(page, "JupyterLab Light")


def test_rows_and_columns_far_away_are_fetched_when_they_come_into_view(open_notebook, page):
    make = (
        "from jupyter_tracker.entities import Metric\n"
        "tracker.set_experiment('wide')\n"
        "client = tracker.TrackerClient()\n"
        "for i in range(150):\n"
        "    run = tracker.start_run(run_name=f'wide-{i:03}')\n"
        "    tracker.log_metrics({f'm{k:04}': k + i / 1000 for k in range(1200)} if i == 149 else {'m0001': i})\n"
        "    tracker.end_run()\n"
    )
    notebook = open_notebook(
        "wide",
        LOAD + "\nimport jupyter_tracker as tracker",
        make,
        "tracker.RunTable('wide', columns=['metrics.*'], order_by='run_name desc')",
    )
    table = shown(notebook)
    grid = table.locator(".jt-grid")
    assert grid.get_attribute("aria-colcount") == "1002"
    assert grid.get_attribute("aria-rowcount") == "151"
    assert table.locator(".jt-grid-row:visible [role=gridcell]").count() < 600
    grid.evaluate("node => { node.scrollLeft = node.scrollWidth; }")
    cell = table.locator(".jt-grid-row:visible").first.locator("[data-column='metrics.m0999']")
    eventually(cell.inner_text, lambda text: text == "999.15")
    grid.evaluate("node => { node.scrollTop = node.scrollHeight; }")
    # Rows are used again, so their order in the page is not the one on the screen.
    eventually(lambda: names(table), lambda shown: "wide-000" in shown)


def test_notebook_7_has_the_same_table(open_notebook, page):
    read = "print(table.selected_runs()['params.model'].tolist())"
    notebook = open_notebook("classic-table", *cells("classic-table", read, runs=6), app="notebooks")
    table = shown(notebook)
    header(table, "accuracy").click()
    eventually(lambda: header(table, "accuracy").get_attribute("aria-sort"), lambda sort: sort == "descending")
    table.locator(".jt-grid-row:visible .jt-cell-check input").first.click()
    eventually(lambda: output(notebook, 3), lambda text: re.search(r"\['(rf|lr|nn)'\]", text))
    table.locator(".jt-grid-row:visible .jt-spark").first.wait_for()
    assert violations(page, ".jt-table") == []


def test_without_the_lab_extension_the_kernel_reads_and_writes(open_notebook, page):
    page.add_init_script(
        "Object.defineProperty(globalThis, Symbol.for('jupyter-tracker.hub'), {get: () => undefined, set() {}})"
    )
    show = (
        "table = tracker.RunTable('by-kernel', order_by='run_name')\n"
        "view = table.mimebundle()['application/vnd.jupyter.widget-view+json']\n"
        "display({'application/vnd.jupyter.widget-view+json': view}, raw=True)"
    )
    read = "print(tracker.search_runs(experiment_names=['by-kernel'])['tags.mlflow.runName'].tolist())"
    set_filter = "table.filter = \"run_name LIKE 'written%'\""
    notebook = open_notebook("by-kernel", *cells("by-kernel", runs=5)[:2], show, read, set_filter)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/jupyter-tracker/" in request.url else None)
    table = shown(notebook)
    table.locator(".jt-grid-row:visible .jt-cell-name").first.dblclick()
    box = table.locator(".jt-editor .jt-input")
    box.fill("written over the comm")
    box.press("Enter")
    eventually(lambda: names(table)[-1], lambda name: name == "written over the comm")
    assert "written over the comm" in output(notebook, 3)
    assert [url for url in asked if "run-table" in url or "/runs/" in url] == []
    notebook.run(4)
    eventually(lambda: names(table), lambda found: found == ["written over the comm"])


def test_a_saved_table_is_small_and_holds_no_data(open_notebook, page):
    notebook = open_notebook("saved-table", *cells("saved-table", runs=120))
    shown(notebook)
    notebook.save()
    saved = json.loads(notebook.path.read_text())
    (data,) = [found["data"] for found in saved["cells"][2]["outputs"]]
    assert len(json.dumps(data)) < 100_000
    payload = json.dumps(data["application/vnd.jupyter-tracker.v1+json"])
    assert "run-0" not in payload
    assert len(payload) < 1000
