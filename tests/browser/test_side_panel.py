"""The side panel, its menus and what surrounds it: status bar, toolbar button, notification, stop."""

import re
import time

import pytest

from tests.browser.accessibility import violations
from tests.browser.test_notebook import LOAD, dark, eventually, luminance

TWO_RUNS = """\
import jupyter_tracker as tracker
tracker.set_experiment({experiment!r})
for name in ("first", "second"):
    with tracker.start_run(run_name="{prefix}-" + name):
        tracker.log_metric("f1", 0.5 if name == "first" else 0.75)
"""
LONG = """\
%%track run_name={name} experiment={experiment}
import time
import jupyter_tracker as tracker

for step in range(600):
    tracker.log_metric("loss", 1 / (step + 1), step=step)
    time.sleep(0.1)
"""
FAILS = """\
%%track run_name={name} experiment={experiment}
import pathlib, time
while not pathlib.Path({signal!r}).exists():
    time.sleep(0.1)
1 / 0
"""


def side_panel(page):
    page.evaluate("jupyterapp.commands.execute('tracker:open')")
    panel = page.locator(".jt-side")
    panel.wait_for()
    return panel


def unfold(panel, experiment):
    row = panel.page.locator(f".jt-exp-row[data-experiment-name='{experiment}']")
    row.wait_for()
    node = panel.locator(".jt-exp").filter(has=row)
    if row.get_attribute("aria-expanded") == "false":
        node.locator(".jt-exp-head").click()
    node.locator(".jt-line").first.wait_for()
    return node


def menu_item(page, label):
    return page.locator(".lm-Menu .lm-Menu-itemLabel", has_text=label)


def test_runs_are_renamed_deleted_and_taken_back_by_the_menu(open_notebook, page):
    notebook = open_notebook("side-menu", LOAD, TWO_RUNS.format(prefix="menu", experiment="side menu"))
    notebook.run(0)
    notebook.run(1)
    panel = side_panel(page)
    node = unfold(panel, "side menu")
    line = node.locator(".jt-line", has_text="menu-first")
    line.click(button="right")
    menu_item(page, "Rename…").click()
    page.locator(".jp-Dialog input").fill("menu-renamed")
    page.keyboard.press("Enter")
    renamed = node.locator(".jt-line", has_text="menu-renamed")
    eventually(renamed.count, lambda count: count == 1)
    # By keyboard: the menu of the focused line, then its last entry.
    renamed.focus()
    page.keyboard.press("Shift+F10")
    menu_item(page, "Move to Trash").wait_for()
    page.keyboard.press("Escape")
    renamed.focus()
    page.keyboard.press("Delete")
    page.locator(".jp-Dialog button", has_text="Move to Trash").click()
    eventually(renamed.count, lambda count: count == 0)
    page.get_by_role("button", name="Undo").click()
    eventually(renamed.count, lambda count: count == 1)


def test_an_address_that_mlflows_client_prints_opens_the_run(open_notebook, server, page, screenshots):
    notebook = open_notebook("side-address", LOAD, TWO_RUNS.format(prefix="address", experiment="side address"))
    notebook.run(0)
    notebook.run(1)
    line = unfold(side_panel(page), "side address").locator(".jt-line", has_text="address-second")
    run_id = line.get_attribute("data-run-id")
    page.goto(f"{server.url}jupyter-tracker/#/experiments/1/runs/{run_id}")
    detail = page.locator(".jt-tab .jt-detail")
    detail.get_by_text("address-second").first.wait_for()
    page.locator(".lm-TabBar-tab.lm-mod-current", has_text="address-second").first.wait_for()
    # The address is Lab's own again: a reload brings back what is open, and nothing twice.
    eventually(lambda: page.url, lambda url: "/lab" in url and "tracker=" not in url)
    screenshots(page.locator("#main"), "address-run")
    page.goto(f"{server.url}jupyter-tracker/#/models/no-such-model")
    page.locator(".jt-tab .jt-registry").wait_for()
    page.goto(f"{server.url}jupyter-tracker/")
    page.get_by_role("heading", name="Runs are shown in Jupyter itself").wait_for()
    assert "/some/base/lab" in page.get_by_role("link", name="Jupyter").get_attribute("href")
    # What is put behind the address of this page is opened as if one came with it.
    page.evaluate(f"() => {{ location.hash = '/experiments/1/runs/{run_id}'; }}")
    page.wait_for_url("**/some/base/lab**")


def test_an_experiment_is_renamed_deleted_and_taken_back(open_notebook, page):
    notebook = open_notebook("side-experiment", LOAD, TWO_RUNS.format(prefix="exp", experiment="side experiment"))
    notebook.run(0)
    notebook.run(1)
    panel = side_panel(page)
    node = unfold(panel, "side experiment")
    node.locator(".jt-exp-row").click(button="right")
    menu_item(page, "Rename…").click()
    page.locator(".jp-Dialog input").fill("side renamed")
    page.keyboard.press("Enter")
    renamed = panel.locator(".jt-exp-row", has_text="side renamed")
    eventually(renamed.count, lambda count: count == 1)
    renamed.focus()
    page.keyboard.press("Delete")
    dialog = page.locator(".jp-Dialog")
    assert "side renamed" in dialog.inner_text()
    dialog.locator("button", has_text="Move to Trash").click()
    eventually(renamed.count, lambda count: count == 0)
    page.get_by_role("button", name="Undo").click()
    eventually(renamed.count, lambda count: count == 1)
    eventually(renamed.locator(".jt-exp-count").inner_text, lambda text: text == "2")


def test_a_model_that_is_linked_to_its_run_is_loaded_by_the_cell(open_notebook, page):
    fit = (
        "import jupyter_tracker as tracker\n"
        "from sklearn.linear_model import LinearRegression\n"
        "tracker.set_experiment('linked model')\n"
        "with tracker.start_run(run_name='linear'):\n"
        "    model = LinearRegression().fit([[0], [1]], [0, 2])\n"
        "    info = tracker.sklearn.log_model(model, name='line')\n"
        "print('model', info.model_id)"
    )
    notebook = open_notebook("side-linked", LOAD, fit, "print(1)")
    notebook.run(0)
    notebook.run(1)
    model_id = re.search(r"model (m-\w+)", notebook.cell(1).inner_text()).group(1)
    line = unfold(side_panel(page), "linked model").locator(".jt-line", has_text="linear")
    line.click(button="right")
    menu_item(page, "Insert Cell").click()
    cell = notebook.cell(2)
    eventually(cell.inner_text, lambda text: f"models:/{model_id}" in text)
    notebook.run(2)
    assert "Traceback" not in cell.inner_text()


def test_an_id_is_copied_and_a_cell_that_loads_the_model_put_in(open_notebook, page, browser):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook = open_notebook(
        "side-model",
        LOAD,
        "import jupyter_tracker as tracker\n"
        "tracker.set_experiment('with model')\n"
        "with tracker.start_run(run_name='modelled') as run:\n"
        "    tracker.log_dict({}, 'forest/MLmodel')\n"
        "print('id', run.info.run_id)",
    )
    notebook.run(0)
    notebook.run(1)
    run_id = re.search(r"id (\w{32})", notebook.cell(1).inner_text()).group(1)
    node = unfold(side_panel(page), "with model")
    line = node.locator(".jt-line", has_text="modelled")
    line.click(button="right")
    menu_item(page, "Copy Run Id").click()
    eventually(lambda: page.evaluate("navigator.clipboard.readText()"), lambda text: text == run_id)
    line.click(button="right")
    menu_item(page, "Insert Cell").click()
    cell = notebook.cell(2)
    eventually(cell.inner_text, lambda text: f"runs:/{run_id}/forest" in text)
    assert "load_model" in cell.inner_text()


def test_a_search_finds_runs_and_experiments(open_notebook, page):
    notebook = open_notebook("side-search", LOAD, TWO_RUNS.format(prefix="needle", experiment="haystack"))
    notebook.run(0)
    notebook.run(1)
    panel = side_panel(page)
    unfold(panel, "haystack")
    search = panel.get_by_role("searchbox")
    search.fill("NEEDLE-se")
    found = panel.locator(".jt-found .jt-line")
    eventually(found.all_inner_texts, lambda texts: len(texts) == 1 and "needle-second" in texts[0])
    assert panel.locator(".jt-exp").count() == 0
    found.click()
    page.locator(".jt-tab", has_text="needle-second").wait_for()
    search.fill("hayst")
    eventually(panel.locator(".jt-exp-name").all_inner_texts, lambda texts: texts == ["haystack"])


def test_a_run_is_stopped_in_the_middle_of_its_cell(open_notebook, page):
    notebook = open_notebook("stopping", LOAD, LONG.format(name="endless", experiment="stopping"))
    panel = side_panel(page)
    notebook.run(0)
    notebook.run(1, wait=False)
    running = panel.locator(".jt-running-run", has_text="endless")
    running.wait_for()
    eventually(running.inner_text, lambda text: re.search(r"loss .* step [1-9]", text))
    # The status bar knows it as well, and its time goes on.
    item = page.locator(".jt-status-item", has_text="endless")
    item.wait_for()
    seen = item.inner_text()
    eventually(item.inner_text, lambda text: text != seen)
    item.get_by_role("button").click()
    page.locator(".jt-tab .jt-detail", has_text="endless").wait_for()
    page.evaluate("jupyterapp.shell.activateById(jupyterapp.shell.widgets('main').next().value.id)")
    running.get_by_role("button", name="Stop endless").click()
    dialog = page.locator(".jp-Dialog")
    assert "stopping.ipynb" in dialog.inner_text()
    dialog.get_by_role("button", name="Cancel").click()
    assert notebook.prompt(1) == "[*]:"
    card = notebook.cell(1).locator(".jt-card")
    card.get_by_role("button", name="Stop").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Stop").click()
    notebook.wait_for_end(1)
    eventually(lambda: card.get_attribute("data-status"), lambda status: status == "KILLED")
    eventually(running.count, lambda count: count == 0)
    eventually(item.is_visible, lambda visible: not visible)
    assert not card.get_by_role("button", name="Stop").is_visible()


@pytest.mark.parametrize("app", ["lab/tree", "notebooks"])
def test_the_toolbar_button_tracks_a_cell_and_takes_it_back(open_notebook, page, app):
    notebook = open_notebook(f"toolbar-{app[:3]}", "x = 1", "%%bash\ntrue", app=app)
    button = page.locator("[data-jp-item-name='tracker-track-cell']").locator("jp-button, button").first
    button.wait_for()
    notebook.run(0)
    page.keyboard.press("ArrowUp")
    page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
    source = "jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.sharedModel.getSource())"
    button.click()
    eventually(lambda: page.evaluate(source)[0], lambda text: text == "%%track\nx = 1")
    # Nobody has loaded the extension here: that is said, and one click does it.
    page.get_by_role("button", name="Insert and run").click()
    eventually(lambda: page.evaluate(source)[0], lambda text: text == LOAD)
    notebook.wait_for_end(0)
    notebook.run(1)
    notebook.cell(1).locator(".jt-card[data-status=FINISHED]").wait_for()
    page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    button.click()
    eventually(lambda: page.evaluate(source)[1], lambda text: text == "x = 1")
    page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 2")
    eventually(lambda: page.evaluate("jupyterapp.commands.isEnabled('tracker:track-cell')"), lambda on: not on)


def test_a_run_that_fails_out_of_sight_is_told(open_notebook, page, tmp_path):
    signal = tmp_path / "fail now"
    notebook = open_notebook("unseen", LOAD, FAILS.format(name="unlucky", experiment="unseen", signal=str(signal)))
    page.evaluate("""jupyterapp.serviceManager.settings.save('jupyter-tracker:plugin', '{"notifyAfterSeconds": 1}')""")
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")
    notebook.run(0)
    notebook.run(1, wait=False)
    page.locator(".jt-status-item", has_text="unlucky").wait_for()
    page.evaluate("jupyterapp.commands.execute('launcher:create')")
    eventually(page.locator(".jp-Notebook").is_visible, lambda visible: not visible)
    time.sleep(1)  # runs shorter than notifyAfterSeconds are not spoken of
    signal.touch()
    toast = page.locator(".jp-Notification-Toast, .Toastify__toast", has_text="unlucky")
    toast.wait_for()
    assert "ZeroDivisionError" in toast.inner_text()
    toast.get_by_role("button", name="Open").click()
    page.locator(".jt-tab .jt-detail", has_text="unlucky").wait_for()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_panel_follows_the_theme(open_notebook, page, theme):
    name = theme[-5:].strip()
    notebook = open_notebook(
        f"side-{name}",
        LOAD,
        TWO_RUNS.format(prefix=name, experiment=f"themes-{name}"),
        LONG.format(name=f"running-{name}", experiment=f"themes-{name}"),
    )
    dark(page, theme)
    notebook.run(0)
    notebook.run(1)
    notebook.run(2, wait=False)
    panel = side_panel(page)
    node = unfold(panel, f"themes-{name}")
    panel.locator(".jt-running-run", has_text=f"running-{name}").wait_for()
    eventually(lambda: luminance(panel), lambda light: (light < 80) == ("Dark" in theme))
    node.locator(".jt-line", has_text="second").click(modifiers=["Control"])
    node.locator(".jt-line", has_text="first").hover()
    page.screenshot(path=f"build/screenshots/side_panel_{name}.png")
    assert violations(page, ".jt-side") == []
    assert violations(page, ".jt-status-item") == []
    page.evaluate("jupyterapp.commands.execute('kernelmenu:interrupt')")
    notebook.wait_for_end(2)
    dark(page, "JupyterLab Light")


def test_notebook_7_has_the_side_panel_and_the_stop_button(open_notebook, page):
    notebook = open_notebook(
        "classic-side", LOAD, LONG.format(name="classic-run", experiment="classic"), app="notebooks"
    )
    notebook.run(0)
    notebook.run(1, wait=False)
    panel = side_panel(page)
    running = panel.locator(".jt-running-run", has_text="classic-run")
    running.wait_for()
    running.get_by_role("button", name="Stop classic-run").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Stop").click()
    notebook.wait_for_end(1)
    card = notebook.cell(1).locator(".jt-card")
    eventually(lambda: card.get_attribute("data-status"), lambda status: status == "KILLED")
