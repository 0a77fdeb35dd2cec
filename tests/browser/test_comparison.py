"""Runs side by side in a real JupyterLab and Notebook 7: linked, by keyboard, in both themes, without the server."""

import json
import re

import pytest

from tests.browser.accessibility import violations
from tests.browser.test_notebook import LOAD, dark, eventually, luminance

CELL = """\
%%track run_name={name} experiment={experiment} params.lr={lr} tags.team={team}
import jupyter_tracker as tracker

depth = {depth}
tracker.log_params({{"depth": depth, "model": "rf", "seed": 1}})
for step in range(5):
    tracker.log_metrics({{"val/accuracy": {accuracy} + step / 100, "val/loss": {loss} / (step + 1)}}, step=step)
"""
RUNS = [
    {"name": "baseline", "lr": 0.1, "team": "red", "depth": 4, "accuracy": 0.81, "loss": 0.9},
    {"name": "deeper", "lr": 0.01, "team": "red", "depth": 8, "accuracy": 0.86, "loss": 0.7},
    {"name": "wider", "lr": 0.001, "team": "blue", "depth": 4, "accuracy": 0.84, "loss": 0.5},
]


def cells(experiment):
    return [LOAD, *(CELL.format(experiment=experiment, **run) for run in RUNS)]


def run_all(notebook, count):
    for index in range(count):
        notebook.run(index)


def comparison_of(notebook, index):
    comparison = notebook.cell(index).locator(".jt-comparison")
    comparison.locator(".jt-cmp-run").first.wait_for()
    return comparison


def group(comparison, name):
    return comparison.locator(f"[data-group={name}]")


@pytest.mark.parametrize("app", ["lab/tree", "notebooks"])
def test_what_differs_is_shown_and_what_is_chosen_reaches_python(open_notebook, page, app):
    name = f"compare-{app[:3]}"
    notebook = open_notebook(
        name,
        *cells(name),
        "comparison = tracker.RunComparison(['baseline', 'deeper', 'wider'])\ncomparison",
        "print(comparison.baseline, comparison.selection, comparison.minimize)",
        "comparison.baseline = comparison.run_ids[2]\ncomparison.selection = []",
        app=app,
    )
    run_all(notebook, 5)
    comparison = comparison_of(notebook, 4)
    eventually(lambda: group(comparison, "code").inner_text(), lambda text: "version 2" in text)
    params = group(comparison, "params")
    assert params.locator("th[scope=row]").all_inner_texts() == ["depth", "lr"]
    best = comparison.locator("[data-metric='val/loss'] td[data-best] .jt-cmp-value")
    assert best.all_inner_texts() == ["0.10"]
    goal = comparison.locator("[data-metric='val/accuracy'] .jt-cmp-goal")
    assert goal.get_attribute("data-goal") == "max"
    goal.click()
    eventually(lambda: goal.get_attribute("data-goal"), lambda value: value == "min")
    comparison.get_by_role("button", name="deeper", exact=True).click()
    comparison.locator(".jt-cmp > thead th", has_text="deeper").hover()
    comparison.get_by_title("Measure the others against deeper").click()
    eventually(lambda: comparison.locator("th[data-baseline]").inner_text(), lambda text: "deeper" in text)
    notebook.run(5)
    baseline, selection, minimize = re.search(
        r"([0-9a-f]{32}) \['([0-9a-f]{32})'\] (\[.*\])", notebook.cell(5).inner_text()
    ).groups()
    assert baseline == selection
    assert minimize == "['val/accuracy']"
    notebook.run(6)
    eventually(lambda: comparison.locator("th[data-baseline]").inner_text(), lambda text: "wider" in text)
    assert comparison.locator(".jt-cmp-run[aria-pressed=true]").count() == 0


def test_charts_and_columns_point_at_the_same_run(open_notebook, page):
    notebook = open_notebook("linked", *cells("linked"), "%compare baseline deeper wider")
    run_all(notebook, 5)
    comparison = comparison_of(notebook, 4)
    line = comparison.locator(".jt-pc-lines [data-run]").nth(1)
    line.wait_for(state="attached")
    comparison.get_by_role("button", name="deeper", exact=True).hover()
    eventually(lambda: line.get_attribute("data-on"), lambda on: on is not None)
    circle = comparison.locator(".jt-scatter [data-run]").nth(2)
    circle.scroll_into_view_if_needed()
    circle.hover()
    marked = comparison.locator(".jt-cmp > thead th[data-on]")
    eventually(marked.all_inner_texts, lambda texts: len(texts) == 1 and "wider" in texts[0])
    circle.focus()
    page.keyboard.press("Space")
    eventually(comparison.locator(".jt-cmp-run[aria-pressed=true]").all_inner_texts, lambda texts: texts == ["wider"])
    assert comparison.locator(".jt-pc-lines [data-off]").count() == 2


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_source_is_compared_in_both_themes(open_notebook, page, theme):
    name = f"compare-{theme[-5:].strip().lower()}"
    page.set_viewport_size({"width": 1400, "height": 1500})
    notebook = open_notebook(name, *cells(name), "%compare baseline deeper wider")
    dark(page, theme)
    run_all(notebook, 5)
    comparison = comparison_of(notebook, 4)
    eventually(lambda: luminance(comparison), lambda light: (light < 80) == ("Dark" in theme))
    diff = comparison.locator(".jt-diff-table")
    diff.wait_for()
    assert diff.locator("del").all_inner_texts()
    assert "8" in diff.locator("ins").all_inner_texts()
    assert "depth = 4" in diff.inner_text()
    comparison.get_by_role("button", name="Uncommitted changes").click()
    eventually(diff.or_(comparison.locator(".jt-diff-note")).first.inner_text, bool)
    comparison.get_by_role("button", name="Cell source", exact=True).click()
    diff.wait_for()
    assert violations(page, ".jt-comparison") == []
    comparison.screenshot(path=f"build/screenshots/comparison-{theme[-5:].strip().lower()}.png")
    dark(page, "JupyterLab Light")


def test_a_comparison_is_walked_by_keyboard(open_notebook, page):
    notebook = open_notebook("compare-keys", *cells("compare-keys"), "%compare baseline deeper wider")
    run_all(notebook, 5)
    comparison = comparison_of(notebook, 4)
    comparison.get_by_role("searchbox").focus()
    for _ in range(10):
        if page.evaluate("document.activeElement.classList.contains('jt-cmp-run')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    eventually(comparison.locator(".jt-cmp-run[aria-pressed=true]").all_inner_texts, lambda texts: texts == ["deeper"])
    page.keyboard.press("b")
    eventually(lambda: comparison.locator("th[data-baseline]").inner_text(), lambda text: "deeper" in text)
    assert page.evaluate("document.activeElement.textContent") == "deeper"
    page.keyboard.press("Tab")
    fold = group(comparison, "params").locator(".jt-cmp-fold")
    assert fold.evaluate("node => node === document.activeElement")
    page.keyboard.press("Enter")
    eventually(lambda: fold.get_attribute("aria-expanded"), lambda expanded: expanded == "false")


def listen(page, asked):
    """Note the requests about comparisons; Lab's status bar and the cards of cells ask for themselves."""
    page.on(
        "request", lambda sent: asked.append(sent.url) if "comparison" in sent.url + (sent.post_data or "") else None
    )


def test_a_comparison_outlives_its_kernel_and_opens_as_a_tab(open_notebook, page):
    notebook = open_notebook("compare-kept", *cells("compare-kept"), "%compare baseline deeper")
    run_all(notebook, 5)
    comparison_of(notebook, 4)
    notebook.save()
    saved = json.loads(notebook.path.read_text())
    (data,) = [output["data"] for output in saved["cells"][4]["outputs"]]
    payload = data["application/vnd.jupyter-tracker.v1+json"]
    assert len(json.dumps(data)) < 100_000
    assert "deeper" in "".join(data["text/html"])
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    comparison = comparison_of(notebook, 4)
    asked = []
    listen(page, asked)
    eventually(lambda: group(comparison, "artifacts").inner_text(), lambda text: "equal" in text or "differ" in text)
    asked.clear()
    page.wait_for_timeout(3000)
    assert asked == []
    args = {"store_id": payload["store_id"], "run_ids": payload["comparison"]["run_ids"]}
    page.evaluate("args => jupyterapp.commands.execute('tracker:compare', args)", args)
    tab = page.locator(".jt-tab .jt-comparison")
    tab.locator(".jt-cmp-run").first.wait_for()
    assert tab.locator(".jt-cmp-run").all_inner_texts() == ["baseline", "deeper"]


def test_without_the_lab_extension_all_comes_from_the_kernel(open_notebook, page):
    """The widget's own module, as VS Code and Colab run it."""
    # Only what the lab extension leaves on the page is taken away: the widget then draws itself.
    page.add_init_script(
        "Object.defineProperty(globalThis, Symbol.for('jupyter-tracker.hub'), {get: () => undefined, set() {}})"
    )
    notebook = open_notebook(
        "compare-comm",
        *cells("compare-comm"),
        "from IPython.display import display\n"
        "comparison = tracker.RunComparison(['baseline', 'deeper', 'wider'])\n"
        "view = comparison.mimebundle()['application/vnd.jupyter.widget-view+json']\n"
        "display({'application/vnd.jupyter.widget-view+json': view}, raw=True)",
    )
    asked = []
    listen(page, asked)
    run_all(notebook, 5)
    comparison = comparison_of(notebook, 4)
    comparison.locator(".jt-pc-lines [data-run]").first.wait_for(state="attached")
    eventually(lambda: group(comparison, "packages").inner_text(), lambda text: "equal" in text)
    comparison.locator(".jt-diff-table ins").first.wait_for()
    assert asked == []
