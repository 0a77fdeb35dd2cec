"""Experiments, runs, curves and a comparison as linked tabs, in a real JupyterLab and Notebook 7."""

import json
import re

import pytest

from tests.browser.accessibility import violations
from tests.browser.test_comparison import cells, run_all
from tests.browser.test_notebook import dark, eventually, luminance

# The tracker's tab comes back to the front whenever Lab puts another there.
STAYS_IN_FRONT = """() => {
  const { shell } = jupyterapp;
  shell.layoutModified.connect(() => {
    const tab = [...shell.widgets('main')].find(widget => widget.hasClass('jt-tab'));
    if (tab !== undefined && !tab.isVisible) shell.activateById(tab.id);
  });
}"""


def dashboard_of(notebook, index):
    dashboard = notebook.cell(index).locator(".jt-dashboard")
    dashboard.locator(".jt-grid-row").nth(2).wait_for()
    return dashboard


def open_tab(dashboard, name):
    dashboard.get_by_role("tablist", name="Dashboard").get_by_role("tab", name=name).click()


@pytest.mark.parametrize("app", ["lab/tree", "notebooks"])
def test_what_is_selected_feeds_curves_and_comparison(open_notebook, page, app):
    name = f"dashboard-{app[:3]}"
    notebook = open_notebook(
        name,
        *cells(name),
        f"dashboard = tracker.Dashboard({name!r})\ndashboard",
        "print(dashboard.tab, len(dashboard.selection))",
        "dashboard.selection = dashboard.selection[:1]\ndashboard.tab = 'curves'",
        app=app,
    )
    run_all(notebook, 5)
    dashboard = dashboard_of(notebook, 4)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/views/" in request.url else None)
    for row in (0, 1):
        dashboard.locator(".jt-grid-row input").nth(row).click()
    open_tab(dashboard, "Curves")
    dashboard.locator(".jt-plot .main-svg").first.wait_for()
    assert sorted(dashboard.locator(".jt-legend-name").all_inner_texts()) == ["deeper", "wider"]
    open_tab(dashboard, "Comparison")
    dashboard.locator(".jt-cmp-run").nth(1).wait_for()
    assert sorted(dashboard.locator(".jt-cmp-run").all_inner_texts()) == ["deeper", "wider"]
    notebook.run(5)
    assert re.search(r"comparison 2", notebook.cell(5).inner_text())
    notebook.run(6)
    eventually(dashboard.locator(".jt-legend-name:visible").all_inner_texts, lambda names: len(names) == 1)
    # All has finished: nobody asks for anything.
    page.wait_for_timeout(1500)
    asked.clear()
    page.wait_for_timeout(4000)
    assert asked == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_tabs_in_both_themes(open_notebook, page, theme):
    shade = theme[-5:].strip().lower()
    page.set_viewport_size({"width": 1400, "height": 1400})
    notebook = open_notebook(f"dashboard-{shade}", *cells(f"dashboard-{shade}"), "%tracker")
    dark(page, theme)
    run_all(notebook, 5)
    dashboard = dashboard_of(notebook, 4)
    eventually(lambda: luminance(dashboard), lambda light: (light < 80) == ("Dark" in theme))
    for row in (0, 1, 2):
        dashboard.locator(".jt-grid-row input").nth(row).click()
    for name, ready in (
        ("Experiments", ".jt-exp-list tbody tr"),
        ("Runs", ".jt-grid-row"),
        ("Curves", ".jt-plot .main-svg"),
        ("Comparison", ".jt-diff-table"),
    ):
        open_tab(dashboard, name)
        dashboard.locator(ready).first.wait_for()
        page.wait_for_timeout(300)
        assert violations(page, ".jt-dashboard") == []
        dashboard.screenshot(path=f"build/screenshots/dashboard-{name.lower()}-{shade}.png")
    dark(page, "JupyterLab Light")


def test_an_experiment_is_renamed_in_place_and_trashed_with_a_way_back(open_notebook, page):
    notebook = open_notebook("dashboard-names", *cells("dashboard-names"), "%tracker --tab experiments")
    run_all(notebook, 5)
    dashboard = notebook.cell(4).locator(".jt-dashboard")
    row = dashboard.locator(".jt-exp-list tbody tr", has_text="dashboard-names")
    row.get_by_role("button", name="Actions for dashboard-names").click()
    dashboard.get_by_role("menuitem", name="Rename").click()
    page.keyboard.type("dashboard-called")
    page.keyboard.press("Enter")
    called = dashboard.locator(".jt-exp-list tbody tr", has_text="dashboard-called")
    eventually(called.count, lambda count: count == 1)
    called.get_by_role("button", name="Actions for dashboard-called").click()
    assert violations(page, ".jt-dashboard") == []
    dashboard.get_by_role("menuitem", name="Move to trash").click()
    eventually(called.count, lambda count: count == 0)
    dashboard.get_by_role("button", name="Undo").click()
    eventually(called.count, lambda count: count == 1)


def test_a_dashboard_is_walked_by_keyboard(open_notebook, page):
    notebook = open_notebook("dashboard-keys", *cells("dashboard-keys"), "%tracker dashboard-keys")
    run_all(notebook, 5)
    dashboard = dashboard_of(notebook, 4)
    dashboard.get_by_role("tab", name="Runs").focus()
    page.keyboard.press("ArrowLeft")
    eventually(dashboard.locator(".jt-exp-list").is_visible, bool)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    eventually(dashboard.locator(".jt-grid").is_visible, bool)
    dashboard.get_by_role("tab", name="Runs").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    dashboard.get_by_text("Nothing to compare yet").wait_for()


def test_a_dashboard_is_there_after_a_reload_and_opens_as_a_tab(open_notebook, page):
    notebook = open_notebook("dashboard-kept", *cells("dashboard-kept"), "%tracker dashboard-kept --tab curves")
    run_all(notebook, 5)
    notebook.cell(4).locator(".jt-plot .main-svg").first.wait_for()
    notebook.save()
    saved = json.loads(notebook.path.read_text())
    assert "widgets" not in saved["metadata"]
    (data,) = [output["data"] for output in saved["cells"][4]["outputs"]]
    assert len(json.dumps(data)) < 100_000
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    notebook.cell(4).locator(".jt-plot .main-svg").first.wait_for()
    page.evaluate("() => jupyterapp.restored.then(() => true)")
    # Lab may bring the notebook that it restores to the front once more, at no moment that could be waited for.
    page.evaluate(STAYS_IN_FRONT)
    page.evaluate("jupyterapp.commands.execute('tracker:open-dashboard', {})")
    tab = page.locator(".jt-tab .jt-dashboard")
    tab.locator(".jt-grid-row").first.wait_for()
    tab.get_by_role("tab", name="Experiments").click()
    tab.locator(".jt-exp-list tbody tr:visible").first.wait_for()


def test_without_the_lab_extension_all_comes_from_the_kernel(open_notebook, page):
    """The widget's own module, as VS Code and Colab run it; the chart library comes over the comm, too."""
    # Only what the lab extension leaves on the page is taken away: the widget then draws itself.
    page.add_init_script(
        "Object.defineProperty(globalThis, Symbol.for('jupyter-tracker.hub'), {get: () => undefined, set() {}})"
    )
    notebook = open_notebook(
        "dashboard-comm",
        *cells("dashboard-comm"),
        "from IPython.display import display\n"
        "dashboard = tracker.Dashboard('dashboard-comm')\n"
        "view = dashboard.mimebundle()['application/vnd.jupyter.widget-view+json']\n"
        "display({'application/vnd.jupyter.widget-view+json': view}, raw=True)",
    )
    run_all(notebook, 5)
    dashboard = dashboard_of(notebook, 4)
    open_tab(dashboard, "Curves")
    dashboard.locator(".jt-plot .main-svg").first.wait_for()
    for row in (0, 1):
        open_tab(dashboard, "Runs")
        dashboard.locator(".jt-grid-row input").nth(row).click()
    open_tab(dashboard, "Comparison")
    dashboard.locator(".jt-cmp-run").nth(1).wait_for()
