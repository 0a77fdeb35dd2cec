"""Panels that are alive while the kernel is, and outlive it: in JupyterLab 4.6 and in Notebook 7."""

import os
import re
import signal
import time

import nbformat
import pytest

from tests.browser.conftest import TOKEN
from tests.browser.test_notebook import LOAD, eventually, train

PID = "import os; print('pid', os.getpid())"
APPS = ["lab/tree", "notebooks"]
LIVE = """\
%%track run_name={name} experiment={experiment}
import time
import jupyter_tracker as tracker

for step in range({steps}):
    tracker.log_metric("loss", 1 / (step + 1), step=step)
    time.sleep(0.05)
"""
# Logs as fast as it can, and says in a file how far it has come: what it says was logged before.
COUNTED = """\
%%track run_name=counted experiment=counted
import pathlib
import jupyter_tracker as tracker

said = pathlib.Path("said.txt")
step = 0
while True:
    tracker.log_metric("loss", 1 / (step + 1), step=step)
    step += 1
    if step % 100 == 0:
        new = said.with_suffix(".new")
        new.write_text(str(step))
        new.replace(said)
"""
BUSY_TABLE = """\
import time
seen, end = set(), time.monotonic() + 60
while time.monotonic() < end and len(seen) < 2:
    seen |= set(table.selection)
    table.selection = table.selection
    time.sleep(0.05)
print("seen", len(seen))
"""


def kernel_pid(notebook, index):
    return int(re.search(r"pid (\d+)", notebook.cell(index).inner_text()).group(1))


def step_of(card):
    found = re.search(r"step ([\d,]+)", card.inner_text())
    return int(found.group(1).replace(",", "")) if found else -1


def reopen(page, server, name, app):
    page.goto(f"{server.url}{app}/{name}.ipynb?token={TOKEN}" + ("&reset" if app.startswith("lab") else ""))
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")


def shut_down_kernels(page):
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")


@pytest.mark.parametrize("app", APPS)
def test_a_killed_kernels_run_is_whole_and_killed_when_the_notebook_is_opened_again(open_notebook, page, server, app):
    name = f"counted-{app[:3]}"
    (server.folder / "said.txt").unlink(missing_ok=True)
    notebook = open_notebook(name, LOAD, PID, COUNTED, app=app)
    notebook.run(0)
    notebook.run(1)
    pid = kernel_pid(notebook, 1)
    notebook.run(2, wait=False)
    eventually(lambda: step_of(notebook.cell(2).locator(".jt-card")), lambda step: step > 500)
    notebook.save()
    page.goto("about:blank")
    os.kill(pid, signal.SIGKILL)
    said = int((server.folder / "said.txt").read_text())
    reopen(page, server, name, app)
    card = page.locator(".jt-card")
    card.wait_for()
    drawn = time.monotonic()
    eventually(lambda: card.get_attribute("data-status"), lambda status: status == "KILLED")
    took = time.monotonic() - drawn
    eventually(lambda: step_of(card), lambda step: step >= said - 1)
    print(f"{app}: KILLED {took:.2f} s after the card was drawn; {said:,} steps were said to be logged, all are there")


@pytest.mark.parametrize("app", APPS)
def test_a_panel_survives_a_restart_and_a_reload_without_running_anything(open_notebook, page, server, app):
    name = f"outliving-{app[:3]}"
    notebook = open_notebook(name, LOAD, train(f"outlives-{app[:3]}", experiment="outliving"), "%runs", app=app)
    for index in range(3):
        notebook.run(index)
    card, table = notebook.cell(1).locator(".jt-card"), notebook.cell(2).locator(".jt-table")
    eventually(lambda: card.get_attribute("data-status"), lambda status: status == "FINISHED")
    table.wait_for()
    notebook.save()
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.wait_for_timeout(1500)
    # The models have gone with the kernel; what was drawn stays, and the table still answers.
    assert card.get_attribute("data-status") == "FINISHED"
    header = table.get_by_role("columnheader", name="max_depth")
    header.click()
    eventually(lambda: header.get_attribute("aria-sort"), lambda sort: sort in ("ascending", "descending"))
    shut_down_kernels(page)
    reopen(page, server, name, app)
    card.wait_for()
    table.wait_for()
    assert f"outlives-{app[:3]}" in card.inner_text()
    header.click()
    eventually(lambda: header.get_attribute("aria-sort"), lambda sort: sort in ("ascending", "descending"))
    assert "model not found" not in page.locator(".jp-Notebook").inner_text()


@pytest.mark.parametrize("app", APPS)
def test_a_panel_moves_and_answers_clicks_while_its_kernel_is_busy(open_notebook, page, app):
    """Python that keeps the interpreter to itself: nothing that the kernel would have to do gets through at once."""
    notebook = open_notebook(
        f"busy-{app[:3]}",
        LOAD,
        train("one", experiment="busy"),
        "%runs",
        LIVE.format(name="mover", experiment="busy", steps=400),
        app=app,
    )
    for index in range(3):
        notebook.run(index)
    table = notebook.cell(2).locator(".jt-table")
    table.wait_for()
    notebook.run(3, wait=False)
    card = notebook.cell(3).locator(".jt-card")
    card.wait_for()
    seen = set()
    while len(seen) < 5:
        seen.add(eventually(lambda: step_of(card), lambda step: step >= 0 and step not in seen, seconds=20))
        assert notebook.prompt(3) == "[*]:"
    header = table.get_by_role("columnheader", name="max_depth")
    clicked = time.monotonic()
    header.click()
    eventually(lambda: header.get_attribute("aria-sort"), lambda sort: sort in ("ascending", "descending"), seconds=20)
    print(
        f"{app}: a click on the table was answered in {(time.monotonic() - clicked) * 1000:.0f} ms beside a busy cell"
    )
    assert notebook.prompt(3) == "[*]:"
    notebook.wait_for_end(3)


def test_traits_move_the_screen_and_selections_reach_a_running_cell(open_notebook, page):
    notebook = open_notebook(
        "traits",
        LOAD,
        train("trait-1", experiment="traits") + "\n",
        train("trait-2", experiment="traits"),
        "table = tracker.RunTable('traits')\ntable",
        "table.selection = [table.view['rows'][0]['run_id']]",
        "table.selection = []",
        BUSY_TABLE,
    )
    for index in range(5):
        notebook.run(index)
    boxes = notebook.cell(3).locator(".jt-grid-row:visible input[type=checkbox]")
    eventually(lambda: boxes.nth(0).is_checked(), bool)
    notebook.run(5)
    eventually(lambda: boxes.nth(0).is_checked(), lambda on: not on)
    notebook.run(6, wait=False)
    eventually(lambda: notebook.prompt(6), lambda prompt: prompt == "[*]:")
    boxes.nth(0).click()
    boxes.nth(1).click()
    # The cell ends by what was clicked while it ran.
    notebook.wait_for_end(6)
    assert "seen 2" in notebook.cell(6).inner_text()


PUSHED = """\
%%track run_name=cheap experiment=costs
import time
import jupyter_tracker as tracker
from jupyter_tracker.widgets import _live

step, end, pushed = 0, time.monotonic() + 60, False
while time.monotonic() < end and not (pushed and not _live._refresher._failures):
    pushed = pushed or bool(_live._refresher._failures)
    tracker.log_metric("loss", 1 / (step + 1), step=step)
    step += 1
    time.sleep(0.002)
print("pushed", pushed, "pushes", bool(_live._refresher._failures))
"""


def test_a_card_that_has_a_server_costs_its_kernel_nothing(open_notebook, page):
    notebook = open_notebook("costs", LOAD, PUSHED)
    notebook.run(0)
    notebook.run(1)
    # It begins to push, for whoever has no server; this page has told it that it need not, while the cell ran.
    assert "pushed True pushes False" in notebook.cell(1).inner_text()


def test_two_notebooks_at_once(open_notebook, page, server):
    first = open_notebook("pair-1", LOAD, LIVE.format(name="pair-one", experiment="pair", steps=400))
    first.run(0)
    first.run(0)
    first.run(1, wait=False)
    eventually(lambda: step_of(first.cell(1).locator(".jt-card")), lambda step: step > 3)
    other = page.context.new_page()
    cells = [
        nbformat.v4.new_code_cell(cell) for cell in (LOAD, LIVE.format(name="pair-two", experiment="pair", steps=300))
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), server.folder / "pair-2.ipynb")
    other.goto(f"{server.url}lab/workspaces/second/tree/pair-2.ipynb?token={TOKEN}&reset")
    other.wait_for_selector(".jp-Notebook .jp-CodeCell")
    other.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")
    second = type(first)(other)
    second.run(0)
    second.run(1, wait=False)
    theirs = second.cell(1).locator(".jt-card")
    eventually(lambda: step_of(theirs), lambda step: step > 3)
    # Each page sees both runs, and each status bar its own.
    for one, name in ((page, "pair-one"), (other, "pair-two")):
        one.evaluate("jupyterapp.commands.execute('tracker:open')")
        eventually(
            one.locator(".jt-running-run .jt-line-name").all_inner_texts,
            lambda names: {"pair-one", "pair-two"} <= set(names),
        )
        eventually(one.locator(".jt-status-item").inner_text, lambda text, name=name: name in text)
    assert "pair-one" in first.cell(1).locator(".jt-card").inner_text()
    second.wait_for_end(1)
    eventually(lambda: theirs.get_attribute("data-status"), lambda status: status == "FINISHED")
    other.close()


def test_two_projects_and_a_tracking_uri_show_the_right_store(open_notebook, page, server):
    for project in ("project-a", "project-b"):
        (server.folder / project / ".jupyter_tracker").mkdir(parents=True, exist_ok=True)
    for name in ("project-a", "project-b"):
        notebook = open_notebook(f"{name}/train", LOAD, train(f"run-of-{name}", experiment="same-name"), "%runs")
        for index in range(3):
            notebook.run(index)
        table = notebook.cell(2).locator(".jt-table")
        eventually(table.inner_text, lambda text, name=name: f"run-of-{name}" in text)
        other = "project-b" if name == "project-a" else "project-a"
        assert f"run-of-{other}" not in table.inner_text()
        assert (server.folder / name / ".jupyter_tracker" / "tracker.db").is_file()
    # The side panel offers both, and a store that a cell has named.
    elsewhere = server.folder / "elsewhere" / "mine.db"
    elsewhere.parent.mkdir(exist_ok=True)
    notebook = open_notebook(
        "uri",
        LOAD,
        f"import jupyter_tracker as tracker\ntracker.set_tracking_uri('sqlite:///{elsewhere}')",
        train("run-elsewhere", experiment="other"),
        "%runs",
    )
    notebook.run(0)
    notebook.run(1)
    notebook.run(2)
    notebook.run(3)
    table = notebook.cell(3).locator(".jt-table")
    eventually(table.inner_text, lambda text: "run-elsewhere" in text)
    page.evaluate("jupyterapp.commands.execute('tracker:open')")
    choice = page.locator(".jt-side select")
    choice.wait_for()
    eventually(choice.inner_text, lambda text: "mine.db" in text and "project-a" in text and "project-b" in text)
    choice.select_option(label=next(t for t in choice.locator("option").all_inner_texts() if t.endswith("mine.db")))
    eventually(page.locator(".jt-exp-name").all_inner_texts, lambda names: "other" in names)


def test_an_untrusted_notebook_draws(open_notebook, page, server):
    notebook = open_notebook("trusted", LOAD, train("untrusted-run", experiment="untrusted"), "%runs")
    for index in range(3):
        notebook.run(index)
    notebook.cell(2).locator(".jt-table").wait_for()
    notebook.save()
    # As if it had come by mail: the same outputs under a signature that nobody has seen.
    copy = nbformat.read(notebook.path, as_version=4)
    copy.cells.append(nbformat.v4.new_code_cell("# from somebody else"))
    nbformat.write(copy, server.folder / "mailed.ipynb")
    reopen(page, server, "mailed", "lab/tree")
    assert not page.evaluate("jupyterapp.shell.currentWidget.content.model.cells.get(1).trusted")
    card = page.locator(".jt-card")
    card.wait_for()
    assert "untrusted-run" in card.inner_text()
    eventually(page.locator(".jt-table").inner_text, lambda text: "untrusted-run" in text)


def test_ten_live_panels_ask_with_one_request_and_nothing_when_hidden_or_finished(open_notebook, page, server):
    notebook = open_notebook(
        "ten",
        LOAD,
        "import jupyter_tracker as tracker, time\n"
        "tracker.set_experiment('ten')\n"
        "run = tracker.start_run(run_name='watched')\ntracker.log_metric('loss', 1.0, step=0)\n"
        "for _ in range(10):\n    display(tracker.RunCard(run))",
        "import os\nstep = 0\nwhile not os.path.exists('enough'):\n"
        "    step += 1\n    tracker.log_metric('loss', 1 / step, step=step); time.sleep(0.1)\n"
        "tracker.end_run()",
    )
    notebook.run(0)
    notebook.run(1)
    panels = notebook.cell(1).locator(".jt-card")
    eventually(panels.count, lambda count: count == 10)
    asked = []
    page.on("request", lambda sent: asked.append(sent) if "/jupyter-tracker/" in sent.url else None)
    notebook.run(2, wait=False)
    eventually(lambda: {step_of(panels.nth(i)) for i in range(10)}, lambda steps: min(steps) > 5)
    asked.clear()
    page.wait_for_timeout(4000)
    count = len(asked)
    print(f"ten live panels: {count} requests in 4 s")
    # Twice a second for the cards, once for the list of what goes on: what falls together travels together.
    assert 4 <= count <= 10
    assert all("/views/batch" in sent.url for sent in asked)
    hide = """state => {
        Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, "hidden")
    page.wait_for_timeout(600)
    asked.clear()
    page.wait_for_timeout(2500)
    assert asked == []
    page.evaluate(hide, "visible")
    (server.folder / "enough").touch()
    notebook.wait_for_end(2)
    eventually(lambda: notebook.cell(1).locator(".jt-card[data-status=FINISHED]").count(), lambda count: count == 10)
    page.wait_for_timeout(2500)
    asked.clear()
    page.wait_for_timeout(4000)
    assert asked == []
